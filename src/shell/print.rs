//! Printing the conversation that is open, which `www/page.js` does where the button is clicked.

use super::icon::{Icon, icon_button};
use crate::element::Element;

/// The button in the header.
pub fn button() -> Element {
    icon_button("Print conversation", Icon::Print)
}
