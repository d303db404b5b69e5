//! The file of everything that is kept of a visitor.

use super::{Area, Attribute, AttributeOrProperty, Number, Word, line, words};

words! {
    /// The file of everything that is kept of a visitor.
    pub enum Export of "export" {
        Conversation "conversation" = "Conversation",
        File "file" = "conversations",
    }
}
