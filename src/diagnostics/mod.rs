//! The Diagnostics tab: the verdict, the chain, the checks, and what went wrong, newest first, in the words of those who
//! said it.

pub mod advice;
pub mod chain;
pub mod check;
pub mod clean;
pub mod copy;
pub mod failure;
pub mod owner;
pub mod rehearse;
pub mod report;

use std::rc::Rc;

use candor_diagnosis::verdict::{Verdict, judge};
use candor_protocol::VERSION;
use candor_protocol::checks::Check;
use candor_protocol::visibility::Diagnostics as Audience;
use candor_protocol::wire::Config;
use yew::prelude::*;

use crate::client::export;
use crate::shell::state::{Clean, Failure, Owner};
use crate::shell::time;
use chain::Chain;
use check::CheckList;
use clean::CleanView;
use copy::Copy;
use failure::FailureView;
use owner::OwnerPart;
use report::Report;

/// See [`Diagnostics`].
#[derive(Clone, PartialEq, Properties)]
pub struct DiagnosticsProps {
    /// What went wrong, newest first.
    pub failures: Vec<Failure>,
    /// The one that "What happened?" asked for.
    pub pointed: Option<usize>,
    /// What the proxy says of itself, once it has.
    pub config: Option<Config>,
    /// Where the browser keeps things, in words.
    pub kept_in: AttrValue,
    /// Whether a proxy answers, which has an owner.
    pub has_proxy: bool,
    /// The checks that have ended.
    pub checks: Vec<Check>,
    /// Whether checks are running.
    pub checking: bool,
    /// The try without stored state.
    pub clean: Clean,
    /// Who is here.
    pub owner: Owner,
    /// The checks are to run, or to stop.
    pub on_check: Callback<()>,
    /// The same request is to be tried without stored state.
    pub on_clean: Callback<()>,
    /// The owner token was entered.
    pub on_sign_in: Callback<String>,
    /// A cause is to be rehearsed, by its id.
    pub on_rehearse: Callback<String>,
    /// The owner leaves.
    pub on_sign_out: Callback<()>,
}

impl DiagnosticsProps {
    fn verdict(&self) -> Verdict {
        judge(&self.checks, self.failures.first().map(|failure| &failure.problem))
    }

    /// The report as it stands, in one of its forms.
    fn report(&self, form: fn(&Report<'_>) -> String) -> String {
        form(&Report {
            time: time::stamp(),
            config: self.config.as_ref(),
            kept_in: &self.kept_in,
            verdict: &self.verdict(),
            checks: &self.checks,
            failures: &self.failures,
        })
    }

    /// Whether the owner's part may be shown: to the owner, and to everybody where there is nothing to hide.
    fn is_owners(&self) -> bool {
        let is_open = self.config.as_ref().is_none_or(|config| config.diagnostics == Audience::Full);
        is_open || matches!(self.owner, Owner::SignedIn(_))
    }
}

/// The Diagnostics tab.
#[component]
pub fn Diagnostics(props: &DiagnosticsProps) -> Html {
    let verdict = props.verdict();
    let is_owners = props.is_owners();
    html! {
        <div class="scroll diagnostics">
            { verdict_card(&verdict) }
            <Chain chain={verdict.chain} />
            { actions(props) }
            <CleanView clean={props.clean.clone()} first={props.failures.first().map(|first| first.problem.clone())} />
            if props.checking || !props.checks.is_empty() {
                <CheckList checks={props.checks.clone()} checking={props.checking} {is_owners} />
            }
            if !props.failures.is_empty() {
                <ul class="failures" aria-label="Errors">
                    for (at, failure) in props.failures.iter().enumerate() {
                        <FailureView failure={failure.clone()} pointed={props.pointed == Some(at)} is_latest={at == 0} {is_owners} />
                    }
                </ul>
            }
            { facts(props) }
            if props.has_proxy {
                <OwnerPart
                    owner={props.owner.clone()}
                    is_demo={props.config.as_ref().is_some_and(|config| config.provider.as_deref() == Some("demo"))}
                    on_sign_in={props.on_sign_in.clone()}
                    on_rehearse={props.on_rehearse.clone()}
                    on_sign_out={props.on_sign_out.clone()}
                />
            }
        </div>
    }
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

fn actions(props: &DiagnosticsProps) -> Html {
    let known = Rc::new(props.clone());
    let text = {
        let known = Rc::clone(&known);
        Callback::from(move |()| known.report(|report| report.text()))
    };
    let on_check = props.on_check.clone();
    let on_clean = props.on_clean.clone();
    html! {
        <div class="actions">
            <button type="button" class="button accent" onclick={move |_| on_check.emit(())}>
                { if props.checking { "Stop checks" } else { "Run checks" } }
            </button>
            <Copy {text} />
            <button type="button" class="link" disabled={props.clean == Clean::Trying} onclick={move |_| on_clean.emit(())}>
                { "Try without stored state" }
            </button>
            <button type="button" class="link" onclick={move |_| export::download("candor-report.json", &known.report(|report| report.json()))}>
                { "Download report" }
            </button>
        </div>
    }
}

/// What this chat is made of.
fn facts(props: &DiagnosticsProps) -> Html {
    let config = props.config.as_ref();
    let proxy = config.map_or("not reached yet".to_owned(), |config| config.version.clone());
    let provider = config.and_then(|config| config.provider.clone());
    let model = config.and_then(|config| config.model.clone());
    html! {
        <section aria-label="This chat">
            <h3>{ "This chat" }</h3>
            <dl class="facts">
                <dt>{ "Widget" }</dt><dd>{ VERSION }</dd>
                if props.has_proxy {
                    <dt>{ "Proxy" }</dt><dd>{ proxy }</dd>
                }
                if let Some(provider) = provider {
                    <dt>{ "Provider" }</dt><dd>{ provider }</dd>
                }
                if let Some(model) = model {
                    <dt>{ "Model" }</dt><dd>{ model }</dd>
                }
                <dt>{ "Kept in" }</dt><dd>{ &props.kept_in }</dd>
            </dl>
        </section>
    }
}
