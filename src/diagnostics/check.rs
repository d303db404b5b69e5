//! The checks: what was tried, what came back, how long it took, and the fix.

use candor_diagnosis::verdict::entry_of;
use candor_protocol::checks::{Check, Outcome};
use yew::prelude::*;

use super::advice::AdviceView;
use super::report::outcome;
use crate::shell::icon::{Icon, icon};

/// See [`CheckList`].
#[derive(PartialEq, Properties)]
pub struct CheckListProps {
    /// The checks that have ended, in the order in which they ran.
    pub checks: Vec<Check>,
    /// Whether more are to come.
    pub checking: bool,
    /// Whether the owner's part may be shown.
    pub is_owners: bool,
}

/// All checks, one line each; what did not pass has its fix below it.
#[component]
pub fn CheckList(props: &CheckListProps) -> Html {
    html! {
        <section aria-label="Checks">
            <h3>{ "Checks" }</h3>
            <ul class="checks" aria-live="polite">
                for check in props.checks.iter() {
                    { item(check, props.is_owners) }
                }
                if props.checking {
                    <li class="check running"><span class="sign"><i class="spinner" /></span><span class="tried">{ "Checking…" }</span></li>
                }
            </ul>
        </section>
    }
}

fn item(check: &Check, is_owners: bool) -> Html {
    let (class, sign) = match check.outcome {
        Outcome::Pass => ("good", Icon::Good),
        Outcome::Warning => ("warned", Icon::Warning),
        Outcome::Failure => ("broken", Icon::Close),
    };
    let upstream = check.problem.as_ref().and_then(|problem| problem.upstream.clone());
    html! {
        <li key={check.id.clone()} class={classes!("check", class)}>
            <span class="sign">{ icon(sign) }<span class="hidden">{ outcome(check.outcome) }</span></span>
            <span class="tried">{ &check.tried }</span>
            <span class="took">{ format!("{} ms", check.duration) }</span>
            <span class="evidence">{ &check.evidence }</span>
            if let Some(entry) = entry_of(check) {
                <details>
                    <summary>{ "What to do" }</summary>
                    <AdviceView {entry} {upstream} {is_owners} />
                </details>
            }
        </li>
    }
}
