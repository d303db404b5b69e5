//! The owner's part of Diagnostics: signing in, and the errors of all visitors.

use std::rc::Rc;

use candor_protocol::visibility::Diagnostics;
use candor_protocol::wire::ErrorLog;
use yew::Html;

use super::audit::AUDIT;
use super::failure::{FailureView, FailureViewProps};
use super::on_demand::{List, OnDemand, OnDemandProps};
use super::ratings::RATINGS;
use super::rehearse::{Rehearse, RehearseProps};
use super::sign_in::{SignIn, SignInProps};
use crate::element::{Element, button, component, element, fragment};
use crate::session::Session;
use crate::session::state::{Failure, Owner, State};
use crate::words;

/// A field for the owner token; once it was right, the error log.
pub fn view(session: &Session, state: &State) -> Html {
    // With the demo everybody may rehearse, where everybody sees everything.
    let provider = state.config.as_ref().and_then(|config| config.provider.as_deref());
    let is_open = provider == Some("demo") && state.visibility == Some(Diagnostics::Full);
    let may_rehearse = is_open || matches!(*state.owner, Owner::SignedIn(_));
    let rehearse = if may_rehearse {
        component::<Rehearse>(RehearseProps { session: session.clone() }, None)
    } else {
        Html::default()
    };
    let part = match &*state.owner {
        Owner::SignedIn(log) => signed_in(session, log).into(),
        other => {
            let refused = match other {
                Owner::Refused(problem) => Some(problem.clone()),
                _ => None,
            };
            let is_trying = *other == Owner::Trying;
            component::<SignIn>(SignInProps { session: session.clone(), refused, is_trying }, None)
        }
    };
    // What follows the sign-in stands where it stood, and so the focus goes there.
    fragment(vec![rehearse, element!("div", "class" = "owners").node(part).into()])
}

fn signed_in(session: &Session, log: &ErrorLog) -> Element {
    let none =
        log.errors.is_empty().then(|| element!("p", "class" = "plainly").say(words::Diagnostics::None));
    let mut list = element!("ul", "class" = "failures", "aria-label" = words::Diagnostics::ErrorsOfAll);
    for group in &log.errors {
        let count = u32::try_from(group.count).unwrap_or(u32::MAX);
        let properties = FailureViewProps {
            failure: Rc::new(Failure { problem: group.latest.clone(), count }),
            pointed: false,
            is_latest: false,
            is_owners: true,
        };
        list = list.node(component::<FailureView>(properties, None));
    }
    let sign_out = button("link", words::Diagnostics::SignOut)
        .on_click(session.callback(|session, _| session.sign_out()));
    let errors = element!("section", "aria-label" = words::Diagnostics::ErrorsOfAll)
        .child(element!("h3").say(words::Diagnostics::ErrorsOfAll))
        .maybe(none)
        .child(list);
    let on_demand =
        |list: &'static List| component::<OnDemand>(OnDemandProps { session: session.clone(), list }, None);
    element!("div", "class" = "signed-in")
        .child(errors)
        .node(on_demand(&RATINGS))
        .node(on_demand(&AUDIT))
        .child(sign_out)
}
