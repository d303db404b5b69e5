//! What stands in a tab whose part is not here.

use candor_protocol::problem::Problem;

use crate::element::{Element, element};
use crate::part::{Part, PartUnavailable};
use crate::session::Session;
use crate::session::state::{PartStatus, State};
use crate::words::{self, Core};

/// A part that is on its way, or that could not be fetched; then with `instead`, where there is something to show in its place.
pub fn view(session: &Session, state: &State, part: Part, instead: Option<Element>) -> Element {
    if state.part(part) != PartStatus::Unavailable {
        return loading();
    }
    let problem = Problem::from(PartUnavailable);
    let failure = element!("div", "class" = "failure", "role" = "alert")
        .child(bold(&words::title(&problem)))
        .child(element!("p").string(&words::detail(&problem)))
        .child(
            element!("p", "class" = "actions").child(
                element!("button", "type" = "button", "class" = "button")
                    .on_click(session.callback_with(part, |session, part, _| session.want(part)))
                    .say(Core::TryAgain),
            ),
        );
    element!("div", "class" = "scroll").child(failure).maybe(instead)
}

/// What stands where something is on its way.
pub fn loading() -> Element {
    element!("p", "class" = "quiet", "role" = "status").say(Core::Loading)
}

/// A line in bold.
pub fn bold(words: &str) -> Element {
    element!("p").child(element!("strong").string(words))
}
