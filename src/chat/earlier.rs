//! The way to the messages before those that are shown.

use crate::element::{Element, element};
use crate::session::Session;
use crate::session::state::State;

/// The button that puts them before those that are shown.
pub fn view(session: &Session, state: &State) -> Element {
    let words = if state.opening_earlier { "Loading…" } else { "Show earlier messages" };
    let button =
        element!("button", "type" = "button", "class" = "button", "disabled" = state.opening_earlier)
            .on_click(session.callback(|session, _| session.open_earlier()))
            .text(words);
    element!("p", "class" = "more").child(button)
}
