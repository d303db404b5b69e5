//! The try without stored state: its outcome beside the first, and what follows.

use candor_diagnosis::catalogue;
use candor_protocol::problem::Problem;
use yew::prelude::*;

use crate::session::state::StatelessTry;

/// See [`StatelessTryView`].
#[derive(PartialEq, Properties)]
pub struct StatelessTryViewProps {
    /// How far the try has come.
    pub outcome: StatelessTry,
    /// What had failed before.
    pub first: Option<Problem>,
}

/// Both outcomes, and what they tell together.
#[component]
pub fn StatelessTryView(props: &StatelessTryViewProps) -> Html {
    let first = props.first.as_ref();
    let (outcome, follows) = match &props.outcome {
        StatelessTry::Untried => return Html::default(),
        StatelessTry::Trying => ("trying…", ""),
        StatelessTry::Answered if first.is_none() => ("an answer came", "It works both ways."),
        StatelessTry::Answered => (
            "an answer came",
            "It works without what this browser has stored: the fault was there, or has passed. Send the message again; if it \
             fails, clear this site’s data.",
        ),
        StatelessTry::Failed(problem) if first.is_some_and(|first| first.cause == problem.cause) => (
            name(problem),
            "It fails the same way: neither cookies nor stored data are the cause, and another browser will not help.",
        ),
        StatelessTry::Failed(problem) => (name(problem), "It fails in another way than before."),
    };
    html! {
        <section aria-label="Without stored state">
            <h3>{ "Without stored state" }</h3>
            <dl class="facts" role="status">
                <dt>{ "As before" }</dt><dd>{ first.map_or("no failure", name) }</dd>
                <dt>{ "Without" }</dt><dd>{ outcome }</dd>
            </dl>
            <p class="plainly">{ follows }</p>
        </section>
    }
}

fn name(problem: &Problem) -> &str {
    catalogue::find(&problem.cause).map_or(problem.title.as_str(), |entry| entry.name)
}
