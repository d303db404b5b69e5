//! The list of conversations, and what is done with each or with all of them.

use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use candor_protocol::wire::{Conversation, ConversationChange, Conversations};
use wasm_bindgen_futures::spawn_local;
use yew::Callback;

use super::Session;
use super::state::history::HistoryAction;
use super::state::{Action, Loadable};
use crate::history::export::Form;
use crate::time;
use crate::transport::archive;

/// How long typing may pause before a search is made, in milliseconds.
const SEARCH_DELAY_MS: u32 = 200;

/// A search has its time at the proxy. Where nothing was found in it, it goes on by itself this often; then the visitor decides.
const MAX_EMPTY_PAGES: u32 = 20;

impl Session {
    /// Looks for conversations with these words, once typing pauses.
    pub fn search(&self, words: String) {
        self.dispatch(HistoryAction::Searched(words.clone()));
        let session = self.clone();
        spawn_local(async move {
            time::sleep(SEARCH_DELAY_MS).await;
            if session.state().search == words {
                session.list_conversations();
            }
        });
    }

    /// Fetches the list of conversations anew.
    pub fn list_conversations(&self) {
        self.fetch_list(None);
    }

    /// Fetches the next page of the list.
    pub fn list_more(&self) {
        let state = self.state();
        if let Loadable::Ready(list) = &state.conversations
            && let (Some(next), false) = (list.next.clone(), state.listing)
        {
            self.dispatch(HistoryAction::Listing);
            self.fetch_list(Some(next));
        }
    }

    fn fetch_list(&self, next: Option<String>) {
        let session = self.clone();
        let search = self.state().search.clone();
        spawn_local(async move {
            let is_more = next.is_some();
            let mut page = session.page(&search, next).await;
            for _ in 0..MAX_EMPTY_PAGES {
                let Ok(Conversations { conversations, next: next @ Some(_) }) = &mut page else { break };
                if !conversations.is_empty() || session.state().search != search {
                    break;
                }
                page = session.page(&search, next.take()).await;
            }
            // Who has not been let in yet has none.
            let page = page.or_else(|problem: Problem| match problem.is(&known::challenge_required) {
                true => Ok(Conversations::default()),
                false => Err(problem),
            });
            session.dispatch(HistoryAction::Listed { search, is_more, page });
        });
    }

    async fn page(&self, search: &str, next: Option<String>) -> Result<Conversations, Problem> {
        archive::latest(self.client()).await?.conversations(search.trim().to_owned(), next).await
    }

    /// Gives a conversation another title.
    pub fn rename(&self, id: String, title: String) {
        let change = ConversationChange { title: Some(title), unread: None };
        self.change(id, change, |session, conversation| {
            session.dispatch(HistoryAction::Renamed(conversation));
            session.tell_changed();
        });
    }

    /// Says that the visitor has read a conversation. It stays marked until the next time, where this fails.
    pub fn mark_read(&self, id: String) {
        self.change(id, ConversationChange { title: None, unread: Some(false) }, |_, _| {});
    }

    fn change(&self, id: String, change: ConversationChange, then: fn(&Self, Conversation)) {
        let is_silent = change.title.is_none();
        let session = self.clone();
        spawn_local(async move {
            let changed = match archive::of(session.client(), &id).await {
                Ok(archive) => archive.change(id, change).await,
                Err(problem) => Err(problem),
            };
            match changed {
                Ok(conversation) => then(&session, conversation),
                Err(problem) if !is_silent => session.dispatch(Action::Failed(problem)),
                Err(_) => {}
            }
        });
    }

    /// Deletes a conversation for good.
    pub fn delete(&self, id: String) {
        let session = self.clone();
        if self.state().conversation.as_ref() == Some(&id) {
            self.end_reply();
        }
        spawn_local(async move {
            let deleted = match archive::of(session.client(), &id).await {
                Ok(archive) => archive.delete(id.clone()).await,
                Err(problem) => Err(problem),
            };
            match deleted {
                // Gone is gone, whoever did it.
                Err(problem) if !problem.is(&known::not_found) => session.dispatch(Action::Failed(problem)),
                _ => {
                    session.client().storage().dequeue(|pending| pending.conversation.as_ref() == Some(&id));
                    session.tell_deleted(id.clone());
                    session.dispatch(HistoryAction::Deleted(id));
                }
            }
        });
    }

    /// Offers everything that is kept of the visitor as a file, by a part that is fetched then, or tells that it could not be
    /// had.
    pub fn export(&self, form: Form, on_failed: Callback<()>) {
        (self.parts().export)(self.clone(), form, on_failed);
    }

    /// Deletes everything that is kept of the visitor, for good.
    pub fn forget(&self) {
        let session = self.clone();
        self.end_reply();
        spawn_local(async move {
            match archive::delete_everything(session.client()).await {
                Ok(()) => {
                    session.dispatch(HistoryAction::Forgotten);
                    session.tell_forgotten();
                }
                Err(problem) => session.dispatch(Action::Failed(problem)),
            }
        });
    }
}
