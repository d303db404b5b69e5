//! One failure: its name, the line that support forums know, and its facts.

use candor_diagnosis::advice::advise;
use candor_diagnosis::catalogue;
use candor_protocol::Millis;
use candor_protocol::problem::Problem;
use web_sys::{FocusOptions, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::prelude::*;

use super::advice::AdviceView;
use super::report;
use crate::session::state::Failure;
use crate::time;

/// See [`FailureView`].
#[derive(PartialEq, Properties)]
pub struct FailureViewProps {
    /// The failure.
    pub failure: Failure,
    /// Whether "What happened?" asked for it: it is brought into view, and has the focus.
    pub pointed: bool,
    /// Whether it is what the verdict above the list speaks of: then nothing scrolls, and both are seen together.
    pub is_latest: bool,
    /// Whether the owner's part may be shown.
    pub is_owners: bool,
}

/// One failure in the list.
#[component]
pub fn FailureView(props: &FailureViewProps) -> Html {
    let card = use_node_ref();
    use_effect_with(props.pointed, {
        let card = card.clone();
        let is_latest = props.is_latest;
        move |pointed| {
            if let Some(card) = card.cast::<HtmlElement>().filter(|_| *pointed) {
                if !is_latest {
                    let options = ScrollIntoViewOptions::new();
                    options.set_block(ScrollLogicalPosition::Nearest);
                    card.scroll_into_view_with_scroll_into_view_options(&options);
                }
                let options = FocusOptions::new();
                options.set_prevent_scroll(true);
                let _ = card.focus_with_options(&options);
            }
        }
    });
    let problem = &props.failure.problem;
    let entry = catalogue::find(&problem.cause);
    let name = entry.map_or(problem.title.as_str(), |entry| advise(entry, problem.upstream.as_ref()).name);
    html! {
        <li class={classes!("error", props.pointed.then_some("pointed"))} ref={card} tabindex="-1">
            <h3>{ name }</h3>
            <p class="when">{ when(&props.failure) }</p>
            <p class="plainly">{ &problem.title }</p>
            if let Some(line) = problem.forum_line() {
                <pre class="words" tabindex="0">{ line }</pre>
            }
            { facts(problem) }
            if let Some(entry) = entry {
                <AdviceView {entry} upstream={problem.upstream.clone()} is_owners={props.is_owners} />
            }
        </li>
    }
}

fn when(failure: &Failure) -> String {
    let time: Millis = failure.problem.time;
    match failure.count {
        1 => time::brief(time),
        count => format!("{count} times, last {}", time::brief(time)),
    }
}

/// Status, code, request id and the rest, as far as they are known here.
fn facts(problem: &Problem) -> Html {
    // The cause is the card's heading.
    let known = report::facts(problem).into_iter().filter(|(name, _)| *name != "Cause");
    let rows = known.chain([("Time", Some(time::full(problem.time)))]);
    html! {
        <dl class="facts">
            for (name, value) in rows {
                if let Some(value) = value {
                    <dt>{ name }</dt><dd>{ value }</dd>
                }
            }
        </dl>
    }
}
