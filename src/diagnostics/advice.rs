//! What to do about a failure, and who can.

use candor_protocol::cause::{Cause, Fixer, advise, known};
use candor_protocol::reader::ApiError;
use yew::prelude::*;

const OWNERS: &str =
    "Only the site’s owner can put this right. The reference number tells them which error it was.";

/// See [`AdviceView`].
#[derive(PartialEq, Properties)]
pub struct AdviceViewProps {
    /// What is behind it.
    pub cause: &'static Cause,
    /// What the other side said, which makes the steps exact.
    pub upstream: Option<ApiError>,
    /// Whether the owner's part may be shown: visitors are not bothered with what they cannot do.
    pub is_owners: bool,
}

/// The meaning, who can put it right, and the steps.
#[component]
pub fn AdviceView(props: &AdviceViewProps) -> Html {
    let cause = props.cause;
    if !props.is_owners && !cause.fixers.contains(&Fixer::Visitor) {
        // Of what is hidden nobody here knows who can put it right.
        let plainly = if cause.id == known::hidden.id { cause.meaning } else { OWNERS };
        return html! { <p class="plainly">{ plainly }</p> };
    }
    let advice = advise(cause, props.upstream.as_ref());
    let fixers = cause.fixers.iter().map(|fixer| fixer.name()).collect::<Vec<_>>().join(" or ");
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
