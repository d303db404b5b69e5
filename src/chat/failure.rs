//! A failure as part of the conversation: what happened, what is safe, what to do.

use candor_protocol::Millis;
use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use yew::prelude::*;

use super::countdown::Countdown;
use crate::session::Session;

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
pub fn view(props: &FailureProps) -> Html {
    let FailureProps { session, problem, last, has_text } = props;
    let detail = match wait_until(problem).filter(|_| *last) {
        Some(until) => html! { <p>{ "Your message is kept. " }<Countdown {until} /></p> },
        None => html! { <p>{ problem.detail.clone() }</p> },
    };
    let more = html! {
        <>
            if *last && *has_text && problem.is_resumable() {
                <button type="button" class="button" onclick={session.callback(|session, _| session.send(GO_ON.to_owned()))}>{ "Continue" }</button>
            }
            if *last && problem.is(&known::context_length) {
                <button type="button" class="button" onclick={session.callback(|session, _| session.begin())}>{ "Start afresh" }</button>
            }
        </>
    };
    card(props, detail, more)
}

/// The card without what has to be fetched.
pub fn sentence(props: &FailureProps) -> Html {
    card(props, html! { <p>{ props.problem.detail.clone() }</p> }, Html::default())
}

fn card(props: &FailureProps, detail: Html, more: Html) -> Html {
    let FailureProps { session, problem, last, .. } = props;
    let explain = {
        let (session, problem) = (session.clone(), problem.clone());
        move |_| session.explain(problem.clone())
    };
    html! {
        <div class="failure" role="alert">
            <p><strong>{ problem.title.clone() }</strong></p>
            { detail }
            <p class="actions">
                if *last {
                    <button type="button" class="button" onclick={session.callback(|session, _| session.retry())}>{ "Retry" }</button>
                }
                { more }
                <button type="button" class="link" onclick={explain}>{ "What happened?" }</button>
            </p>
        </div>
    }
}

/// When it is worth trying again, where waiting helps and the reply says for how long.
fn wait_until(problem: &Problem) -> Option<Millis> {
    let seconds = problem.upstream.as_ref()?.retry_after.filter(|_| problem.retryable)?;
    Some(problem.time.saturating_add(seconds.saturating_mul(1000)))
}
