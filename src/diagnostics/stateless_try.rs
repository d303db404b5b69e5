//! The try as a new visitor, of whom the browser has stored nothing: its outcome beside the first, and what follows.

use candor_protocol::problem::Problem;

use super::facts::fact;
use crate::element::{Element, element};
use crate::session::state::StatelessTry;
use crate::words::{Diagnostics, causes::name_of};

/// Both outcomes, and what they tell together: of the try as far as it has come, and of what had failed first.
pub fn view(outcome: &StatelessTry, first: Option<&Problem>) -> Option<Element> {
    let (outcome, follows) = match outcome {
        StatelessTry::Untried => return None,
        StatelessTry::Trying => (said(Diagnostics::TryTrying), None),
        StatelessTry::Answered if first.is_none() => {
            (said(Diagnostics::TryAnswered), Some(Diagnostics::TryBoth))
        }
        StatelessTry::Answered => (said(Diagnostics::TryAnswered), Some(Diagnostics::TryStored)),
        StatelessTry::Failed(problem) => {
            let is_same = first.is_some_and(|first| first.cause == problem.cause);
            let follows = if is_same { Diagnostics::TrySame } else { Diagnostics::TryOtherwise };
            (name_of(problem), Some(follows))
        }
    };
    let before = first.map_or_else(|| said(Diagnostics::TryNoFailure), name_of);
    let facts = element!("dl", "class" = "facts", "role" = "status")
        .node(fact(Diagnostics::AsBefore, Some(&before)))
        .node(fact(Diagnostics::AsNew, Some(&outcome)));
    let section = element!("section", "aria-label" = Diagnostics::AsNew)
        .child(element!("h3").say(Diagnostics::AsNew))
        .child(facts)
        .child(element!("p", "class" = "plainly").text(follows.map_or("", Diagnostics::text)));
    Some(section)
}

fn said(word: Diagnostics) -> String {
    word.text().to_owned()
}
