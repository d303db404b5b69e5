//! What to do about a failure, and who can.

use candor_diagnosis::advice::advise;
use candor_diagnosis::catalogue::{Entry, Fixer};
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::known;

use crate::element::{Element, element};

const OWNERS: &str =
    "Only the site’s owner can put this right. The reference number tells them which error it was.";

/// The meaning, who can put it right, and the steps, which what the other side said makes exact. Visitors are not bothered with
/// what they cannot do: `is_owners` says whether the owner's part may be shown.
pub fn view(entry: &Entry, upstream: Option<&ApiError>, is_owners: bool) -> Element {
    if !is_owners && !entry.fixers.contains(&Fixer::Visitor) {
        // Of what is hidden nobody here knows who can put it right.
        let plainly = if *entry.cause == known::hidden { entry.meaning } else { OWNERS };
        return element!("p", "class" = "plainly").text(plainly);
    }
    let mut advice = advise(entry, upstream);
    if !is_owners {
        advice = advice.for_visitor();
    }
    let mut steps = element!("ol");
    for step in &advice.steps {
        steps = steps.child(element!("li").string(step));
    }
    let who = is_owners.then(|| who(entry));
    element!("div", "class" = "advice").child(element!("p").text(advice.meaning)).maybe(who).child(steps)
}

fn who(entry: &Entry) -> Element {
    let mut fixers = String::new();
    for fixer in entry.fixers {
        if !fixers.is_empty() {
            fixers.push_str(" or ");
        }
        fixers.push_str(fixer.name());
    }
    element!("p", "class" = "who").text("Who can fix it: ").child(element!("strong").string(&fixers))
}
