//! A failure as part of the conversation: what happened, what is safe, what to do.

use candor_protocol::Millis;
use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use yew::Callback;

use super::challenge;
use super::contact;
use super::countdown::{Countdown, CountdownProps};
use crate::element::{Element, button, component, element};
use crate::session::Session;
use crate::session::state::State;
use crate::shell::part::bold;
use crate::words::{self, Conversation, Core};

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

/// The card that stands where the answer would be. Where only the site's owner can put it right it says whom to turn to, and
/// does not offer what cannot help.
pub fn view(props: &FailureProps) -> Element {
    let FailureProps { session, problem, last, has_text } = props;
    let detail = match wait_until(problem).filter(|_| *last) {
        Some(until) => {
            let on_end =
                goes_by_itself(session, problem).then(|| session.callback(|session, ()| session.resend()));
            element!("p")
                .say(Conversation::Kept)
                .text(" ")
                .node(component::<Countdown>(CountdownProps { until, on_end }, None))
        }
        None => element!("p").string(&words::detail(problem)),
    };
    let is_for_owner = problem.is_for_owner();
    // What is only played has nothing to be solved.
    let is_played = session.state().last_question().is_some_and(|question| question.rehearses.is_some());
    let to_solve = *last && challenge::is_wanted(problem) && !is_played;
    let to_solve = to_solve.then(|| challenge::view(session, problem));
    let is_forged = problem.is(&known::forged_turn);
    // The same words would meet the same refusal.
    let is_final = is_for_owner || is_forged || problem.is(&known::message_flagged);
    let retry = (*last && !is_final && to_solve.is_none()).then(|| retry(session));
    let go_on = (*last && *has_text && problem.is_resumable()).then(|| {
        let go_on = session.callback(|session, _| session.send(Conversation::GoOn.text().to_owned()));
        button("button", Conversation::Continue).on_click(go_on)
    });
    let begin = (*last && (is_forged || problem.is(&known::context_length))).then(|| {
        button("button", Conversation::Afresh).on_click(session.callback(|session, _| session.begin()))
    });
    let explain = session.state().has_diagnostics().then(|| {
        let (session, problem) = (session.clone(), problem.clone());
        let explain = Callback::from(move |_| session.explain(problem.clone()));
        button("link", Conversation::WhatHappened).on_click(explain)
    });
    let contact = is_for_owner.then(|| contact::link(session)).flatten();
    let number = is_for_owner.then(|| contact::number(&problem.reference)).flatten();
    let actions = [retry, go_on, begin, contact, explain];
    let actions = actions.iter().any(Option::is_some).then(|| {
        actions.into_iter().fold(element!("p", "class" = "actions"), |row, action| row.maybe(action))
    });
    card(problem, detail).maybe(to_solve).maybe(number).maybe(actions)
}

/// The latest failure in its own words, where Diagnostics is wanted and could not be fetched.
pub fn latest(state: &State) -> Option<Element> {
    let mut problems = state.failures.iter().map(|failure| &failure.problem);
    problems.find(|problem| !problem.is(&known::part_unavailable)).map(|problem| {
        let words = problem.forum_line().unwrap_or_else(|| words::detail(problem));
        element!("div", "class" = "failure")
            .child(bold(&words::title(problem)))
            .child(element!("p").string(&words))
    })
}

/// The card without what has to be fetched.
pub fn sentence(props: &FailureProps) -> Element {
    let FailureProps { session, problem, last, .. } = props;
    let retry = (*last && problem.retryable).then(|| retry(session));
    card(problem, element!("p").string(&words::detail(problem))).maybe(retry)
}

fn card(problem: &Problem, detail: Element) -> Element {
    element!("div", "class" = "failure", "role" = "alert").child(bold(&words::title(problem))).child(detail)
}

fn retry(session: &Session) -> Element {
    button("button", Core::Retry).on_click(session.callback(|session, _| session.retry()))
}

/// Whether what was refused is sent by itself when there is room again: a message that nobody has yet, refused by a limit of the
/// chat's own. It has cost nothing.
fn goes_by_itself(session: &Session, problem: &Problem) -> bool {
    let is_limit = [
        &known::visitor_limit,
        &known::address_limit,
        &known::site_limit,
        &known::spending_cap,
        &known::too_many_at_once,
        &known::too_many_visitors,
    ]
    .into_iter()
    .any(|cause| problem.is(cause));
    let state = session.state();
    let question = state.last_question();
    is_limit
        && question.is_some_and(|question| question.message.id.is_empty() && question.rehearses.is_none())
}

/// When it is worth trying again, where waiting helps and the reply says for how long.
fn wait_until(problem: &Problem) -> Option<Millis> {
    let seconds = problem.upstream.as_ref()?.retry_after.filter(|_| problem.retryable)?;
    Some(problem.time.saturating_add(seconds.saturating_mul(1000)))
}
