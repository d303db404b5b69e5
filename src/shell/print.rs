//! Printing the conversation that is open, which `www/page/print.js` does where the button is clicked.

use super::icon::{Icon, icon};
use crate::element::{Element, element};
use crate::words::Conversation;

/// The button in the header.
pub fn button() -> Element {
    // `www/page/print.js` finds it by its class.
    element!(
        "button",
        "type" = "button",
        "class" = "plain print",
        "aria-label" = Conversation::Print,
        "title" = Conversation::Print,
    )
    .child(icon(&Icon::PRINT))
}
