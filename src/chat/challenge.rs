//! What a new visitor solves before their first message is sent, in the card that says so. `www/page/challenge.js` shows it there.

use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use js_sys::Reflect;
use web_sys::Event;

use crate::element::{Element, element};
use crate::session::Session;
use crate::words::Conversation;

/// Whether a solution is what the proxy wants.
pub fn is_wanted(problem: &Problem) -> bool {
    problem.is(&known::challenge_required) || problem.is(&known::challenge_failed)
}

/// The place for it. What is solved becomes a visitor’s token, and the message goes on.
pub fn view(session: &Session, problem: &Problem) -> Element {
    let solved = session.callback(|session, event: Event| {
        if let Some(solution) = detail(&event) {
            session.solve(solution);
        }
    });
    element!(
        "div",
        "class" = "challenge",
        "role" = "group",
        "aria-label" = Conversation::Challenge,
        // Of the alert around it not all is said again when a word in here changes.
        "aria-live" = "polite",
        "aria-atomic" = "false",
        "data-address" = session.client().proxy().address("/challenge"),
    )
    // Whoever was refused gets another.
    .key(problem.reference.as_str())
    .on("candor-solved", solved)
}

/// What came with an event of a page’s own.
fn detail(event: &Event) -> Option<String> {
    Reflect::get(event, &"detail".into()).ok()?.as_string()
}
