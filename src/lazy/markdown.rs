//! The door to what renders the assistant's Markdown. It is opened while the first answer is awaited.

use std::rc::Rc;

use yew::Html;

use crate::markdown;
use crate::session::state::Entry;

/// What stands behind it.
pub struct Table {
    /// Renders a message.
    pub view: fn(Rc<Entry>) -> Html,
}

super::door::door! { markdown, Table, Table { view: markdown::view } }
