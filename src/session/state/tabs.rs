//! Changes that another tab tells of.

use candor_protocol::wire::{Message, ReplyEvent};

use super::{Change, State};

/// What another tab tells.
#[derive(Clone, Debug)]
pub enum TabAction {
    /// Another tab's stream brought something for this conversation, behind so many bytes of the reply.
    Mirrored(String, ReplyEvent, usize),
    /// Another tab holds the stream of this conversation's reply, and this is what has arrived there.
    Held(String, Message),
}

impl Change for TabAction {
    fn apply(self, state: &mut State) {
        match self {
            Self::Mirrored(id, event, at) if state.is_open(&id) => {
                if let ReplyEvent::Start(start) = &event
                    && !state.messages.iter().any(|entry| entry.message.id == start.message.id)
                {
                    state.push(start.message.clone());
                    state.push(start.reply.clone());
                }
                // Two tabs may tell of one reply, and a tab may have missed a piece.
                let is_next = state.messages.last().is_some_and(|last| last.message.content.len() == at);
                if is_next || !matches!(event, ReplyEvent::Delta(_)) {
                    state.reply(event);
                }
            }
            Self::Held(id, held) if state.is_open(&id) => state.change_reply(|reply| {
                if reply.id == held.id && reply.content.len() < held.content.len() {
                    *reply = held;
                }
            }),
            // What is left belongs to a conversation that is not open here.
            Self::Mirrored(..) | Self::Held(..) => {}
        }
    }
}
