//! The conversation that is open: sending, trying again, stopping, going on, opening another.

use std::cell::Cell;
use std::rc::Rc;

use candor_protocol::Millis;
use candor_protocol::cause::{Link, known};
use candor_protocol::problem::Problem;
use candor_protocol::wire::{ReplyDelta, ReplyEvent};
use gloo_render::request_animation_frame;
use gloo_timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;

use super::Session;
use super::deltas::{Deltas, Pending};
use super::state::Action;
use crate::part::Part;
use crate::time;
use crate::transport::abort::{AbortHandle, AbortToken};
use crate::transport::storage::PendingMessage;
use crate::transport::{Question, is_local, random_key};

/// How long what has arrived may wait to be shown where the browser paints no frames, in milliseconds: a page in the
/// background.
const FLUSH_WITHOUT_FRAMES_MS: u32 = 200;

impl Session {
    /// The visitor writes in the input. It lives through the way to another page, in this tab.
    pub fn write(&self, draft: String) {
        self.client().storage().keep_draft(&draft);
        self.dispatch(Action::Typed(draft));
    }

    /// Sends a message, or keeps it until it is its turn. Nothing happens without words.
    pub fn send(&self, content: String) {
        let content = content.trim().to_owned();
        let state = self.state();
        if content.is_empty() || state.consent.is_some() {
            return;
        }
        if state.must_wait() {
            return (self.parts().wait)(self, content);
        }
        self.put_message(content, random_key(), time::now());
    }

    /// Puts a message that the visitor wrote at this time to the conversation that is open.
    pub(super) fn put_message(&self, content: String, idempotency_key: String, time: Millis) {
        self.dispatch(Action::Sent {
            content: content.clone(),
            idempotency_key: idempotency_key.clone(),
            time,
            rehearses: None,
        });
        let state = self.state();
        let question = Question::New { content, idempotency_key, rehearsed_by: None };
        self.listen(state.epoch, state.conversation.clone(), question);
    }

    /// Asks for the last reply again; sends the message again where the proxy never had it.
    pub fn retry(&self) {
        let state = self.state();
        let Some(entry) = state.last_question() else { return };
        if let Some(cause) = entry.rehearses {
            return (self.parts().rehearse)(self, cause.to_owned());
        }
        let failed = state.messages.last().and_then(|last| last.message.error.as_ref());
        // What the browser itself found broken says nothing of the reply: the proxy goes on writing it.
        let is_near = failed.is_some_and(|problem| problem.reference.is_empty());
        let is_gone = failed.is_some_and(|problem| problem.is(&known::not_found));
        let question = if is_gone || entry.message.id.is_empty() {
            let kept = entry.idempotency_key.clone();
            Question::New {
                content: entry.message.content.clone(),
                idempotency_key: if kept.is_empty() { random_key() } else { kept },
                rehearsed_by: None,
            }
        } else if is_near {
            Question::UnderWay(entry.message.id.clone())
        } else {
            Question::Again(entry.message.id.clone())
        };
        let conversation = state.conversation.clone().filter(|_| !is_gone);
        self.dispatch(Action::Retried);
        self.listen(state.epoch, conversation, question);
    }

    /// Stops the reply that is being written. What has arrived is kept.
    pub fn stop(&self) {
        let state = self.state();
        let epoch = state.epoch;
        let acknowledged = state.last_question().filter(|entry| !entry.message.id.is_empty());
        let (Some(conversation), Some(entry)) = (state.conversation.clone(), acknowledged) else {
            self.end_reply();
            self.dispatch(Action::ReplyStopped(epoch));
            return;
        };
        let (session, message) = (self.clone(), entry.message.id.clone());
        spawn_local(async move {
            let stopped = match session.client().backend(Some(&conversation)).await {
                Ok(backend) => backend.stop(conversation.clone(), message).await,
                Err(problem) => Err(problem),
            };
            // Where it worked, the stream ends by itself, with the text as it is kept.
            if stopped.is_ok() {
                return;
            }
            if is_local(&conversation) {
                // Another tab records it.
                session.tell_stop(conversation);
            } else {
                session.end_reply();
                session.dispatch(Action::ReplyStopped(epoch));
            }
        });
    }

    /// Begins a new conversation; the proxy learns of it with its first message.
    pub fn begin(&self) {
        self.end_reply();
        self.dispatch(Action::NewConversation);
    }

    /// Opens a conversation: its messages come once the part is here that fetches them.
    pub fn open(&self, id: String) {
        self.end_reply();
        let is_unread = self.state().is_unread(&id);
        self.dispatch(Action::Opening(id));
        self.want(Part::Markdown);
        self.want(Part::Conversation);
        (self.parts().fetch_messages)(self, is_unread);
    }

    /// The connection is back: what it has kept from coming is asked for by itself.
    pub(super) fn go_on(&self) {
        let state = self.state();
        let failed = state.messages.last().and_then(|last| last.message.error.as_ref());
        let is_near = failed.is_some_and(|problem| problem.link <= Link::Page && problem.retryable);
        let is_rehearsed = state.last_question().is_some_and(|question| question.rehearses.is_some());
        if is_near && !is_rehearsed {
            self.retry();
        }
    }

