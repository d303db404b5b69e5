//! The try as a new visitor, of whom the browser has stored nothing: its outcome beside the first, and what follows.

use candor_diagnosis::catalogue;
use candor_protocol::problem::Problem;

use super::facts::fact;
use crate::element::{Element, element};
use crate::session::state::StatelessTry;

/// Both outcomes, and what they tell together: of the try as far as it has come, and of what had failed first.
pub fn view(outcome: &StatelessTry, first: Option<&Problem>) -> Option<Element> {
    let (outcome, follows) = match outcome {
        StatelessTry::Untried => return None,
        StatelessTry::Trying => ("trying…", ""),
        StatelessTry::Answered if first.is_none() => ("an answer came", "It works both ways."),
        StatelessTry::Answered => (
            "an answer came",
            "It works for a new visitor: the fault was in what this browser has stored, or has passed. Send the message again; if \
             it fails, clear this site’s data.",
        ),
        StatelessTry::Failed(problem) if first.is_some_and(|first| first.cause == problem.cause) => (
            name(problem),
            "It fails the same way: neither cookies nor stored data are the cause, and another browser will not help.",
        ),
        StatelessTry::Failed(problem) => (name(problem), "It fails in another way than before."),
    };
    let facts = element!("dl", "class" = "facts", "role" = "status")
        .node(fact("As before", Some(first.map_or("no failure", name))))
        .node(fact("As a new visitor", Some(outcome)));
    let section = element!("section", "aria-label" = "As a new visitor")
        .child(element!("h3").text("As a new visitor"))
        .child(facts)
        .child(element!("p", "class" = "plainly").text(follows));
    Some(section)
}

fn name(problem: &Problem) -> &str {
    catalogue::find(&problem.cause).map_or(problem.title.as_str(), |entry| entry.name)
}
