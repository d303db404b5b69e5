//! What owners did: sign-ins from new addresses, changes of settings, exports and erasures, for the owner to look through.

use candor_protocol::problem::Problem;
use candor_protocol::wire::{AuditEntry, AuditLog};
use wasm_bindgen_futures::spawn_local;
use yew::{Component, Context, Html, Properties};

use super::{checks, said};
use crate::element::{Element, button, element};
use crate::session::Session;
use crate::time;
use crate::words::{self, Diagnostics};

/// See [`Audit`].
#[derive(PartialEq, Properties)]
pub struct AuditProps {
    /// Whose token asks.
    pub session: Session,
}

/// The audit log, once it is asked for.
pub struct Audit(Shown);

enum Shown {
    Nothing,
    Fetching,
    Log(AuditLog),
    Failed(Problem),
}

/// What becomes of it.
pub enum AuditMessage {
    /// It is wanted.
    Wanted,
    /// It came, or did not.
    Fetched(Result<AuditLog, Problem>),
}

impl Component for Audit {
    type Message = AuditMessage;
    type Properties = AuditProps;

    fn create(_: &Context<Self>) -> Self {
        Self(Shown::Nothing)
    }

    fn update(&mut self, context: &Context<Self>, message: AuditMessage) -> bool {
        match message {
            AuditMessage::Wanted => {
                let (session, link) = (context.props().session.clone(), context.link().clone());
                let Some(token) = session.owner_token() else { return false };
                self.0 = Shown::Fetching;
                spawn_local(async move {
                    let log = checks::audit_log(session.client().proxy(), &token).await;
                    link.send_message(AuditMessage::Fetched(log));
                });
            }
            AuditMessage::Fetched(Ok(log)) => self.0 = Shown::Log(log),
            AuditMessage::Fetched(Err(problem)) => self.0 = Shown::Failed(problem),
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let wanted = context.link().callback(|_| AuditMessage::Wanted);
        let show = |word: Diagnostics| {
            element!("p", "class" = "line").child(button("button", word).on_click(wanted))
        };
        let part = match &self.0 {
            Shown::Nothing => show(Diagnostics::AuditShow),
            Shown::Fetching => element!("p", "class" = "plainly", "role" = "status").say(Diagnostics::Moment),
            Shown::Log(AuditLog { entries }) if entries.is_empty() => {
                element!("p", "class" = "plainly", "role" = "status").say(Diagnostics::AuditEmpty)
            }
            Shown::Log(log) => element!("ul", "class" = "audit", "aria-label" = Diagnostics::Audit)
                .children(log.entries.iter().map(entry)),
            Shown::Failed(problem) => {
                let words = [&words::title(problem), " ", &words::detail(problem)].concat();
                element!("div")
                    .child(element!("p", "class" = "refused", "role" = "alert").string(&words))
                    .child(show(Diagnostics::TryAgain))
            }
        };
        element!("section", "class" = "audited", "aria-label" = Diagnostics::Audit)
            .child(element!("h3").say(Diagnostics::Audit))
            .child(part)
            .into()
    }
}

fn entry(entry: &AuditEntry) -> Element {
    let more = [&entry.owner, &entry.address, &entry.detail];
    let more = more.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ");
    element!("li")
        .child(element!("span").string(said(entry.action.words())))
        .child(element!("time", "class" = "plainly").string(&time::full(entry.time)))
        .child(element!("span", "class" = "plainly").string(&more))
}
