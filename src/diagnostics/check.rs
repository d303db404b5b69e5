//! The checks: what was tried, what came back, how long it took, and the fix.

use candor_diagnosis::verdict::entry_of;
use candor_protocol::checks::{Check, Outcome};

use super::advice;
use super::report::outcome;
use super::said;
use crate::element::{Element, element};
use crate::shell::icon::{Icon, icon};
use crate::words::Diagnostics;

/// The checks that have ended, in the order in which they ran, one line each; what did not pass has its fix below it.
/// `is_checking` says whether more are to come, `is_owners` whether the owner's part may be shown.
pub fn view(checks: &[Check], is_checking: bool, is_owners: bool) -> Element {
    let running = is_checking.then(|| {
        let spinner = element!("i", "class" = "spinner");
        element!("li", "class" = "check running")
            .child(element!("span", "class" = "sign").child(spinner))
            .child(element!("span", "class" = "tried").say(Diagnostics::Checking))
    });
    let list = element!("ul", "class" = "checks", "aria-live" = "polite")
        .children(checks.iter().map(|check| item(check, is_owners)))
        .maybe(running);
    element!("section", "aria-label" = Diagnostics::Checks)
        .child(element!("h3").say(Diagnostics::Checks))
        .child(list)
}

fn item(check: &Check, is_owners: bool) -> Element {
    let (class, sign) = match check.outcome {
        Outcome::Pass => ("check good", &Icon::GOOD),
        Outcome::Warning => ("check warned", &Icon::WARNING),
        Outcome::Failure => ("check broken", &Icon::CLOSE),
    };
    let sign = element!("span", "class" = "sign")
        .child(icon(sign))
        .child(element!("span", "class" = "hidden").say(outcome(check.outcome)));
    let took = [&check.duration.to_string(), " ms"].concat();
    let fix = entry_of(check).map(|entry| {
        let upstream = check.problem.as_ref().and_then(|problem| problem.upstream.as_ref());
        element!("details")
            .child(element!("summary").say(Diagnostics::WhatToDo))
            .child(advice::view(entry, upstream, is_owners))
    });
    element!("li", "class" = class)
        .key(check.id.as_str())
        .child(sign)
        .child(element!("span", "class" = "tried").string(said(&check.tried)))
        .child(element!("span", "class" = "took").string(&took))
        .child(element!("span", "class" = "evidence").string(said(&check.evidence)))
        .maybe(fix)
}
