//! The door to what a conversation needs once it goes on: what the visitor's tabs tell each other, what a failure's card says
//! beside its sentence, how the owner gets to Diagnostics where visitors do not, and messages before those that are shown. It is opened as soon as the input is there, since a connection that is lost brings no part.

use crate::chat::earlier;
use crate::chat::failure::{self, FailureProps};
use crate::chat::unformatted;
use crate::element::Element;
use crate::session::Session;
use crate::session::state::State;
use crate::session::tabs;

/// What stands behind it.
pub struct Table {
    /// A failure's whole card.
    pub failure: fn(&FailureProps) -> Element,
    /// The latest failure in its own words.
    pub latest: fn(&State) -> Option<Element>,
    /// The way to messages before those that are shown.
    pub earlier: fn(&Session, &State) -> Element,
    /// What stands below an answer whose formatting could not be fetched.
    pub unformatted: fn(&Session) -> Element,
    /// Joins the other tabs, and asks the owner in where they are.
    pub opened: fn(&Session),
    /// Follows a reply that is under way, from the tab that holds its stream or by one of our own: the epoch, the conversation
    /// and the message.
    pub follow: fn(Session, u32, String, String),
}

fn opened(session: &Session) {
    tabs::join(session);
    session.invite_owner();
}

super::door::door! {
    conversation,
    Table,
    Table { failure: failure::view, latest: failure::latest, earlier: earlier::view, unformatted: unformatted::view, opened, follow: tabs::follow }
}
