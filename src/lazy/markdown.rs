//! The door to what renders the assistant's Markdown. It is opened while the first answer is awaited.

use yew::Html;

use crate::markdown::{self, MarkdownProps};

/// What stands behind it.
pub struct Table {
    /// Renders a message.
    pub view: fn(MarkdownProps) -> Html,
}

super::door! { markdown, Table, Table { view: markdown::view } }
