//! What stands below an answer: that its formatting could not be fetched, and what one does with it.

use std::rc::Rc;

use candor_protocol::wire::MessageStatus;
use yew::Html;

use super::feedback::{FeedbackProps, FeedbackView};
use super::{copy, unformatted};
use crate::element::{button, component, element, fragment, optional};
use crate::session::Session;
use crate::session::state::{Entry, PartStatus};
use crate::words::Core;

/// What stands there of an answer, the last one or not, and of how far the part is that formats it. One that is being written has
/// nothing below it.
pub fn view(session: &Session, entry: &Rc<Entry>, is_last: bool, formatting: PartStatus) -> Html {
    let message = &entry.message;
    let is_unformatted = is_last && formatting == PartStatus::Unavailable;
    let again = (is_last && message.status == MessageStatus::Stopped)
        .then(|| button("link", Core::Retry).on_click(session.callback(|session, _| session.retry())));
    let is_whole = message.status != MessageStatus::Streaming && !message.content.is_empty();
    let copy = is_whole.then(|| copy::button(entry));
    let feedback = match is_whole && !message.id.is_empty() && session.asks_for_feedback() {
        true => {
            let (session, entry) = (session.clone(), Rc::clone(entry));
            component::<FeedbackView>(FeedbackProps { session, entry }, None)
        }
        false => Html::default(),
    };
    let has_row = again.is_some() || copy.is_some();
    fragment(vec![
        optional(is_unformatted.then(|| unformatted::view(session))),
        optional(has_row.then(|| element!("div", "class" = "below").maybe(again).maybe(copy).node(feedback))),
    ])
}
