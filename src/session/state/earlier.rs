//! Changes by messages before those that are shown.

use candor_protocol::problem::Problem;
use candor_protocol::wire::Messages;

use super::{Change, State};

/// What happens to the messages before those that are shown; each with the epoch of the conversation.
#[derive(Clone, Debug)]
pub enum EarlierAction {
    /// They are fetched.
    Opening(u32),
    /// They arrived, or could not be had.
    Opened(u32, Result<Messages, Problem>),
}

impl Change for EarlierAction {
    fn apply(self, state: &mut State) {
        let (Self::Opening(epoch) | Self::Opened(epoch, _)) = self;
        if epoch != state.epoch {
            // Of a conversation that is no longer open.
            return;
        }
        state.opening_earlier = matches!(self, Self::Opening(_));
        match self {
            Self::Opening(_) => {}
            Self::Opened(_, Ok(page)) => state.prepend(page),
            Self::Opened(_, Err(problem)) => state.note(problem, 1),
        }
    }
}
