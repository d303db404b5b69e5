//! A failure as part of the conversation: what happened, what is safe, what to do.

use candor_protocol::Millis;
use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use yew::Callback;

use super::countdown::{Countdown, CountdownProps};
use crate::element::{Element, button, component, element};
use crate::session::Session;
use crate::shell::part::bold;

/// What the visitor would say for an answer that broke off to go on.
const GO_ON: &str = "Please go on where you stopped.";

/// A failure, and where it stands.
pub struct FailureProps {
    /// What the visitor does.
    pub session: Session,
    /// What failed.
    pub problem: Problem,
    /// Whether the reply can be asked for again, which is so for the last one.
    pub last: bool,
    /// Whether something of the answer had arrived.
    pub has_text: bool,
}

/// The card that stands where the answer would be.
pub fn view(props: &FailureProps) -> Element {
    let FailureProps { session, problem, last, has_text } = props;
    let detail = match wait_until(problem).filter(|_| *last) {
        Some(until) => element!("p")
            .text("Your message is kept. ")
            .node(component::<Countdown>(CountdownProps { until }, None)),
        None => element!("p").string(&problem.detail),
    };
    let go_on = (*last && *has_text && problem.is_resumable()).then(|| {
        button("button", "Continue").on_click(session.callback(|session, _| session.send(GO_ON.to_owned())))
    });
    let begin = (*last && problem.is(&known::context_length))
        .then(|| button("button", "Start afresh").on_click(session.callback(|session, _| session.begin())));
    card(props, detail, [go_on, begin])
}

/// The card without what has to be fetched.
pub fn sentence(props: &FailureProps) -> Element {
    card(props, element!("p").string(&props.problem.detail), [None, None])
}

fn card(props: &FailureProps, detail: Element, more: [Option<Element>; 2]) -> Element {
    let FailureProps { session, problem, last, .. } = props;
    let explain = {
        let (session, problem) = (session.clone(), problem.clone());
        Callback::from(move |_| session.explain(problem.clone()))
    };
    let retry =
        last.then(|| button("button", "Retry").on_click(session.callback(|session, _| session.retry())));
    let [first, second] = more;
    let actions = element!("p", "class" = "actions")
        .maybe(retry)
        .maybe(first)
        .maybe(second)
        .child(button("link", "What happened?").on_click(explain));
    element!("div", "class" = "failure", "role" = "alert")
        .child(bold(&problem.title))
        .child(detail)
        .child(actions)
}

/// When it is worth trying again, where waiting helps and the reply says for how long.
fn wait_until(problem: &Problem) -> Option<Millis> {
    let seconds = problem.upstream.as_ref()?.retry_after.filter(|_| problem.retryable)?;
    Some(problem.time.saturating_add(seconds.saturating_mul(1000)))
}
