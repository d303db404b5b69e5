//! The door to the Diagnostics tab with the checks, the report and the owner's part. It is opened when somebody points at the
//! tab.

use yew::Html;

use crate::diagnostics;
use crate::session::Session;
use crate::session::state::State;

/// What stands behind it.
pub struct Table {
    /// The tab.
    pub view: fn(&Session, &State) -> Html,
    /// Recognises the owner, and runs the checks where a problem asks for it.
    pub opened: fn(&Session),
    /// Plays a failure of this cause.
    pub rehearse: fn(&Session, String),
}

fn opened(session: &Session) {
    session.adopt("diagnostics", include_str!("../../www/diagnostics.css"));
    session.open_diagnostics();
}

super::door::door! {
    diagnostics,
    Table,
    Table { view: diagnostics::view, opened, rehearse: Session::rehearse }
}
