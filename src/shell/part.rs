//! What stands in a tab whose part is not here.

use candor_protocol::cause::known;
use candor_protocol::problem::Problem;

use crate::element::{Element, element};
use crate::part::Part;
use crate::session::Session;
use crate::session::state::{PartStatus, State};

/// A part that is on its way, or that could not be fetched. Of Diagnostics, which is wanted where something failed, there is
/// the latest failure in its own words.
pub fn view(session: &Session, state: &State, part: Part) -> Element {
    if state.part(part) != PartStatus::Unavailable {
        return loading();
    }
    let is_other = |problem: &&Problem| part == Part::Diagnostics && !problem.is(&known::part_unavailable);
    let latest = state.failures.iter().map(|failure| &failure.problem).find(is_other);
    let failure = element!("div", "class" = "failure", "role" = "alert")
        .child(bold("This part of the chat can’t be loaded."))
        .child(element!("p").text(
            "The connection, an extension or a new version of the site is in the way. Your messages are kept.",
        ))
        .child(
            element!("p", "class" = "actions").child(
                element!("button", "type" = "button", "class" = "button")
                    .on_click(session.callback_with(part, |session, part, _| session.want(part)))
                    .text("Try again"),
            ),
        );
    let latest = latest.map(|problem| {
        let words = problem.forum_line().unwrap_or_else(|| problem.detail.clone());
        element!("div", "class" = "failure").child(bold(&problem.title)).child(element!("p").string(&words))
    });
    element!("div", "class" = "scroll").child(failure).maybe(latest)
}

/// What stands where something is on its way.
pub fn loading() -> Element {
    element!("p", "class" = "quiet", "role" = "status").text("Loading…")
}

/// A line in bold.
pub fn bold(words: &str) -> Element {
    element!("p").child(element!("strong").string(words))
}
