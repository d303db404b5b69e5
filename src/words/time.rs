//! Days, where the browser’s own formats have no word for them.

use super::{Area, Attribute, AttributeOrProperty, Number, Word, line, words};

words! {
    /// Days, where the browser’s own formats have no word for them.
    pub enum Time of "time" {
        Full "full" = "{day}, {time}",
        Today "today" = "Today",
        Yesterday "yesterday" = "Yesterday",
    }
}
