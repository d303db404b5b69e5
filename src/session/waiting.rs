//! What the visitor sends while the answer before is awaited, or while the device is offline. It waits in sight, and in the
//! browser's storage, and is sent once it is its turn.

use std::cell::RefCell;
use std::rc::Rc;

use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use candor_protocol::wire::{MessageStatus, Role};
use web_sys::Event;

use super::Session;
use super::state::waiting::{Waiting, WaitingAction};
use crate::time;
use crate::transport::random_key;
use crate::transport::storage::PendingMessage;

/// How long a message waits to be sent by itself, in milliseconds. Of what nobody could send for so long the visitor decides anew.
const PENDING_MAX_AGE_MS: u64 = 24 * 60 * 60 * 1000;

/// By how much the clocks of a browser and a proxy may differ, in milliseconds.
const CLOCKS_DIFFER_MS: u64 = 60 * 60 * 1000;

/// How often a message is sent by itself once a limit should have room again.
const MAX_RESENT: usize = 3;

thread_local! {
    /// The keys of the messages that were, as often as they were.
    static RESENT: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Whether a message has waited for too long to be sent by itself.
pub fn is_expired(pending: &PendingMessage) -> bool {
    pending.time + PENDING_MAX_AGE_MS < time::now()
}

impl Waiting {
    /// As the browser keeps it, for this conversation; none where one is about to begin.
    pub fn pending(&self, conversation: Option<String>) -> PendingMessage {
        PendingMessage {
            conversation,
            content: self.content.clone(),
            idempotency_key: self.idempotency_key.clone(),
            time: self.time,
        }
    }
}

impl Session {
    /// Keeps a message until it is its turn.
    pub fn wait(&self, content: String) {
        let waiting = Waiting { content, idempotency_key: random_key(), time: time::now() };
        let conversation = self.state().conversation.clone();
        self.client().storage().enqueue(waiting.pending(conversation));
        self.dispatch(WaitingAction::Added(waiting));
        // Whoever goes on writing below a failure has given up on what failed.
        self.send_next(|failed| failed.is(&known::offline));
    }

    /// The answer is there, or will not come: who is around the panel is told, and the first message that waits is next. Below
    /// what may be tried again it waits on.
    pub fn reply_ended(&self) {
        let state = self.state();
        let reply = state.messages.last().map(|last| &last.message);
        if reply.is_some_and(|reply| reply.role == Role::Assistant && reply.status != MessageStatus::Stopped)
            && let Ok(event) = Event::new("candor-reply")
        {
            let _ = self.panel().dispatch_event(&event);
        }
        if self.0.has_deferred.take() {
            self.send_pending();
        } else {
            self.send_next(|failed| failed.retryable);
        }
    }

    /// Puts the first message that waits, unless something is in its way.
    fn send_next(&self, is_in_the_way: fn(&Problem) -> bool) {
        let state = self.state();
        let failed = state.messages.last().and_then(|last| last.message.error.as_ref());
        if state.replying() || state.consent.is_some() || failed.is_some_and(is_in_the_way) {
            return;
        }
        if let Some(next) = state.waiting.first() {
            self.dispatch(WaitingAction::Sent(Rc::clone(next)));
            self.put_message(next.content.clone(), next.idempotency_key.clone(), next.time);
        }
    }

    /// Sends the last message again where nobody has it yet and its time is not over, as once there is room again below a limit. Another
    /// tab may have sent it meanwhile, and what is refused again and again is left to the visitor.
    pub fn resend(&self) {
        let state = self.state();
        let Some(question) = state.last_question() else { return };
        let key = &question.idempotency_key;
        let is_kept = self
            .client()
            .storage()
            .pending_messages()
            .iter()
            .any(|pending| pending.idempotency_key == *key && !is_expired(pending));
        let resent = RESENT.with_borrow_mut(|resent| {
            resent.push(key.clone());
            resent.iter().filter(|other| *other == key).count()
        });
        if is_kept && resent <= MAX_RESENT {
            self.retry();
        }
    }

    /// Takes up the messages that wait for the conversation that is open, as after a crash: each is sent once it is its turn.
    /// Under its own key none is kept twice.
    pub fn send_pending(&self) {
        let state = self.state();
        if state.opening {
            return;
        }
        let mut expired = Vec::new();
        for pending in self.client().storage().pending_messages() {
            let is_late = is_expired(&pending);
            let PendingMessage { conversation, content, idempotency_key, time } = pending;
            let is_known = state.waiting.iter().any(|other| other.idempotency_key == idempotency_key)
                || state.messages.iter().any(|entry| entry.idempotency_key == idempotency_key);
            if conversation != state.conversation || is_known {
                continue;
            }
            if is_late {
                self.client().storage().dequeue(|other| other.idempotency_key == idempotency_key);
                // It may have got through without a word of that coming back.
                let has_got_through = state.messages.iter().any(|entry| {
                    entry.message.content == content && entry.message.created_at + CLOCKS_DIFFER_MS > time
                });
                if !has_got_through {
                    expired.push(content);
                }
                continue;
            }
            let is_under_way = state.last_question().is_some_and(|last| last.message.content == content);
            if state.replying() && is_under_way {
                // It has got through, most likely, and is not to stand there twice. Once the answer is there, it is sent under
                // its own key, which changes nothing then.
                self.0.has_deferred.set(true);
                return;
            }
            self.dispatch(WaitingAction::Added(Waiting { content, idempotency_key, time }));
        }
        if !expired.is_empty() {
            // Nothing that the visitor wrote is lost: it stands in the input.
            expired.push(state.draft.clone());
            self.write(expired.join("\n\n").trim_end().to_owned());
        }
        self.send_next(|failed| failed.retryable);
    }

    /// The visitor takes a message back that waits.
    pub fn take_back(&self, waiting: Rc<Waiting>) {
        self.client().storage().dequeue(|other| other.idempotency_key == waiting.idempotency_key);
        self.dispatch(WaitingAction::TakenBack(waiting));
    }
}
