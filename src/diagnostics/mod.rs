//! The Diagnostics tab: the verdict, the chain, the checks, and what went wrong, newest first, in the words of those who
//! said it.

pub mod advice;
pub mod chain;
pub mod check;
pub mod checks;
pub mod copy;
pub mod failure;
pub mod owner;
pub mod rehearse;
pub mod report;
pub mod stateless_try;

use candor_diagnosis::verdict::{Verdict, judge};
use candor_protocol::VERSION;
use candor_protocol::visibility::Diagnostics as Audience;
use yew::prelude::*;

use crate::session::Session;
use crate::session::state::{Owner, State, StatelessTry};
use crate::time;
use crate::transport::save;
use chain::Chain;
use check::CheckList;
use copy::Copy;
use failure::FailureView;
use owner::OwnerPart;
use report::Report;
use stateless_try::StatelessTryView;

/// The Diagnostics tab.
pub fn view(session: &Session, state: &State) -> Html {
    let verdict = verdict(state);
    let is_owners = is_owners(state);
    html! {
        <div class="scroll diagnostics">
            { verdict_card(&verdict) }
            <Chain chain={verdict.chain} />
            { actions(session, state) }
            <StatelessTryView outcome={state.stateless_try.clone()} first={state.failures.first().map(|first| first.problem.clone())} />
            if state.checking || !state.checks.is_empty() {
                <CheckList checks={state.checks.clone()} checking={state.checking} {is_owners} />
            }
            if !state.failures.is_empty() {
                <ul class="failures" aria-label="Errors">
                    for (at, failure) in state.failures.iter().enumerate() {
                        <FailureView failure={failure.clone()} pointed={state.pointed == Some(at)} is_latest={at == 0} {is_owners} />
                    }
                </ul>
            }
            { facts(session, state) }
            if session.has_proxy() {
                <OwnerPart
                    session={session.clone()}
                    owner={state.owner.clone()}
                    is_demo={state.config.as_ref().is_some_and(|config| config.provider.as_deref() == Some("demo"))}
                />
            }
        </div>
    }
}

fn verdict(state: &State) -> Verdict {
    judge(&state.checks, state.failures.first().map(|failure| &failure.problem))
}

/// The report as it stands, in one of its forms.
fn report(state: &State, form: fn(&Report<'_>) -> String) -> String {
    form(&Report {
        time: time::stamp(),
        config: state.config.as_ref(),
        kept_in: &state.kept_in,
        verdict: &verdict(state),
        checks: &state.checks,
        failures: &state.failures,
    })
}

/// Whether the owner's part may be shown: to the owner, and to everybody where there is nothing to hide.
fn is_owners(state: &State) -> bool {
    let is_open = state.config.as_ref().is_none_or(|config| config.diagnostics == Audience::Full);
    is_open || matches!(state.owner, Owner::SignedIn(_))
}

fn verdict_card(verdict: &Verdict) -> Html {
    let class = match (verdict.broken(), verdict.entry) {
        (Some(_), _) => "broken",
        (None, Some(_)) => "warned",
        (None, None) => "good",
    };
    html! {
        <div class={classes!("verdict", class)} role="status">
            <p><strong>{ &verdict.sentence }</strong></p>
            <p>{ &verdict.next }</p>
        </div>
    }
}

fn actions(session: &Session, state: &State) -> Html {
    let text = session.clone();
    html! {
        <div class="actions">
            <button type="button" class="button accent" onclick={session.callback(|session, _| session.check())}>
                { if state.checking { "Stop checks" } else { "Run checks" } }
            </button>
            <Copy text={Callback::from(move |()| report(&text.state(), |report| report.text()))} />
            <button type="button" class="link" disabled={state.stateless_try == StatelessTry::Trying} onclick={session.callback(|session, _| session.try_stateless())}>
                { "Try without stored state" }
            </button>
            <button type="button" class="link" onclick={session.callback(|session, _| save::download("candor-report.json", &report(&session.state(), |report| report.json())))}>
                { "Download report" }
            </button>
        </div>
    }
}

/// What this chat is made of.
fn facts(session: &Session, state: &State) -> Html {
    let config = state.config.as_ref();
    let proxy = config.map_or("not reached yet".to_owned(), |config| config.version.clone());
    let provider = config.and_then(|config| config.provider.clone());
    let model = config.and_then(|config| config.model.clone());
    html! {
        <section aria-label="This chat">
            <h3>{ "This chat" }</h3>
            <dl class="facts">
                <dt>{ "Widget" }</dt><dd>{ VERSION }</dd>
                if session.has_proxy() {
                    <dt>{ "Proxy" }</dt><dd>{ proxy }</dd>
                }
                if let Some(provider) = provider {
                    <dt>{ "Provider" }</dt><dd>{ provider }</dd>
                }
                if let Some(model) = model {
                    <dt>{ "Model" }</dt><dd>{ model }</dd>
                }
                <dt>{ "Kept in" }</dt><dd>{ state.kept_in.clone() }</dd>
            </dl>
        </section>
    }
}
