//! The owner's part of Diagnostics: signing in, and the errors of all visitors.

use candor_protocol::problem::Problem;
use candor_protocol::wire::ErrorLog;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::failure::FailureView;
use super::rehearse::Rehearse;
use crate::session::Session;
use crate::session::state::{Failure, Owner};
use crate::transport::storage::is_header;

/// See [`OwnerPart`].
#[derive(PartialEq, Properties)]
pub struct OwnerPartProps {
    /// Who is here.
    pub owner: Owner,
    /// Whether the demo answers, with which everybody may rehearse.
    pub is_demo: bool,
    /// What is done here.
    pub session: Session,
}

/// A field for the owner token; once it was right, the error log.
#[component]
pub fn OwnerPart(props: &OwnerPartProps) -> Html {
    let session = &props.session;
    let part = match &props.owner {
        Owner::SignedIn(log) => signed_in(session, log),
        other => {
            let refused = match other {
                Owner::Refused(problem) => Some(problem.clone()),
                _ => None,
            };
            html! { <SignIn {refused} trying={*other == Owner::Trying} on_sign_in={session.callback(|session, token| session.sign_in(token))} /> }
        }
    };
    html! {
        <>
            if props.is_demo || matches!(props.owner, Owner::SignedIn(_)) {
                <Rehearse on_rehearse={session.callback(|session, id| session.rehearse(id))} />
            }
            { part }
        </>
    }
}

/// See [`SignIn`].
#[derive(PartialEq, Properties)]
struct SignInProps {
    /// Why the last try was refused.
    refused: Option<Problem>,
    /// Whether a token is being tried.
    trying: bool,
    /// The owner token was entered.
    on_sign_in: Callback<String>,
}

/// The field for the owner token. No form: a sandboxed frame may have none.
#[component]
fn SignIn(props: &SignInProps) -> Html {
    let field = use_node_ref();
    let submit = {
        let (field, on_sign_in) = (field.clone(), props.on_sign_in.clone());
        move || {
            let token = field
                .cast::<HtmlInputElement>()
                .map(|field| field.value().trim().to_owned())
                .unwrap_or_default();
            if is_header(&token) {
                on_sign_in.emit(token);
            }
        }
    };
    let on_keydown = {
        let submit = submit.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Enter" {
                submit();
            }
        }
    };
    html! {
        <details class="owner" open={props.refused.is_some() || props.trying}>
            <summary>{ "Are you the site’s owner?" }</summary>
            <div class="sign-in">
                <label for="candor-owner">{ "Owner token" }</label>
                <span class="line">
                    <input ref={field} id="candor-owner" type="password" autocomplete="off" maxlength="512" onkeydown={on_keydown} />
                    <button type="button" class="button" disabled={props.trying} onclick={move |_| submit()}>{ "Sign in" }</button>
                </span>
                if let Some(problem) = &props.refused {
                    <p class="refused" role="alert">{ format!("{} {}", problem.title, problem.detail) }</p>
                }
                <p class="plainly">{ "It is CANDOR_OWNER_TOKEN of the proxy. It is kept for this tab alone." }</p>
            </div>
        </details>
    }
}

fn signed_in(session: &Session, log: &ErrorLog) -> Html {
    html! {
        <section aria-label="Errors of all visitors">
            <h3>{ "Errors of all visitors" }</h3>
            if log.errors.is_empty() {
                <p class="plainly">{ "There are none." }</p>
            }
            <ul class="failures" aria-label="Errors of all visitors">
                for group in log.errors.iter() {
                    <FailureView
                        failure={Failure { problem: group.latest.clone(), count: u32::try_from(group.count).unwrap_or(u32::MAX) }}
                        pointed={false}
                        is_latest={false}
                        is_owners={true}
                    />
                }
            </ul>
            <button type="button" class="link" onclick={session.callback(|session, _| session.sign_out())}>{ "Sign out" }</button>
        </section>
    }
}
