//! A failure as part of the conversation: what happened, what is safe, what to do.

use candor_protocol::Millis;
use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use yew::prelude::*;

use super::countdown::Countdown;

/// See [`FailureCard`].
#[derive(PartialEq, Properties)]
pub struct FailureCardProps {
    /// What failed.
    pub problem: Problem,
    /// Whether the reply can be asked for again, which is so for the last one.
    pub last: bool,
    /// The reply is asked for again.
    pub on_retry: Callback<()>,
    /// Whether something of the answer had arrived.
    pub has_text: bool,
    /// The assistant is asked to go on.
    pub on_continue: Callback<()>,
    /// A new conversation begins.
    pub on_begin: Callback<()>,
    /// "What happened?"
    pub on_explain: Callback<Problem>,
}

/// The card that stands where the answer would be.
#[component]
pub fn FailureCard(props: &FailureCardProps) -> Html {
    let problem = &props.problem;
    let on_retry = props.on_retry.clone();
    let on_begin = props.on_begin.clone();
    let on_continue = props.on_continue.clone();
    let on_explain = {
        let (on_explain, problem) = (props.on_explain.clone(), problem.clone());
        move |_| on_explain.emit(problem.clone())
    };
    html! {
        <div class="failure" role="alert">
            <p><strong>{ &problem.title }</strong></p>
            if let Some(until) = wait_until(problem).filter(|_| props.last) {
                <p>{ "Your message is kept. " }<Countdown {until} /></p>
            } else {
                <p>{ &problem.detail }</p>
            }
            <p class="actions">
                if props.last {
                    <button type="button" class="button" onclick={move |_| on_retry.emit(())}>{ "Retry" }</button>
                }
                if props.last && props.has_text && problem.is_resumable() {
                    <button type="button" class="button" onclick={move |_| on_continue.emit(())}>{ "Continue" }</button>
                }
                if props.last && problem.is(&known::context_length) {
                    <button type="button" class="button" onclick={move |_| on_begin.emit(())}>{ "Start afresh" }</button>
                }
                <button type="button" class="link" onclick={on_explain}>{ "What happened?" }</button>
            </p>
        </div>
    }
}

/// When it is worth trying again, where waiting helps and the reply says for how long.
fn wait_until(problem: &Problem) -> Option<Millis> {
    let seconds = problem.upstream.as_ref()?.retry_after.filter(|_| problem.retryable)?;
    Some(problem.time.saturating_add(seconds.saturating_mul(1000)))
}
