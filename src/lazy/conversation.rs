//! The door to what a conversation needs once it goes on: what the visitor's tabs tell each other, what a failure's card says beside its
//! sentence, how the owner gets to Diagnostics where visitors do not, messages before those that are shown, and those that wait. It is
//! opened as soon as the input is there, since a connection that is lost brings no part.

use std::rc::Rc;

use candor_protocol::Millis;
use yew::Html;

use crate::chat::earlier;
use crate::chat::failure::{self, FailureProps};
use crate::chat::{below, consent, moment, too_long, waiting};
use crate::element::Element;
use crate::session::Session;
use crate::session::state::{Entry, PartStatus, State};
use crate::session::tabs;
use crate::shell::print;
use crate::words::{self, Conversation};

/// What stands behind it.
pub struct Table {
    /// A failure's whole card.
    pub failure: fn(&FailureProps) -> Element,
    /// The latest failure in its own words.
    pub latest: fn(&State) -> Option<Element>,
    /// The way to messages before those that are shown.
    pub earlier: fn(&Session, &State) -> Element,
    /// What stands below an answer, the last one or not, and of how far the part is that formats it.
    pub below: fn(&Session, &Rc<Entry>, bool, PartStatus) -> Html,
    /// What a visitor agrees to before the first message, and where the owner says more.
    pub consent: fn(&Session, &str, Option<&str>) -> Element,
    /// The time that stands before a message after a long silence.
    pub moment: fn(Millis) -> Element,
    /// What is said of a draft that has so many characters too many.
    pub too_long: fn(usize) -> Element,
    /// How the Diagnostics tab is described while it has so much that was not seen yet.
    pub unseen: fn(&str) -> String,
    /// The button that prints the conversation.
    pub print: fn() -> Element,
    /// What has been sent and waits for its turn.
    pub waiting: fn(&Session, &State) -> Element,
    /// Keeps a message until it is its turn.
    pub wait: fn(&Session, String),
    /// Joins the other tabs, takes up what was left, settles what visitors may see, and asks the owner in where they are.
    pub opened: fn(&Session),
    /// No reply is awaited any more.
    pub reply_ended: fn(&Session),
    /// Fetches the messages of the conversation that is being opened, and whether the list marks it as unread.
    pub fetch_messages: fn(&Session, bool),
}

fn opened(session: &Session) {
    session.adopt("conversation", include_str!("../../www/conversation.css"));
    if tabs::join(session) {
        session.fetch_messages(false);
        session.send_pending();
    }
    session.assume_visibility();
    session.invite_owner();
}

super::door::door! {
    conversation,
    Table,
    Table {
        failure: failure::view,
        latest: failure::latest,
        earlier: earlier::view,
        below: below::view,
        consent: consent::view,
        moment: moment::view,
        too_long: too_long::view,
        unseen: |count| words::fill(Conversation::Unseen, &[("count", count)]),
        print: print::button,
        waiting: waiting::view,
        wait: Session::wait,
        opened,
        reply_ended: Session::reply_ended,
        fetch_messages: Session::fetch_messages,
    }
}
