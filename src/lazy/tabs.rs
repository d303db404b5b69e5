//! The door to what the visitor's tabs tell each other. It is opened once the input is there.

use crate::session::Session;
use crate::session::tabs;

/// What stands behind it.
pub struct Table {
    /// Joins the other tabs.
    pub join: fn(&Session),
    /// Follows a reply that is under way, from the tab that holds its stream or by one of our own: the epoch, the conversation
    /// and the message.
    pub follow: fn(Session, u32, String, String),
}

super::door! { tabs, Table, Table { join: tabs::join, follow: tabs::follow } }
