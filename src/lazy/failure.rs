//! The door to what a failure's card says beside its sentence: how long to wait, how to go on.

use yew::Html;

use crate::chat::failure::{self, FailureProps};

/// What stands behind it.
pub struct Table {
    /// The whole card.
    pub view: fn(&FailureProps) -> Html,
}

super::door! { failure, Table, Table { view: failure::view } }
