//! Changes of what Diagnostics shows beside the failures.

use std::rc::Rc;

use candor_protocol::checks::Check;

use super::{Change, Owner, State, StatelessTry};

/// What happens there.
#[derive(Clone, Debug)]
pub enum DiagnosticsAction {
    /// It is known where things are kept.
    KeptIn(String),
    /// A run of checks began.
    ChecksBegan,
    /// A check ended.
    Checked(Check),
    /// All have, or the run was stopped.
    ChecksEnded,
    /// The try without stored state went so far.
    StatelessTryChanged(StatelessTry),
    /// The owner came or went.
    OwnerChanged(Owner),
}

impl Change for DiagnosticsAction {
    fn apply(self, state: &mut State) {
        match self {
            Self::KeptIn(place) => state.kept_in = place,
            Self::ChecksBegan => {
                state.checks = Rc::default();
                state.checking = true;
                state.wants_checks = false;
            }
            // What comes after the run was stopped is of no run.
            Self::Checked(check) if state.checking => Rc::make_mut(&mut state.checks).push(check),
            Self::Checked(_) => {}
            Self::ChecksEnded => state.checking = false,
            Self::StatelessTryChanged(outcome) => state.stateless_try = Rc::new(outcome),
            // Whoever is signed in stays so while their token is tried again: what they have chosen there would be lost.
            Self::OwnerChanged(Owner::Trying) if matches!(*state.owner, Owner::SignedIn(_)) => {}
            Self::OwnerChanged(owner) => state.owner = Rc::new(owner),
        }
    }
}
