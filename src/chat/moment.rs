//! The time that stands before a message after a long silence.

use candor_protocol::Millis;

use crate::element::{Element, element};
use crate::time;

/// Day and clock.
pub fn view(time: Millis) -> Element {
    element!("p", "class" = "moment").string(&time::full(time))
}
