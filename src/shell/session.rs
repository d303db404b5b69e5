//! Connects the state with the client: each thing that a visitor does, from the request to the change of state.

use std::cell::RefCell;
use std::rc::Rc;

use candor_protocol::cause::{self, Link, can_be_rehearsed};
use candor_protocol::problem::Problem;
use candor_protocol::wire::{MessageStatus, ReplyEvent, Role};
use wasm_bindgen_futures::spawn_local;
use web_sys::window;
use yew::prelude::*;

use super::state::{Action, Clean, Owner, State, Tab};
use super::time;
use crate::client::Client;
use crate::client::reply::{Ending, Question};

/// What the visitor can do, at one moment of the state.
#[derive(Clone, PartialEq)]
pub struct Session {
    /// Everything that is shown.
    pub state: UseReducerHandle<State>,
    client: Client,
    running: Running,
    checking: Running,
}

/// The reply that is being listened to; it ends with the component, or when another takes its place.
#[derive(Clone, Default)]
struct Running(Rc<RefCell<Option<Ending>>>);

impl PartialEq for Running {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// A session with the proxy at this address. It asks for the proxy's settings and opens the conversation that was open
/// before the page was left.
#[hook]
pub fn use_session(endpoint: &str) -> Session {
    let state = use_reducer_eq(State::default);
    let client = (*use_memo(endpoint.to_owned(), |endpoint| Client::new(endpoint))).clone();
    let running = (*use_memo((), |()| Running::default())).clone();
    let checking = (*use_memo((), |()| Running::default())).clone();
    let session = Session { state, client, running, checking };
    use_effect_with(endpoint.to_owned(), {
        let session = session.clone();
        move |_| {
            session.configure();
            if let Some(id) = session.client.memory().conversation() {
                session.open(id, session.state.tab);
            }
            if let Some(token) = session.client.memory().owner() {
                session.sign_in(token);
            }
            let (running, checking) = (session.running, session.checking);
            move || {
                drop(running.0.borrow_mut().take());
                drop(checking.0.borrow_mut().take());
            }
        }
    });
    use_effect_with(session.state.conversation.clone(), {
        let client = session.client.clone();
        move |id: &Option<String>| {
            if id.is_some() || client.memory().conversation().is_some() {
                client.memory().keep_conversation(id.as_deref());
            }
        }
    });
    session
}

impl Session {
    /// Where the visitor's token is kept, in words.
    pub fn kept_in(&self) -> String {
        self.client.memory().place().to_string()
    }

    /// Sends a message. Nothing happens while a reply is being written, or without words.
    pub fn send(&self, content: String) {
        let content = content.trim().to_owned();
        if content.is_empty() || self.state.replying() {
            return;
        }
        let idempotency_key = random_key();
        self.state.dispatch(Action::Sent {
            content: content.clone(),
            idempotency_key: idempotency_key.clone(),
            time: time::now(),
        });
        self.ask(
            self.state.conversation.clone(),
            Question::New { content, idempotency_key, rehearsed_by: None },
        );
    }

    /// Asks for the last reply again; sends the message again where the proxy never had it.
    pub fn retry(&self) {
        let Some(entry) = self.state.last_question() else { return };
        let gone = self.state.messages.last().and_then(|last| last.message.error.as_ref());
        let gone = gone.is_some_and(|problem| problem.cause == "not_found");
        let question = if gone || entry.message.id.is_empty() {
            let kept = entry.idempotency_key.clone();
            Question::New {
                content: entry.message.content.clone(),
                idempotency_key: if kept.is_empty() { random_key() } else { kept },
                rehearsed_by: None,
            }
        } else {
            Question::Again(entry.message.id.clone())
        };
        let conversation = self.state.conversation.clone().filter(|_| !gone);
        self.state.dispatch(Action::Retried);
        self.ask(conversation, question);
    }

    /// Stops the reply that is being written. What has arrived is kept.
    pub fn stop(&self) {
        let epoch = self.state.epoch;
        let acknowledged = self.state.last_question().filter(|entry| !entry.message.id.is_empty());
        let (Some(conversation), Some(entry)) = (self.state.conversation.clone(), acknowledged) else {
            self.running.0.borrow_mut().take();
            self.state.dispatch(Action::ReplyStopped(epoch));
            return;
        };
        let (client, running, message) =
            (self.client.clone(), self.running.clone(), entry.message.id.clone());
        let dispatch = self.state.dispatcher();
        spawn_local(async move {
            // Where the proxy hears it, the stream ends by itself, with the text as it is kept.
            if client.stop(&conversation, &message).await.is_err() {
                running.0.borrow_mut().take();
                dispatch.dispatch(Action::ReplyStopped(epoch));
            }
        });
    }

