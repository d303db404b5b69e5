//! Whom a visitor can turn to.

use super::{Area, Attribute, AttributeOrProperty, Number, Word, line, words};

words! {
    /// Whom a visitor can turn to.
    pub enum Contact of "contact" {
        Call "call" = "Call {number}",
        Mail "mail" = "Write to {address}",
        Number "number" = "Tell them the number {reference}.",
        Page "page" = "Contact the site’s owner",
    }
}
