//! What stands below an answer whose formatting could not be fetched: its words are there, with their signs.

use crate::element::{Element, button, element};
use crate::part::Part;
use crate::session::Session;

/// The sentence, and the way to try again.
pub fn view(session: &Session) -> Element {
    let again = session.callback(|session, _| session.want(Part::Markdown));
    element!("p", "class" = "stopped", "role" = "status")
        .text("The formatting of this answer can’t be loaded.")
        .child(button("link", "Try again").on_click(again))
}
