//! Changes of the list of conversations, and of what is done with all of them.

use std::rc::Rc;

use candor_protocol::problem::Problem;
use candor_protocol::wire::{Conversation, Conversations};

use super::{Change, Devices, Loadable, State};

/// What happens to them.
#[derive(Clone, Debug)]
pub enum HistoryAction {
    /// Conversations with these words are looked for.
    Searched(String),
    /// Another page of the list is fetched.
    Listing,
    /// A page of the list with these words arrived, or could not be had.
    Listed {
        /// See [`State::search`].
        search: String,
        /// Whether it goes behind what is there.
        is_more: bool,
        /// The page.
        page: Result<Conversations, Problem>,
    },
    /// A conversation has a new title.
    Renamed(Conversation),
    /// A conversation was deleted.
    Deleted(String),
    /// Everything of the visitor was deleted.
    Forgotten,
    /// Something happened about other devices.
    DevicesChanged(Devices),
}

impl Change for HistoryAction {
    fn apply(self, state: &mut State) {
        match self {
            Self::Searched(search) => state.search = search,
            Self::Listing => state.listing = true,
            // A page of an earlier search comes too late.
            Self::Listed { search, .. } if search != state.search => {}
            Self::Listed { is_more, page: Ok(page), .. } => {
                state.listing = false;
                match &mut state.conversations {
                    Loadable::Ready(list) if is_more => {
                        list.next = page.next;
                        let known: Vec<_> = list.conversations.iter().map(|one| one.id.clone()).collect();
                        list.conversations
                            .extend(page.conversations.into_iter().filter(|one| !known.contains(&one.id)));
                    }
                    list => *list = Loadable::Ready(page),
                }
            }
            Self::Listed { is_more, page: Err(problem), .. } => {
                state.listing = false;
                state.note(problem.clone(), 1);
                // What is there stays there.
                if !is_more {
                    state.conversations = Loadable::Failed(problem);
                }
            }
            Self::Renamed(renamed) => {
                if let Some(listed) = state.listed(&renamed.id) {
                    // A search has its own preview.
                    *listed = Conversation { preview: listed.preview.clone(), ..renamed };
                }
            }
            Self::Deleted(id) => {
                if let Loadable::Ready(list) = &mut state.conversations {
                    list.conversations.retain(|other| other.id != id);
                }
                if state.conversation.as_deref() == Some(&id) {
                    state.start_over(None);
                }
            }
            Self::Forgotten => {
                state.start_over(None);
                state.consent = state.config.as_ref().and_then(|config| config.consent.clone());
                state.devices = Rc::default();
                state.conversations = Loadable::Ready(Conversations::default());
                state.failures.clear();
                state.unseen = 0;
            }
            Self::DevicesChanged(devices) => state.devices = Rc::new(devices),
        }
    }
}
