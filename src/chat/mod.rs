//! The Chat tab: the conversation that is open, and the input.

pub mod composer;
pub mod consent;
pub mod countdown;
pub mod failure;
pub mod log;
pub mod message;

use yew::prelude::*;

use crate::session::Session;
use crate::session::state::State;

/// The Chat tab.
pub fn view(
    session: &Session,
    state: &State,
    log: &NodeRef,
    input: &NodeRef,
    on_scroll: Callback<Event>,
) -> Html {
    let notice = state.config.as_ref().map_or("", |config| &config.notice);
    html! {
        <>
            { log::view(session, state, log, on_scroll) }
            if let Some(consent) = &state.consent {
                { consent::view(session, consent) }
            } else {
                { composer::view(session, state, input) }
            }
            if !notice.is_empty() {
                <p class="notice">{ notice.to_owned() }</p>
            }
        </>
    }
}
