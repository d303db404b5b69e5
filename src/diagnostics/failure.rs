//! One failure: its name, the line that support forums know, and its facts.

use candor_protocol::cause;
use candor_protocol::problem::Problem;
use candor_protocol::wire::Millis;
use web_sys::{HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::prelude::*;

use crate::shell::state::Failure;
use crate::shell::time;

/// See [`FailureView`].
#[derive(PartialEq, Properties)]
pub struct FailureViewProps {
    /// The failure.
    pub failure: Failure,
    /// Whether "What happened?" asked for it: it is brought into view, and has the focus.
    pub pointed: bool,
}

/// One failure in the list.
#[component]
pub fn FailureView(props: &FailureViewProps) -> Html {
    let card = use_node_ref();
    use_effect_with(props.pointed, {
        let card = card.clone();
        move |pointed| {
            if let Some(card) = card.cast::<HtmlElement>().filter(|_| *pointed) {
                let options = ScrollIntoViewOptions::new();
                options.set_block(ScrollLogicalPosition::Nearest);
                card.scroll_into_view_with_scroll_into_view_options(&options);
                let _ = card.focus();
            }
        }
    });
    let problem = &props.failure.problem;
    let name = cause::find(&problem.cause).map_or(problem.title.as_str(), |cause| cause.name);
    html! {
        <li class={classes!("error", props.pointed.then_some("pointed"))} ref={card} tabindex="-1">
            <h3>{ name }</h3>
            <p class="when">{ when(&props.failure) }</p>
            <p class="plainly">{ &problem.title }</p>
            if let Some(line) = problem.forum_line() {
                <pre class="words" tabindex="0">{ line }</pre>
            }
            { facts(problem) }
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
    let upstream = problem.upstream.as_ref();
    let status = upstream.map(|upstream| upstream.status).filter(|status| *status > 0);
    let said = |field: fn(&candor_protocol::reader::ApiError) -> &Option<String>| {
        upstream.and_then(|upstream| field(upstream).clone())
    };
    let rows = [
        ("Status", status.map(|status| status.to_string())),
        ("Code", said(|upstream| &upstream.code)),
        ("Parameter", said(|upstream| &upstream.param)),
        ("Request", said(|upstream| &upstream.request_id)),
        (
            "Retry after",
            upstream.and_then(|upstream| upstream.retry_after).map(|seconds| format!("{seconds} s")),
        ),
        ("Content", said(|upstream| &upstream.content_type)),
        ("Reference", Some(problem.reference.clone()).filter(|reference| !reference.is_empty())),
        ("Time", Some(time::full(problem.time))),
    ];
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
