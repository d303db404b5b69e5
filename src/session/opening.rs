//! Fetching the messages of the conversation that is being opened, and listening on where its reply is still being written.

use candor_protocol::wire::{MessageStatus, Role};
use wasm_bindgen_futures::spawn_local;

use super::state::Action;
use super::{Session, tabs};
use crate::part::Part;
use crate::transport::archive;

impl Session {
    /// Fetches the messages, where a conversation is being opened. `is_unread` says whether the list marks it so.
    pub fn fetch_messages(&self, is_unread: bool) {
        let state = self.state();
        let Some(id) = state.conversation.clone().filter(|_| state.opening) else { return };
        let epoch = state.epoch;
        let session = self.clone();
        spawn_local(async move {
            let page = match archive::of(session.client(), &id).await {
                Ok(archive) => archive.messages(id.clone(), None).await,
                Err(problem) => Err(problem),
            };
            let page = match page {
                Ok(page) => page,
                Err(problem) => return session.dispatch(Action::OpenFailed(epoch, problem)),
            };
            let messages = &page.messages;
            let under_way = messages.last().filter(|last| last.status == MessageStatus::Streaming);
            let question = messages.iter().rev().find(|message| message.role == Role::User);
            let question = under_way.and(question).map(|question| question.id.clone());
            // Else every answer would be shown with its signs for a moment. Where the part cannot be had, it is.
            let _ = (session.parts().fetch)(Part::Markdown).await;
            session.dispatch(Action::Opened(epoch, page));
            if is_unread {
                (session.parts().mark_read)(&session, id.clone());
            }
            session.send_pending();
            // Who has sent a message in the meantime has a stream of their own.
            if let Some(question) = question.filter(|_| !session.is_holding()) {
                tabs::follow(session, epoch, id, question);
            }
        });
    }
}