    /// Ends the reply that is listened to.
    pub(super) fn end_reply(&self) {
        self.0.has_deferred.set(false);
        self.0.deltas.clear();
        self.0.reply.take();
    }

    /// Whether this tab has a stream of its own.
    pub(super) fn is_holding(&self) -> bool {
        self.0.reply.borrow().is_some()
    }

    /// Puts a question and shows what comes back, where the conversation of this epoch is still open.
    pub(super) fn listen(&self, epoch: u32, conversation: Option<String>, question: Question) {
        let handle = AbortHandle::default();
        let abort = handle.token();
        self.0.deltas.clear();
        self.0.reply.replace(Some(handle));
        self.want(Part::Markdown);
        let session = self.clone();
        let is_configured = self.state().config.is_some();
        // Kept before it is sent, so that not even a crash loses it. A rehearsal is no message of a visitor's.
        let pending = match &question {
            Question::New { content, idempotency_key, rehearsed_by: None } => Some(PendingMessage {
                conversation: conversation.clone(),
                content: content.clone(),
                idempotency_key: idempotency_key.clone(),
                time: time::now(),
            }),
            _ => None,
        };
        if let Some(pending) = &pending {
            self.client().storage().enqueue(pending.clone());
        }
        spawn_local(async move {
            // Who was faster than the proxy's settings may have to agree to something first.
            if let Some(pending) = pending.as_ref().filter(|_| !is_configured) {
                // Where it fails, what is asked next does too, and tells it.
                if let Ok(config) = session.client().config().await
                    && !session.configured(config)
                {
                    session.client().storage().dequeue(|other| other == pending);
                    session.0.reply.take();
                    return session.dispatch(Action::Withdrawn(epoch));
                }
            }
            let outcome = session.put(epoch, conversation, question, pending, abort.clone()).await;
            // Where another has taken its place, that one is not touched.
            if !abort.has_ended() {
                session.flush();
                session.0.reply.take();
            }
            if let Err(problem) = outcome {
                session.dispatch(Action::ReplyFailed(epoch, problem));
            }
        });
    }

    /// Puts a question, beginning a conversation where there is none, and tells what comes back here and in other tabs.
    async fn put(
        &self,
        epoch: u32,
        conversation: Option<String>,
        question: Question,
        pending: Option<PendingMessage>,
        abort: AbortToken,
    ) -> Result<(), Problem> {
        let client = self.client();
        let conversation = match conversation {
            Some(id) => id,
            None => {
                let key = match &question {
                    Question::New { idempotency_key, .. } => idempotency_key.clone(),
                    _ => random_key(),
                };
                let begun = client.begin(key).await?;
                let id = begun.id.clone();
                if let Some(pending) = &pending {
                    let conversation = Some(id.clone());
                    client.storage().enqueue(PendingMessage { conversation, ..pending.clone() });
                }
                for waiting in &self.state().waiting {
                    client.storage().enqueue(waiting.pending(Some(id.clone())));
                }
                self.dispatch(Action::Begun(epoch, begun));
                id
            }
        };
        let backend = client.backend(Some(&conversation)).await?;
        let on_event = {
            let (session, conversation) = (self.clone(), conversation.clone());
            let arrived = Cell::new(0);
            move |event: ReplyEvent| {
                if let ReplyEvent::Delta(delta) = event {
                    let at = arrived.replace(arrived.get() + delta.content.len());
                    return session.buffer(epoch, &conversation, at, &delta.content);
                }
                session.flush();
                if let ReplyEvent::Start(_) = event {
                    arrived.set(0);
                    if let Some(sent) = &pending {
                        session
                            .client()
                            .storage()
                            .dequeue(|other| other.idempotency_key == sent.idempotency_key);
                    }
                }
                session.replied(epoch, &conversation, arrived.get(), event);
            }
        };
        backend.reply(conversation, question, abort, Rc::new(on_event)).await
    }

    /// An event of the reply has arrived, behind so many bytes of it.
    fn replied(&self, epoch: u32, conversation: &str, at: usize, event: ReplyEvent) {
        self.tell_event(conversation, &event, at);
        self.dispatch(Action::Replied(epoch, event));
    }

    /// Keeps text until the next frame.
    fn buffer(&self, epoch: u32, conversation: &str, at: usize, content: &str) {
        let Deltas { pending, timers } = &self.0.deltas;
        if let Some(pending) = &mut *pending.borrow_mut() {
            return pending.content.push_str(content);
        }
        pending.replace(Some(Pending {
            epoch,
            conversation: conversation.to_owned(),
            at,
            content: content.to_owned(),
        }));
        let (on_frame, on_timeout) = (self.clone(), self.clone());
        timers.replace(Some((
            request_animation_frame(move |_| on_frame.flush()),
            Timeout::new(FLUSH_WITHOUT_FRAMES_MS, move || on_timeout.flush()),
        )));
    }

    /// Shows what has arrived.
    pub(super) fn flush(&self) {
        let Deltas { pending, timers } = &self.0.deltas;
        let Some(Pending { epoch, conversation, at, content }) = pending.take() else { return };
        let done = timers.take();
        self.replied(epoch, &conversation, at, ReplyEvent::Delta(ReplyDelta { content }));
        // One of them may be what runs right now: it is let go of behind this task.
        spawn_local(async move { drop(done) });
    }
}
