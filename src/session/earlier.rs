//! The messages before those that are shown.

use wasm_bindgen_futures::spawn_local;

use super::Session;
use super::state::earlier::EarlierAction;
use crate::transport::archive;

impl Session {
    /// Fetches the messages before those that are shown.
    pub fn open_earlier(&self) {
        let state = self.state();
        let (Some(id), Some(before), false) =
            (state.conversation.clone(), state.earlier.clone(), state.opening_earlier)
        else {
            return;
        };
        let (session, epoch) = (self.clone(), state.epoch);
        let before = Some(before).filter(|before| !before.is_empty());
        self.dispatch(EarlierAction::Opening(epoch));
        spawn_local(async move {
            let page = match archive::of(session.client(), &id).await {
                Ok(archive) => archive.messages(id, before).await,
                Err(problem) => Err(problem),
            };
            session.dispatch(EarlierAction::Opened(epoch, page));
        });
    }
}
