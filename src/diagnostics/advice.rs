//! What to do about a failure, and who can.

use candor_diagnosis::advice::advise;
use candor_diagnosis::catalogue::{Entry, Fixer};
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::known;
use yew::prelude::*;

const OWNERS: &str =
    "Only the site’s owner can put this right. The reference number tells them which error it was.";

/// See [`AdviceView`].
#[derive(PartialEq, Properties)]
pub struct AdviceViewProps {
    /// What is behind it.
    pub entry: &'static Entry,
    /// What the other side said, which makes the steps exact.
    pub upstream: Option<ApiError>,
    /// Whether the owner's part may be shown: visitors are not bothered with what they cannot do.
    pub is_owners: bool,
}

/// The meaning, who can put it right, and the steps.
#[component]
pub fn AdviceView(props: &AdviceViewProps) -> Html {
    let entry = props.entry;
    if !props.is_owners && !entry.fixers.contains(&Fixer::Visitor) {
        // Of what is hidden nobody here knows who can put it right.
        let plainly = if *entry.cause == known::hidden { entry.meaning } else { OWNERS };
        return html! { <p class="plainly">{ plainly }</p> };
    }
    let advice = advise(entry, props.upstream.as_ref());
    let fixers = entry.fixers.iter().map(|fixer| fixer.name()).collect::<Vec<_>>().join(" or ");
    html! {
        <div class="advice">
            <p>{ advice.meaning }</p>
            <p class="who">{ "Who can fix it: " }<strong>{ fixers }</strong></p>
            <ol>
                for step in advice.steps {
                    <li>{ step }</li>
                }
            </ol>
        </div>
    }
}
