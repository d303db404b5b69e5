//! What to do about a failure, and who can.

use candor_diagnosis::catalogue::{Entry, Fixer};
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::known;

use super::said;
use crate::element::{Element, element};
use crate::words::{self, Diagnostics, causes};

/// The meaning, who can put it right, and the steps, which what the other side said makes exact. Visitors are not bothered with
/// what they cannot do: `is_owners` says whether the owner's part may be shown.
pub fn view(entry: &Entry, upstream: Option<&ApiError>, is_owners: bool) -> Element {
    if !is_owners && !entry.fixers.contains(&Fixer::Visitor) {
        // Of what is hidden nobody here knows who can put it right.
        let is_hidden = *entry.cause == known::hidden;
        let meaning = is_hidden.then(|| causes::advice(entry, None, false).meaning);
        let plainly = meaning.unwrap_or_else(|| Diagnostics::Owners.text().to_owned());
        return element!("p", "class" = "plainly").string(&plainly);
    }
    let advice = causes::advice(entry, upstream, is_owners);
    let mut steps = element!("ol");
    for step in &advice.steps {
        steps = steps.child(element!("li").string(step));
    }
    let who = is_owners.then(|| who(entry));
    element!("div", "class" = "advice").child(element!("p").string(&advice.meaning)).maybe(who).child(steps)
}

fn who(entry: &Entry) -> Element {
    let fixers: Vec<&str> = entry.fixers.iter().map(|fixer| said(fixer.name())).collect();
    let fixers = words::any_of(&fixers, Diagnostics::Or.text());
    element!("p", "class" = "who").say(Diagnostics::Who).text(" ").child(element!("strong").string(&fixers))
}
