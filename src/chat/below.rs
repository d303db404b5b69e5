//! What stands below an answer: what one does with it, and that its formatting could not be fetched.

use std::rc::Rc;

use candor_protocol::wire::MessageStatus;
use yew::Html;

use super::{copy, unformatted};
use crate::element::{fragment, optional};
use crate::session::Session;
use crate::session::state::Entry;

/// What stands there. An answer that is being written has nothing below it.
pub fn view(session: &Session, entry: &Rc<Entry>, is_unformatted: bool) -> Html {
    let is_there = entry.message.status != MessageStatus::Streaming && !entry.message.content.is_empty();
    fragment(vec![
        optional(is_unformatted.then(|| unformatted::view(session))),
        optional(is_there.then(|| copy::view(entry))),
    ])
}
