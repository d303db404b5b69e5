//! The visitor's other tabs: one of them holds a reply's stream, and the others mirror it.

use candor_protocol::wire::ReplyEvent;
use wasm_bindgen_futures::spawn_local;

use super::state::history::HistoryAction;
use super::state::tabs::TabAction;
use super::{Session, Tell};
use crate::time;
use crate::transport::Question;
use crate::transport::channel::{Channel, TabMessage};

/// How long another tab that holds a stream may be silent, in milliseconds.
const PEER_SILENCE_MS: u32 = 5_000;

/// How long another tab may take to say that it holds a stream, in milliseconds.
const PEER_ANSWER_MS: u32 = 300;

/// Joins the other tabs. Whether that was not done before.
pub fn join(session: &Session) -> bool {
    if session.0.peers.has_joined.replace(true) {
        return false;
    }
    let here = session.clone();
    let channel =
        Channel::join(session.client().proxy().endpoint(), move |message| here.on_tab_message(message));
    let tell = channel.map(|channel| -> Tell { Box::new(move |message| channel.tell(message)) });
    session.0.peers.tell.replace(tell);
    true
}

/// Follows a reply that is under way: from the tab that holds its stream, else by a stream of our own.
pub fn follow(session: Session, epoch: u32, conversation: String, question: String) {
    spawn_local(async move { session.take_up(epoch, conversation, question).await });
}

impl Session {
    /// Tells the other tabs of an event of a conversation's reply, behind so many bytes of it.
    pub(super) fn tell_event(&self, conversation: &str, event: &ReplyEvent, at: usize) {
        self.tell(|| TabMessage::Event { conversation: conversation.to_owned(), event: event.clone(), at });
    }

    /// Tells them that a conversation has another title, or that there is a new one.
    pub(super) fn tell_changed(&self) {
        self.tell(|| TabMessage::Changed);
    }

    /// Tells them that whoever holds the stream of this conversation's reply is to stop it.
    pub(super) fn tell_stop(&self, conversation: String) {
        self.tell(|| TabMessage::Stop(conversation));
    }

    /// Tells them that a conversation was deleted.
    pub(super) fn tell_deleted(&self, conversation: String) {
        self.tell(|| TabMessage::Deleted(conversation));
    }

    /// Tells them that everything of the visitor was deleted.
    pub(super) fn tell_forgotten(&self) {
        self.tell(|| TabMessage::Forgotten);
    }

    fn tell(&self, message: impl FnOnce() -> TabMessage) {
        if let Some(tell) = &*self.0.peers.tell.borrow() {
            tell(&message());
        }
    }

    async fn take_up(&self, epoch: u32, conversation: String, question: String) {
        let before = self.0.peers.activity.get();
        self.tell(|| TabMessage::WhoHolds(conversation.clone()));
        time::sleep(PEER_ANSWER_MS).await;
        if self.is_over() || self.state().epoch != epoch {
            return;
        }
        if self.0.peers.activity.get() == before {
            self.listen(epoch, Some(conversation), Question::UnderWay(question));
        } else {
            self.watch();
        }
    }

    /// Takes the stream over where the tab that holds it falls silent before the reply has ended.
    fn watch(&self) {
        if self.0.peers.is_watching.replace(true) {
            return;
        }
        let session = self.clone();
        spawn_local(async move {
            loop {
                let before = session.0.peers.activity.get();
                time::sleep(PEER_SILENCE_MS).await;
                let state = session.state();
                if session.is_over() || !state.replying() || session.is_holding() {
                    break;
                }
                if session.0.peers.activity.get() == before {
                    let question = state.last_question().map(|question| question.message.id.clone());
                    if let (Some(conversation), Some(question)) = (state.conversation.clone(), question) {
                        session.take_up(state.epoch, conversation, question).await;
                    }
                    // Who was asked may have answered; else the stream is ours now.
                }
            }
            session.0.peers.is_watching.set(false);
        });
    }

    /// Another tab told something.
    fn on_tab_message(&self, message: TabMessage) {
        let peers = &self.0.peers;
        let count = || peers.activity.set(peers.activity.get().wrapping_add(1));
        let state = self.state();
        match message {
            TabMessage::Event { conversation, event, at } => {
                let is_news = matches!(event, ReplyEvent::Start(_) | ReplyEvent::Done(_));
                if state.conversation.as_ref() == Some(&conversation) && !self.is_holding() {
                    count();
                    let shown = state.messages.last().map_or(0, |last| last.message.content.len());
                    if shown < at {
                        // A piece was missed.
                        self.tell(|| TabMessage::WhoHolds(conversation.clone()));
                    }
                    self.dispatch(TabAction::Mirrored(conversation, event, at));
                    self.watch();
                }
                if is_news {
                    self.refresh();
                }
            }
            TabMessage::WhoHolds(conversation) => {
                self.flush();
                let state = self.state();
                let is_shown = state.conversation.as_ref() == Some(&conversation);
                let last = state.messages.last().map(|last| last.message.clone());
                let shown = last.filter(|_| is_shown && self.is_holding() && state.replying());
                let local = self.client().running_local();
                if let Some(reply) = local.and_then(|local| local.recorded(&conversation)).or(shown) {
                    self.tell(|| TabMessage::Holding(conversation, reply));
                }
            }
            TabMessage::Stop(conversation) => {
                // Where it is not this tab that records it, another one is told too.
                if let Some(local) = self.client().running_local() {
                    local.stop_recording(&conversation);
                }
            }
            TabMessage::Holding(conversation, reply) => {
                if !self.is_holding() {
                    count();
                    self.dispatch(TabAction::Held(conversation, reply));
                }
            }
            TabMessage::Deleted(id) => {
                if let Some(local) = self.client().running_local() {
                    local.stop_recording(&id);
                }
                if state.conversation.as_ref() == Some(&id) {
                    self.end_reply();
                }
                self.dispatch(HistoryAction::Deleted(id));
            }
            TabMessage::Changed => self.refresh(),
            TabMessage::Forgotten => {
                if let Some(local) = self.client().running_local() {
                    local.end_recordings();
                }
                self.end_reply();
                self.dispatch(HistoryAction::Forgotten);
            }
        }
    }
}
