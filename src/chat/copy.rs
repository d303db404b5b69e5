//! Copying an answer. `www/page/copy.js` does it, which has blocks of code copied too; it shows an answer, and does not know its Markdown.

use std::rc::Rc;

use web_sys::Event;
use yew::Callback;

use super::custom_event;
use crate::element::{Element, element};
use crate::session::state::Entry;
use crate::words::Conversation;

/// The button below an answer.
pub fn button(entry: &Rc<Entry>) -> Element {
    let entry = Rc::clone(entry);
    // The Markdown goes to whoever copies, from the button that was clicked.
    let copy = Callback::from(move |click: Event| {
        custom_event::dispatch(
            click.target().as_ref(),
            "candor-copy",
            &entry.message.content.as_str().into(),
            false,
        );
    });
    element!("button", "type" = "button", "class" = "copy", "aria-label" = Conversation::CopyAnswer)
        .on_click(copy)
}
