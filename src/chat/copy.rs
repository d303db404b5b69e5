//! Copying an answer. `www/page.js` does it, which has blocks of code copied too; it shows an answer, and does not know its Markdown.

use std::rc::Rc;

use web_sys::{CustomEvent, CustomEventInit, Event};
use yew::Callback;

use crate::element::{Element, element};
use crate::session::state::Entry;
use crate::words::Conversation;

/// The button below an answer.
pub fn button(entry: &Rc<Entry>) -> Element {
    let entry = Rc::clone(entry);
    let copy = Callback::from(move |event: Event| hand_over(&event, &entry.message.content));
    element!("button", "type" = "button", "class" = "copy", "aria-label" = Conversation::CopyAnswer)
        .on_click(copy)
}

/// Hands the Markdown to whoever copies, from the button that was clicked.
fn hand_over(click: &Event, markdown: &str) {
    let init = CustomEventInit::new();
    init.set_bubbles(true);
    init.set_detail(&markdown.into());
    let event = CustomEvent::new_with_event_init_dict("candor-copy", &init);
    if let (Some(button), Ok(event)) = (click.target(), event) {
        let _ = button.dispatch_event(&event);
    }
}
