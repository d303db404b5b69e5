//! Messages that wait for their turn.

use candor_protocol::Millis;

use super::{Change, State};

use std::rc::Rc;

/// What the visitor has sent, and what nobody has been asked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// What they wrote.
    pub content: String,
    /// Under which it will be sent.
    pub idempotency_key: String,
    /// When they wrote it.
    pub time: Millis,
}

/// What happens to them.
#[derive(Clone, Debug)]
pub enum WaitingAction {
    /// Another one waits, behind those that do.
    Added(Waiting),
    /// Its turn has come.
    Sent(Rc<Waiting>),
    /// The visitor takes it back into the input, before what stands there.
    TakenBack(Rc<Waiting>),
}

impl Change for WaitingAction {
    fn apply(self, state: &mut State) {
        match self {
            Self::Added(waiting) => state.waiting.push(Rc::new(waiting)),
            Self::Sent(waiting) => remove(state, &waiting),
            Self::TakenBack(waiting) => {
                remove(state, &waiting);
                let between = if state.draft.is_empty() { "" } else { "\n" };
                state.draft = [&waiting.content, between, &state.draft].concat();
            }
        }
    }
}

fn remove(state: &mut State, waiting: &Waiting) {
    state.waiting.retain(|other| other.idempotency_key != waiting.idempotency_key);
}
