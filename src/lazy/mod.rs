//! The doors: a file for each part of the widget that is fetched when it is wanted. What stands behind a door is everything
//! that only it reaches; the build cuts the module there (feature `split`). Built without that feature, a door is a call.
//!
//! A door gives a table of functions, or fails with [`PartUnavailable`]: the browser may be offline, an extension may block
//! the file, or a new release may have taken it away. It is not remembered: the next try fetches again.
//!
//! Views look behind doors themselves. What the session and the transport need from there, they are handed as [`PARTS`]:
//! they stand below what stands behind the doors, and do not know it.

pub mod conversation;
pub mod diagnostics;
mod door;
pub mod export;
pub mod history;
#[cfg(feature = "split")]
pub mod loading;
pub mod local;
pub mod markdown;
pub mod reader;

use wasm_bindgen_futures::spawn_local;

use crate::part::{Door, Part, PartUnavailable};
use crate::session::state::Action;
use crate::session::{Parts, Session};
use crate::transport::Later;
use crate::transport::client::Doors;

/// What the session reaches through doors.
pub static PARTS: Parts = Parts {
    fetch,
    opened,
    mark_read: |session, id| {
        if let Some(part) = history::loaded() {
            (part.mark_read)(session, id);
        }
    },
    rehearse: |session, cause| {
        if let Some(part) = diagnostics::loaded() {
            (part.rehearse)(session, cause);
        }
    },
    fetch_messages: |session, is_unread| {
        if let Some(part) = conversation::loaded() {
            (part.fetch_messages)(session, is_unread);
        }
    },
    reply_ended: |session| {
        if let Some(part) = conversation::loaded() {
            (part.reply_ended)(session);
        }
    },
    wait: |session, content| {
        if let Some(part) = conversation::loaded() {
            (part.wait)(session, content);
        }
    },
    export: |session, form, on_failed| {
        spawn_local(async move {
            if let Err(unavailable) = export::load().await {
                session.dispatch(Action::Failed(unavailable.into()));
            }
            match export::loaded() {
                Some(part) => (part.offer)(session, form, on_failed),
                None => on_failed.emit(()),
            }
        });
    },
    transport: DOORS,
};

/// What requests reach through doors.
pub const DOORS: Doors = Doors {
    local: Door { load: local::load, loaded: local::loaded },
    reader: Door { load: reader::load, loaded: reader::loaded },
};

fn fetch(part: Part) -> Later<Result<(), PartUnavailable>> {
    match part {
        Part::Markdown => markdown::load(),
        Part::Conversation => conversation::load(),
        Part::History => history::load(),
        Part::Diagnostics => diagnostics::load(),
    }
}

fn opened(session: &Session, part: Part) {
    match part {
        Part::Markdown => None,
        Part::Conversation => conversation::loaded().map(|part| (part.opened)(session)),
        Part::History => history::loaded().map(|part| (part.opened)(session)),
        Part::Diagnostics => diagnostics::loaded().map(|part| (part.opened)(session)),
    };
}
