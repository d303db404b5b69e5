//! The parts of the widget that are fetched when they are wanted. What each is made of, [`crate::lazy`] knows.

use candor_protocol::cause::known;
use candor_protocol::problem::Problem;

use crate::time;
use crate::transport::Later;

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

/// A part of the widget could not be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartUnavailable;

impl From<PartUnavailable> for Problem {
    fn from(_: PartUnavailable) -> Self {
        Self::new(&known::part_unavailable, 0, String::new(), time::now())
    }
}

/// A door: what fetches a part that is not here yet, and what stands behind it once it is here.
#[derive(Debug)]
pub struct Door<T: 'static> {
    /// Fetches the part, which is here once this has ended well.
    pub load: fn() -> Later<Result<(), PartUnavailable>>,
    /// What stands behind the door, where it has been fetched.
    pub loaded: fn() -> Option<&'static T>,
}

impl<T> Clone for Door<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Door<T> {}

impl<T> Door<T> {
    /// What stands behind it; it is fetched where it is not here yet.
    ///
    /// # Errors
    /// Where it cannot be fetched.
    pub async fn open(self) -> Result<&'static T, PartUnavailable> {
        (self.load)().await?;
        (self.loaded)().ok_or(PartUnavailable)
    }
}