    /// Begins a new conversation; the proxy hears of it with its first message.
    pub fn begin(&self) {
        self.running.0.borrow_mut().take();
        self.state.dispatch(Action::NewConversation);
    }

    /// Opens a conversation, and listens on where its reply is still being written.
    pub fn open(&self, id: String, tab: Tab) {
        self.running.0.borrow_mut().take();
        let epoch = self.state.epoch + 1;
        self.state.dispatch(Action::Opening(id.clone()));
        self.state.dispatch(Action::TabChosen(tab));
        let session = self.clone();
        spawn_local(async move {
            match session.client.messages(&id).await {
                Ok(messages) => {
                    let under_way =
                        messages.last().is_some_and(|last| last.status == MessageStatus::Streaming);
                    let question = messages
                        .iter()
                        .rev()
                        .find(|message| message.role == Role::User)
                        .map(|m| m.id.clone());
                    session.state.dispatch(Action::Opened(epoch, messages));
                    if let (true, Some(question)) = (under_way, question) {
                        session.listen(epoch, Some(id), Question::UnderWay(question));
                    }
                }
                Err(problem) => session.state.dispatch(Action::OpenFailed(epoch, problem)),
            }
        });
    }

    /// Fetches the list of conversations.
    pub fn list(&self) {
        let (client, dispatch) = (self.client.clone(), self.state.dispatcher());
        spawn_local(async move { dispatch.dispatch(Action::Listed(client.conversations().await)) });
    }

    /// Gives a conversation another title.
    pub fn rename(&self, id: String, title: String) {
        let (client, dispatch) = (self.client.clone(), self.state.dispatcher());
        spawn_local(async move {
            match client.rename(&id, title).await {
                Ok(conversation) => dispatch.dispatch(Action::Renamed(conversation)),
                Err(problem) => dispatch.dispatch(Action::Failed(problem)),
            }
        });
    }

    /// Deletes a conversation for good.
    pub fn delete(&self, id: String) {
        let (client, dispatch) = (self.client.clone(), self.state.dispatcher());
        if self.state.conversation.as_ref() == Some(&id) {
            self.running.0.borrow_mut().take();
        }
        spawn_local(async move {
            match client.delete(&id).await {
                // Gone is gone, whoever did it.
                Err(problem) if problem.cause != "not_found" => dispatch.dispatch(Action::Failed(problem)),
                _ => dispatch.dispatch(Action::Deleted(id)),
            }
        });
    }

    /// Opens a tab, and fetches what it shows.
    pub fn show(&self, tab: Tab) {
        self.state.dispatch(Action::TabChosen(tab));
        if tab == Tab::History {
            self.list();
        }
        // The log goes on while the owner looks at something else.
        if tab == Tab::Diagnostics
            && let Some(token) = self.owner_token()
        {
            self.sign_in(token);
        }
        if self.state.config.is_none() {
            self.configure();
        }
    }

    /// Opens Diagnostics at this problem. What the proxy never saw, the browser has to find out: the checks run by
    /// themselves.
    pub fn explain(&self, problem: Problem) {
        let is_near = problem.link <= Link::Page;
        self.state.dispatch(Action::Asked(problem));
        if is_near && !self.state.checking && self.state.checks.is_empty() {
            self.check();
        }
    }

    /// Runs the checks, or stops them where they run.
    pub fn check(&self) {
        if self.state.checking {
            self.checking.0.borrow_mut().take();
            self.state.dispatch(Action::ChecksEnded);
            return;
        }
        let ending = Ending::default();
        let listener = ending.listener();
        self.checking.0.borrow_mut().replace(ending);
        let (client, dispatch) = (self.client.clone(), self.state.dispatcher());
        let owner = self.owner_token();
        dispatch.dispatch(Action::ChecksBegan);
        spawn_local(async move {
            let emit = |check| dispatch.dispatch(Action::Checked(check));
            client.check(owner.as_deref(), listener.clone(), emit).await;
            if !listener.has_ended() {
                dispatch.dispatch(Action::ChecksEnded);
            }
        });
    }

