//! What stands below an answer whose formatting could not be fetched: its words are there, with their signs.

use crate::element::{Element, button, element};
use crate::part::Part;
use crate::session::Session;
use crate::words::{Conversation, Core};

/// The sentence, and the way to try again.
pub fn view(session: &Session) -> Element {
    let again = session.callback(|session, _| session.want(Part::Markdown));
    element!("p", "class" = "stopped", "role" = "status")
        .say(Conversation::Unformatted)
        .child(button("link", Core::TryAgain).on_click(again))
}
