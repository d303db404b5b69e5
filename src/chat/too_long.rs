//! What is said of a draft that is too long to be sent.

use crate::element::{Element, element};
use crate::words::{self, Conversation};

/// How many characters there are too many.
pub fn view(surplus: usize) -> Element {
    let words = words::count(Conversation::TooLong, surplus as u64, None);
    element!("p", "class" = "over", "id" = "candor-over", "role" = "status").string(&words)
}
