//! The reader of strange answers, which is fetched once such an answer came.

use std::cell::Cell;

use candor_protocol::problem::Problem;
use web_sys::Headers;

use crate::part::{Door, PartUnavailable};

/// What reads them.
pub struct Reader {
    /// Reads the answer of something that is not our proxy: its status, headers and body.
    pub strange: fn(u16, &Headers, Vec<u8>) -> Problem,
    /// Reads a problem that its sender has passed on unread.
    pub interpret: fn(Problem) -> Problem,
}

thread_local! {
    static DOOR: Cell<Option<Door<Reader>>> = const { Cell::new(None) };
}

/// Says which door it stands behind.
pub fn stands_behind(door: Door<Reader>) {
    DOOR.set(Some(door));
}

/// The reader; it is fetched where it is not here yet.
///
/// # Errors
/// Where it cannot be fetched.
pub async fn open() -> Result<&'static Reader, PartUnavailable> {
    DOOR.get().ok_or(PartUnavailable)?.open().await
}
