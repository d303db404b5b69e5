//! The door to the History tab. It is opened when somebody points at the tab.

use yew::Html;

use crate::history;
use crate::session::Session;
use crate::session::state::State;

/// What stands behind it.
pub struct Table {
    /// The tab.
    pub view: fn(&Session, &State) -> Html,
    /// Fetches what the tab shows.
    pub opened: fn(&Session),
    /// Marks a conversation as read.
    pub mark_read: fn(&Session, String),
}

fn opened(session: &Session) {
    session.adopt("history", include_str!("../../www/history.css"));
    session.list_conversations();
}

super::door::door! {
    history,
    Table,
    Table { view: history::view, opened, mark_read: Session::mark_read }
}
