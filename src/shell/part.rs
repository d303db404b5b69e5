//! What stands in a tab whose part is not here.

use candor_protocol::cause::known;

use crate::element::{Element, element};
use crate::part::Part;
use crate::session::Session;
use crate::session::state::{PartStatus, State};

/// A part that is on its way, or that could not be fetched; then with `instead`, where there is something to show in its place.
pub fn view(session: &Session, state: &State, part: Part, instead: Option<Element>) -> Element {
    if state.part(part) != PartStatus::Unavailable {
        return loading();
    }
    let failure = element!("div", "class" = "failure", "role" = "alert")
        .child(bold(known::part_unavailable.title))
        .child(element!("p").text(known::part_unavailable.detail))
        .child(
            element!("p", "class" = "actions").child(
                element!("button", "type" = "button", "class" = "button")
                    .on_click(session.callback_with(part, |session, part, _| session.want(part)))
                    .text("Try again"),
            ),
        );
    element!("div", "class" = "scroll").child(failure).maybe(instead)
}

/// What stands where something is on its way.
pub fn loading() -> Element {
    element!("p", "class" = "quiet", "role" = "status").text("Loading…")
}

/// A line in bold.
pub fn bold(words: &str) -> Element {
    element!("p").child(element!("strong").string(words))
}
