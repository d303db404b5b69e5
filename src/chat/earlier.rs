//! The way to the messages before those that are shown.

use crate::element::{Element, element};
use crate::session::Session;
use crate::session::state::State;
use crate::words::{Conversation, Core, Word};

/// The button that puts them before those that are shown.
pub fn view(session: &Session, state: &State) -> Element {
    let words = if state.opening_earlier { Word::from(Core::Loading) } else { Conversation::Earlier.into() };
    let button =
        element!("button", "type" = "button", "class" = "button", "disabled" = state.opening_earlier)
            .on_click(session.callback(|session, _| session.open_earlier()))
            .say(words);
    element!("p", "class" = "more").child(button)
}