    /// Sends the latest message once more as somebody of whom the browser has stored nothing, and tells how it went. The
    /// conversation that this takes is deleted again.
    pub fn try_clean(&self) {
        let question = self.state.last_question().map(|entry| entry.message.content.clone());
        let content = question.unwrap_or_else(|| "Hello".to_owned());
        let (client, dispatch) = (self.client.without_memory(), self.state.dispatcher());
        dispatch.dispatch(Action::Cleaned(Clean::Trying));
        spawn_local(async move {
            let outcome = RefCell::new(Clean::Answered);
            let tried = async {
                let conversation = client.begin().await?.id;
                let question = Question::New { content, idempotency_key: random_key(), rehearsed_by: None };
                let ending = Ending::default();
                let on_event = |event| {
                    if let ReplyEvent::Error(problem) = event {
                        *outcome.borrow_mut() = Clean::Failed(*problem);
                    }
                };
                let told = client.reply(&conversation, question, ending.listener(), on_event).await;
                // What cannot be deleted is forgotten with its visitor.
                let _ = client.delete(&conversation).await;
                told
            };
            let tried = tried.await;
            dispatch.dispatch(Action::Cleaned(match tried {
                Ok(()) => outcome.into_inner(),
                Err(problem) => Clean::Failed(problem),
            }));
        });
    }

    /// Plays a failure of this cause in a conversation of its own, as it would be met: by the proxy where somebody's reply
    /// tells of it, else here.
    pub fn rehearse(&self, id: String) {
        let Some(cause) = cause::find(&id) else { return };
        let epoch = self.state.epoch + 1;
        self.begin();
        let content = format!("fail: {id}");
        let idempotency_key = random_key();
        self.state.dispatch(Action::Sent {
            content: content.clone(),
            idempotency_key: idempotency_key.clone(),
            time: time::now(),
        });
        if can_be_rehearsed(cause) {
            let question = Question::New { content, idempotency_key, rehearsed_by: self.owner_token() };
            self.listen(epoch, None, question);
        } else {
            self.state
                .dispatch(Action::ReplyFailed(epoch, Problem::new(cause, 0, String::new(), time::now())));
        }
    }

    /// Signs the owner in, and fetches the errors of all visitors.
    pub fn sign_in(&self, token: String) {
        let (client, dispatch) = (self.client.clone(), self.state.dispatcher());
        dispatch.dispatch(Action::OwnerChanged(Owner::Trying));
        spawn_local(async move {
            dispatch.dispatch(Action::OwnerChanged(match client.errors(&token).await {
                Ok(log) => {
                    client.memory().keep_owner(Some(&token));
                    Owner::SignedIn(log)
                }
                Err(problem) => {
                    if problem.cause == "owner_unauthorized" {
                        client.memory().keep_owner(None);
                    }
                    Owner::Refused(problem)
                }
            }));
        });
    }

    /// Signs the owner out.
    pub fn sign_out(&self) {
        self.client.memory().keep_owner(None);
        self.state.dispatch(Action::OwnerChanged(Owner::SignedOut));
    }

    fn owner_token(&self) -> Option<String> {
        matches!(self.state.owner, Owner::SignedIn(_)).then(|| self.client.memory().owner()).flatten()
    }

    fn configure(&self) {
        let (client, dispatch) = (self.client.clone(), self.state.dispatcher());
        spawn_local(async move {
            match client.config().await {
                Ok(config) => dispatch.dispatch(Action::Configured(config)),
                Err(problem) => dispatch.dispatch(Action::Failed(problem)),
            }
        });
    }

    /// Puts a question and shows what comes back, in the conversation that is open now.
    fn ask(&self, conversation: Option<String>, question: Question) {
        self.listen(self.state.epoch, conversation, question);
    }

    fn listen(&self, epoch: u32, conversation: Option<String>, question: Question) {
        let ending = Ending::default();
        let listener = ending.listener();
        self.running.0.borrow_mut().replace(ending);
        let (client, dispatch) = (self.client.clone(), self.state.dispatcher());
        spawn_local(async move {
            let outcome = async {
                let conversation = match conversation {
                    Some(id) => id,
                    None => {
                        let begun = client.begin().await?;
                        let id = begun.id.clone();
                        dispatch.dispatch(Action::Begun(epoch, begun));
                        id
                    }
                };
                let on_event = |event| dispatch.dispatch(Action::Replied(epoch, event));
                client.reply(&conversation, question, listener, on_event).await
            };
            if let Err(problem) = outcome.await {
                dispatch.dispatch(Action::ReplyFailed(epoch, problem));
            }
        });
    }
}

/// 128 random bits as hexadecimal digits. A browser without `crypto` has only `Math.random`, which is enough here: the
/// key tells a visitor's own messages apart, and is no secret.
fn random_key() -> String {
    let mut bytes = [0_u8; 16];
    let strong = window()
        .and_then(|window| window.crypto().ok())
        .is_some_and(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).is_ok());
    if !strong {
        bytes.fill_with(|| (js_sys::Math::random() * 256.0) as u8);
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
