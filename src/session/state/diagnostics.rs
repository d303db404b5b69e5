//! Changes of what Diagnostics shows beside the failures.

use std::rc::Rc;

use candor_protocol::checks::Check;
use candor_protocol::problem::Problem;
use candor_protocol::visibility::Diagnostics;

use super::{Change, Owner, State, StatelessTry};
use crate::words::Diagnostics as Words;

/// What happens there.
#[derive(Clone, Debug)]
pub enum DiagnosticsAction {
    /// Visitors may see so much of errors, for all that is known of a proxy that cannot be asked.
    VisibilityAssumed(Diagnostics),
    /// The owner is asked in.
    OwnerInvited,
    /// "What happened?" was asked of this problem, and whether the browser itself has to find out.
    Asked(Problem, bool),
    /// It is known where conversations are kept.
    KeptIn(Words),
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
            Self::VisibilityAssumed(visibility) => {
                state.visibility.get_or_insert(visibility);
            }
            Self::OwnerInvited => state.is_owner_invited = true,
            Self::Asked(problem, wants_checks) => {
                state.wants_diagnostics = true;
                state.wants_checks = wants_checks;
                state.unseen = 0;
                state.pointed = state.failures.iter().position(|failure| failure.problem.is_like(&problem));
            }
            Self::KeptIn(place) => state.kept_in = Some(place),
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
        state.settle_tab();
    }
}
