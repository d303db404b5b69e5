//! Finding out what is wrong: the checks, the try without stored state, rehearsals, and the owner's part.

use std::cell::RefCell;
use std::rc::Rc;

use candor_diagnosis::catalogue;
use candor_protocol::cause::{Link, known};
use candor_protocol::problem::Problem;
use candor_protocol::wire::ReplyEvent;
use wasm_bindgen_futures::spawn_local;

use super::Session;
use super::invitation::owner_by_site;
use super::state::diagnostics::DiagnosticsAction;
use super::state::{Action, Owner, StatelessTry, Tab};
use crate::diagnostics::checks;
use crate::time;
use crate::transport::Question;
use crate::transport::abort::AbortHandle;
use crate::transport::archive;
use crate::transport::random_key;
use crate::words;

impl Session {
    /// Opens Diagnostics at this problem. What the proxy never saw, the browser has to find out: the checks run by
    /// themselves.
    pub fn explain(&self, problem: Problem) {
        let is_near = problem.link <= Link::Page;
        self.dispatch(DiagnosticsAction::Asked(problem, is_near));
    }

    /// The Diagnostics tab is open, or the owner was here before.
    pub fn open_diagnostics(&self) {
        // The log goes on while the owner looks at something else.
        match self.owner_token().or_else(|| self.client().storage().owner()) {
            Some(token) => self.sign_in(token),
            None => self.recognise_owner(),
        }
        let session = self.clone();
        spawn_local(async move {
            words::fetch_diagnostics().await;
            let place = checks::kept_in(session.client()).await;
            session.dispatch(DiagnosticsAction::KeptIn(place));
        });
        let state = self.state();
        if state.tab == Tab::Diagnostics && state.wants_checks && !state.checking && state.checks.is_empty() {
            self.check();
        }
    }

    /// Runs the checks, or stops them where they run.
    pub fn check(&self) {
        if self.state().checking {
            self.0.checks.take();
            self.dispatch(DiagnosticsAction::ChecksEnded);
            return;
        }
        let handle = AbortHandle::default();
        let abort = handle.token();
        self.0.checks.replace(Some(handle));
        let (session, owner) = (self.clone(), self.owner_token());
        self.dispatch(DiagnosticsAction::ChecksBegan);
        spawn_local(async move {
            let emit = |check| session.dispatch(DiagnosticsAction::Checked(check));
            checks::run(session.client(), owner.as_deref(), abort.clone(), emit).await;
            if !abort.has_ended() {
                session.dispatch(DiagnosticsAction::ChecksEnded);
            }
        });
    }

    /// Sends the latest message once more as somebody of whom the browser has stored nothing, and tells how it went. The
    /// conversation that this takes is deleted again.
    pub fn try_stateless(&self) {
        let question = self.state().last_question().map(|entry| entry.message.content.clone());
        let content = question.unwrap_or_else(|| "Hello".to_owned());
        let (session, client) = (self.clone(), self.client().without_storage());
        self.dispatch(DiagnosticsAction::StatelessTryChanged(StatelessTry::Trying));
        spawn_local(async move {
            let outcome = Rc::new(RefCell::new(StatelessTry::Answered));
            let tried = async {
                let id = client.begin(random_key()).await?.id;
                let question = Question::New { content, idempotency_key: random_key(), rehearsed_by: None };
                let handle = AbortHandle::default();
                let on_event = {
                    let outcome = Rc::clone(&outcome);
                    move |event| {
                        if let ReplyEvent::Error(problem) = event {
                            *outcome.borrow_mut() = StatelessTry::Failed(*problem);
                        }
                    }
                };
                let backend = client.backend(Some(&id)).await?;
                let replied = backend.reply(id.clone(), question, handle.token(), Rc::new(on_event)).await;
                // What cannot be deleted is forgotten with its visitor.
                if let Ok(archive) = archive::of(&client, &id).await {
                    let _ = archive.delete(id).await;
                }
                replied
            };
            let tried: Result<(), Problem> = tried.await;
            session.dispatch(DiagnosticsAction::StatelessTryChanged(match tried {
                Ok(()) => outcome.take(),
                Err(problem) => StatelessTry::Failed(problem),
            }));
        });
    }

    /// Plays a failure of this cause in a conversation of its own, as it would be met: by the proxy where somebody's reply
    /// tells of it, else here.
    pub fn rehearse(&self, id: String) {
        let Some(entry) = catalogue::find(&id) else { return };
        self.begin();
        let epoch = self.state().epoch;
        let content = format!("fail: {id}");
        let idempotency_key = random_key();
        self.dispatch(Action::Sent {
            content: content.clone(),
            idempotency_key: idempotency_key.clone(),
            time: time::now(),
            rehearses: Some(entry.id()),
        });
        if self.has_proxy() && entry.can_be_rehearsed() {
            let question = Question::New { content, idempotency_key, rehearsed_by: self.owner_token() };
            self.listen(epoch, None, question);
        } else {
            let problem = Problem::new(entry.cause, 0, String::new(), time::now());
            self.dispatch(Action::ReplyFailed(epoch, problem));
        }
    }

    /// Signs the owner in, and fetches the errors of all visitors.
    pub fn sign_in(&self, token: String) {
        let session = self.clone();
        let attempt = self.count_sign_in();
        self.dispatch(DiagnosticsAction::OwnerChanged(Owner::Trying));
        spawn_local(async move {
            let storage = session.client().storage();
            let errors = checks::errors(session.client().proxy(), &token).await;
            // Whoever has signed out meanwhile stays so.
            if session.0.sign_ins.get() != attempt {
                return;
            }
            let owner = match errors {
                Ok(log) => {
                    storage.keep_owner(Some(&token));
                    Owner::SignedIn(log)
                }
                Err(problem) => {
                    if problem.is(&known::owner_unauthorized) {
                        storage.keep_owner(None);
                    }
                    Owner::Refused(problem)
                }
            };
            session.dispatch(DiagnosticsAction::OwnerChanged(owner));
        });
    }

    /// Signs the owner in whom the site itself knows. Nobody else is told anything of it.
    fn recognise_owner(&self) {
        let session = self.clone();
        spawn_local(async move {
            if let Some(token) = owner_by_site(session.client().settings()).await {
                session.sign_in(token);
            }
        });
    }

    /// Signs the owner out.
    pub fn sign_out(&self) {
        self.count_sign_in();
        self.client().storage().keep_owner(None);
        self.dispatch(DiagnosticsAction::OwnerChanged(Owner::SignedOut));
    }

    fn count_sign_in(&self) -> u32 {
        let attempt = self.0.sign_ins.get() + 1;
        self.0.sign_ins.set(attempt);
        attempt
    }

    /// The token by which the owner is here.
    pub fn owner_token(&self) -> Option<String> {
        let is_owner = matches!(*self.state().owner, Owner::SignedIn(_));
        is_owner.then(|| self.client().storage().owner()).flatten()
    }
}
