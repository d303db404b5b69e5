//! The Diagnostics tab: the verdict, the chain, the checks, and what went wrong, newest first, in the words of those who
//! said it.

pub mod advice;
mod audit;
pub mod chain;
pub mod check;
pub mod checks;
pub mod copy;
pub mod facts;
pub mod failure;
mod on_demand;
pub mod owner;
mod ratings;
pub mod rehearse;
pub mod report;
pub mod sign_in;
pub mod stateless_try;

use std::rc::Rc;

use candor_diagnosis::verdict::{Verdict, judge};
use candor_protocol::VERSION;
use candor_protocol::cause::Link;
use candor_protocol::checks::Check;
use candor_protocol::visibility::Diagnostics as Audience;
use yew::{Callback, Html};

use crate::element::{Element, button, component, element};
use crate::session::Session;
use crate::session::state::{Failure, Owner, State, StatelessTry};
use crate::shell::part::{bold, loading};
use crate::time;
use crate::transport::save;
use crate::words::{self, Diagnostics, causes};
use copy::{Copy, CopyProps};
use facts::fact;
use failure::{FailureView, FailureViewProps};
use report::Report;

/// The Diagnostics tab.
pub fn view(session: &Session, state: &State) -> Html {
    if words::lacks_diagnostics() {
        return loading().into();
    }
    let Seen { failures, checks } = &Seen::of(session, state);
    let first = failures.first().map(|first| &first.problem);
    let verdict = judge(checks, first);
    let is_owners = is_owners(state);
    let checks =
        (state.checking || !checks.is_empty()).then(|| check::view(checks, state.checking, is_owners));
    let listed = (!failures.is_empty()).then(|| list(failures, state.pointed, is_owners));
    let owner = if session.has_proxy() { owner::view(session, state) } else { Html::default() };
    element!("div", "class" = "scroll diagnostics")
        .child(verdict_card(&verdict))
        .child(chain::view(verdict.chain))
        .child(actions(session, state))
        .maybe(stateless_try::view(&state.stateless_try, first))
        .maybe(checks)
        .maybe(listed)
        .child(facts(session, state))
        .node(owner)
        .into()
}

/// What went wrong and what was checked, as whoever is here may see it.
struct Seen {
    failures: Vec<Rc<Failure>>,
    checks: Rc<Vec<Check>>,
}

impl Seen {
    /// Where visitors see nothing of errors, the tab is there for the owner alone, and says no more than a visitor reads until
    /// they have signed in. Who has set up a page that asks a gateway by itself has no other place to sign in than its address.
    fn of(session: &Session, state: &State) -> Self {
        let is_owner = matches!(*state.owner, Owner::SignedIn(_)) || !session.has_proxy();
        let is_hidden = !is_owner && state.visibility == Some(Audience::Off);
        let failures = state.failures.iter().map(|failure| match is_hidden {
            true => Rc::new(Failure {
                problem: failure.problem.clone().for_visitor(Audience::Off),
                count: failure.count,
            }),
            false => Rc::clone(failure),
        });
        let hidden = || state.checks.iter().map(|check| check.clone().for_visitor(Audience::Off)).collect();
        let checks = if is_hidden { Rc::new(hidden()) } else { Rc::clone(&state.checks) };
        Self { failures: failures.collect(), checks }
    }
}

/// The report as it stands, in one of its forms.
fn report(session: &Session, form: fn(&Report<'_>) -> String) -> String {
    let state = session.state();
    let Seen { failures, checks } = &Seen::of(session, &state);
    form(&Report {
        time: time::stamp(),
        config: state.config.as_deref(),
        kept_in: state.kept_in.map_or("", Diagnostics::english),
        token_in: session.has_proxy().then(|| checks::place(session.client().storage().place()).english()),
        verdict: &judge(checks, failures.first().map(|failure| &failure.problem)),
        checks,
        failures,
    })
}

/// Whether the owner's part may be shown: to the owner, and to everybody where there is nothing to hide.
fn is_owners(state: &State) -> bool {
    let is_open = state.config.as_ref().is_none_or(|config| config.diagnostics == Audience::Full);
    is_open || matches!(*state.owner, Owner::SignedIn(_))
}

fn verdict_card(verdict: &Verdict) -> Element {
    let class = match (verdict.broken(), verdict.entry) {
        (Some(_), _) => "verdict broken",
        (None, Some(_)) => "verdict warned",
        (None, None) => "verdict good",
    };
    element!("div", "class" = class, "role" = "status")
        .child(bold(&sentence(verdict)))
        .child(element!("p").string(said(&verdict.next)))
}

fn sentence(verdict: &Verdict) -> String {
    if let Some(entry) = verdict.entry {
        return causes::verdict(entry);
    }
    let of_link = |name: &str, word: &str| words::fill_text(word, &[("link", name)]);
    let is_of_link =
        |link: &Link| verdict.sentence == of_link(link.name(), Diagnostics::VerdictLinkBroken.english());
    match verdict.broken().filter(is_of_link) {
        Some(link) => of_link(said(link.name()), Diagnostics::VerdictLinkBroken.text()),
        None => said(&verdict.sentence).to_owned(),
    }
}

/// What the chat server or another crate says in English, in the widget's language where it has words for it.
pub(crate) fn said(english: &str) -> &str {
    Diagnostics::of_english(english).unwrap_or(english)
}

fn actions(session: &Session, state: &State) -> Element {
    let check = button("button accent", if state.checking { Diagnostics::Stop } else { Diagnostics::Run })
        .on_click(session.callback(|session, _| session.check()));
    let text = {
        let session = session.clone();
        Callback::from(move |()| report(&session, |report| report.text()))
    };
    let is_trying = *state.stateless_try == StatelessTry::Trying;
    let try_stateless = element!("button", "type" = "button", "class" = "link", "disabled" = is_trying)
        .on_click(session.callback(|session, _| session.try_stateless()))
        .say(Diagnostics::TryAsNew);
    let download = button("link", Diagnostics::Download).on_click(session.callback(|session, _| {
        save::download("candor-report.json", &report(session, |report| report.json()));
    }));
    element!("div", "class" = "actions")
        .child(check)
        .node(component::<Copy>(CopyProps { text }, None))
        .child(try_stateless)
        .child(download)
}

fn list(failures: &[Rc<Failure>], pointed: Option<usize>, is_owners: bool) -> Element {
    let mut list = element!("ul", "class" = "failures", "aria-label" = Diagnostics::Errors);
    for (at, failure) in failures.iter().enumerate() {
        let properties = FailureViewProps {
            failure: Rc::clone(failure),
            pointed: pointed == Some(at),
            is_latest: at == 0,
            is_owners,
        };
        list = list.node(component::<FailureView>(properties, None));
    }
    list
}

/// What this chat is made of.
fn facts(session: &Session, state: &State) -> Element {
    let config = state.config.as_ref();
    let proxy = config.map_or(Diagnostics::NotReached.text(), |config| &config.version);
    let list = element!("dl", "class" = "facts")
        .node(fact(Diagnostics::Widget, Some(VERSION)))
        .node(fact(Diagnostics::ChatServer, session.has_proxy().then_some(proxy)))
        .node(fact(Diagnostics::AiService, config.and_then(|config| config.provider.as_deref())))
        .node(fact(Diagnostics::Model, config.and_then(|config| config.model.as_deref())))
        .node(fact(Diagnostics::KeptIn, state.kept_in.map(Diagnostics::text)));
    element!("section", "aria-label" = Diagnostics::ThisChat)
        .child(element!("h3").say(Diagnostics::ThisChat))
        .child(list)
}
