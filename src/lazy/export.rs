//! The door to what makes a file of everything that is kept of the visitor. It is opened when they ask for one.

use yew::Callback;

use crate::history::export::Form;
use crate::session::{Session, export};

/// What stands behind it.
pub struct Table {
    /// Offers the file in this form, or tells that it could not be had.
    pub offer: fn(Session, Form, Callback<()>),
}

super::door::door! { export, Table, Table { offer: export::offer } }
