//! The Chat tab: the conversation that is open, and the input.

pub mod below;
pub mod challenge;
pub mod composer;
pub mod consent;
pub mod contact;
pub mod copy;
pub mod countdown;
mod custom_event;
pub mod earlier;
pub mod failure;
pub mod feedback;
pub mod log;
pub mod message;
pub mod moment;
pub mod too_long;
pub mod unformatted;
pub mod waiting;

use yew::prelude::*;

use crate::element::{element, fragment, optional};
use crate::lazy;
use crate::links::is_allowed;
use crate::part::Part;
use crate::session::Session;
use crate::session::state::State;
use crate::shell::part;
use crate::words;

/// The Chat tab.
pub fn view(
    session: &Session,
    state: &State,
    log: &NodeRef,
    input: &NodeRef,
    on_scroll: Callback<Event>,
) -> Html {
    let foot = match &state.consent {
        Some(consent) => match lazy::conversation::loaded() {
            Some(part) => {
                let address = consent.url.as_deref().filter(|url| is_allowed(url));
                (part.consent)(session, &consent.text, address).into()
            }
            None => part::view(session, state, Part::Conversation, None).into(),
        },
        None => composer::view(session, state, input),
    };
    let notice = state.config.as_ref().map(|config| &config.notice).filter(|notice| !notice.is_empty());
    let notice = notice.map(|notice| element!("p", "class" = "notice").string(&words::of_owner(notice)));
    fragment(vec![log::view(session, state, log, on_scroll).into(), foot, optional(notice)])
}
