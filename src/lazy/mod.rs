//! The doors: a file for each part of the widget that is fetched when it is wanted. What stands behind a door is everything
//! that only it reaches; the build cuts the module there (feature `split`). Built without that feature, a door is a call.
//!
//! A door gives a table of functions, or fails with [`PartUnavailable`]: the browser may be offline, an extension may block
//! the file, or a new release may have taken it away. It is not remembered: the next try fetches again.

pub mod conversation;
pub mod diagnostics;
pub mod history;
#[cfg(feature = "split")]
pub mod loading;
pub mod local;
pub mod markdown;
pub mod reader;

use candor_protocol::cause::known;
use candor_protocol::problem::Problem;

use crate::transport::request::problem;

/// A part of the widget could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartUnavailable;

#[cfg(feature = "split")]
impl From<loading::SplitLoaderError> for PartUnavailable {
    fn from(_: loading::SplitLoaderError) -> Self {
        Self
    }
}

impl From<PartUnavailable> for Problem {
    fn from(_: PartUnavailable) -> Self {
        problem(&known::part_unavailable)
    }
}

/// The parts that are shown, and that a panel waits for where they are not here yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Renders what the assistant writes.
    Markdown,
    /// What a conversation needs once it goes on.
    Conversation,
    /// The History tab.
    History,
    /// The Diagnostics tab.
    Diagnostics,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Markdown, Self::Conversation, Self::History, Self::Diagnostics];
}

/// Fetches a part, which is here once this has ended well.
///
/// # Errors
/// Where it cannot be fetched.
pub async fn fetch(part: Part) -> Result<(), PartUnavailable> {
    match part {
        Part::Markdown => markdown::load().await.map(drop),
        Part::Conversation => conversation::load().await.map(drop),
        Part::History => history::load().await.map(drop),
        Part::Diagnostics => diagnostics::load().await.map(drop),
    }
}

/// A door into the part of this name, which gives a table that is there for good.
macro_rules! door {
    ($part:ident, $table:ty, $value:expr) => {
        thread_local! {
            static LOADED: std::cell::Cell<Option<&'static $table>> = const { std::cell::Cell::new(None) };
        }

        /// What stands behind the door, where it has been fetched.
        pub fn loaded() -> Option<&'static $table> {
            LOADED.get()
        }

        /// What stands behind the door; it is fetched where it is not here yet.
        ///
        /// # Errors
        /// Where it cannot be fetched.
        pub async fn load() -> Result<&'static $table, $crate::lazy::PartUnavailable> {
            if let Some(table) = LOADED.get() {
                return Ok(table);
            }
            let table = open().await?;
            LOADED.set(Some(table));
            Ok(table)
        }

        #[cfg(feature = "split")]
        #[wasm_split_macros::wasm_split($part, fallible, wasm_split_path = $crate::lazy::loading)]
        fn open() -> Result<&'static $table, $crate::lazy::PartUnavailable> {
            static TABLE: $table = $value;
            Ok(&TABLE)
        }

        #[cfg(not(feature = "split"))]
        async fn open() -> Result<&'static $table, $crate::lazy::PartUnavailable> {
            static TABLE: $table = $value;
            Ok(&TABLE)
        }
    };
}
pub(crate) use door;
