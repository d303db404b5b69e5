//! Connects the state with the client: each thing that a visitor does, from the request to the change of state.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;

use candor_diagnosis::catalogue;
use candor_protocol::cause::{Link, known};
use candor_protocol::problem::Problem;
use candor_protocol::wire::{Config, Message, MessageStatus, ReplyEvent, Role};
use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_futures::spawn_local;
use web_sys::window;
use yew::prelude::*;

use super::state::{Action, Clean, Devices, Loadable, Owner, State, Tab};
use super::time;
use crate::Settings;
use crate::client::channel::{Channel, Told};
use crate::client::memory::Waiting;
use crate::client::reply::{Ending, Listener, Question};
use crate::client::{Client, local, random_key};
use crate::history::export::{self, Form};

/// How long another tab that holds a stream may be silent, and how long it may take to say that it does, in milliseconds.
const SILENCE: u32 = 5_000;
const ANSWER: u32 = 300;

/// How long typing may pause before a search is made, in milliseconds.
const PAUSE: u32 = 200;

/// How long a message waits to be sent, in milliseconds. What nobody could send for so long is no longer meant.
const WAITS: u64 = 24 * 60 * 60 * 1000;

/// What the visitor can do, at one moment of the state.
#[derive(Clone, PartialEq)]
pub struct Session {
    /// Everything that is shown.
    pub state: UseReducerHandle<State>,
    client: Client,
    running: Running,
    checking: Running,
    tabs: Tabs,
}

/// The visitor's other tabs.
#[derive(Clone, Default)]
struct Tabs(Rc<Shared>);

#[derive(Default)]
struct Shared {
    channel: RefCell<Option<Channel>>,
    /// Counts what they said of a stream that they hold.
    heard: Cell<u32>,
    /// Whether somebody waits for them to fall silent.
    is_watching: Cell<bool>,
    /// The latest search.
    search: RefCell<String>,
    /// The session as of the latest render, for what happens later; none once the widget is gone.
    latest: RefCell<Option<Session>>,
}

impl PartialEq for Tabs {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Tabs {
    fn tell(&self, told: &Told) {
        if let Some(channel) = &*self.0.channel.borrow() {
            channel.tell(told);
        }
    }

    fn latest(&self) -> Option<Session> {
        self.0.latest.borrow().clone()
    }
}

/// The reply that is being listened to; it ends with the component, or when another takes its place.
#[derive(Clone, Default)]
struct Running(Rc<RefCell<Option<Ending>>>);

impl PartialEq for Running {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// A session with whom these settings name. It asks for the proxy's settings and opens the conversation that was open before
/// the page was left.
#[hook]
pub fn use_session(settings: &Settings) -> Session {
    let state = use_reducer_eq(State::default);
    let client = (*use_memo(settings.clone(), Client::new)).clone();
    let running = (*use_memo((), |()| Running::default())).clone();
    let checking = (*use_memo((), |()| Running::default())).clone();
    let tabs = (*use_memo((), |()| Tabs::default())).clone();
    let session = Session { state, client, running, checking, tabs };
    session.tabs.0.latest.replace(Some(session.clone()));
    use_effect_with(settings.clone(), {
        let session = session.clone();
        move |_| {
            session.configure();
            let tabs = session.tabs.clone();
            let channel = Channel::join(session.client.endpoint(), move |told| {
                if let Some(session) = tabs.latest() {
                    session.hear(told);
                }
            });
            session.tabs.0.channel.replace(channel);
            let tabs = session.tabs.clone();
            let online = window().map(|window| {
                EventListener::new(&window, "online", move |_| {
                    if let Some(session) = tabs.latest() {
                        session.go_on();
                    }
                })
            });
            let tabs = session.tabs.clone();
            session.client.on_recorded(move || {
                tabs.tell(&Told::Changed);
                if let Some(session) = tabs.latest() {
                    session.refresh();
                }
            });
            let memory = session.client.memory();
            memory.take_out(|waiting| waiting.time + WAITS < time::now());
            let begins_one = memory.outbox().iter().any(|waiting| waiting.conversation.is_none());
            match memory.conversation() {
                Some(id) if !begins_one => session.open(id, session.state.tab),
                _ => session.send_waiting(None, session.state.epoch),
            }
            if let Some(token) = session.client.memory().owner() {
                session.sign_in(token);
            }
            match session.client.settings().tab() {
                Tab::Chat => {}
                tab => session.show(tab),
            }
            let Session { client, running, checking, tabs, .. } = session;
            move || {
                client.leave();
                drop(online);
                drop(running.0.borrow_mut().take());
                drop(checking.0.borrow_mut().take());
                drop(tabs.0.channel.take());
                drop(tabs.0.latest.take());
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
    /// Whether a proxy answers, which has an owner and other visitors.
    pub fn has_proxy(&self) -> bool {
        self.client.has_proxy()
    }

    /// Sends a message. Nothing happens while a reply is being written, or without words.
    pub fn send(&self, content: String) {
        let content = content.trim().to_owned();
        if content.is_empty() || self.state.replying() || self.state.consent.is_some() {
            return;
        }
        let idempotency_key = random_key();
        self.state.dispatch(Action::Sent {
            content: content.clone(),
            idempotency_key: idempotency_key.clone(),
            time: time::now(),
            rehearses: None,
        });
        self.ask(
            self.state.conversation.clone(),
            Question::New { content, idempotency_key, rehearsed_by: None },
        );
    }

    /// Asks for the last reply again; sends the message again where the proxy never had it.
    pub fn retry(&self) {
        let Some(entry) = self.state.last_question() else { return };
        if let Some(cause) = entry.rehearses {
            return self.rehearse(cause.to_owned());
        }
        let gone = self.state.messages.last().and_then(|last| last.message.error.as_ref());
        // What the browser itself found broken says nothing of the reply: the proxy goes on writing it.
        let is_local = gone.is_some_and(|problem| problem.reference.is_empty());
        let gone = gone.is_some_and(|problem| problem.is(&known::not_found));
        let question = if gone || entry.message.id.is_empty() {
            let kept = entry.idempotency_key.clone();
            Question::New {
                content: entry.message.content.clone(),
                idempotency_key: if kept.is_empty() { random_key() } else { kept },
                rehearsed_by: None,
            }
        } else if is_local {
            Question::UnderWay(entry.message.id.clone())
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
        let (dispatch, tabs) = (self.state.dispatcher(), self.tabs.clone());
        spawn_local(async move {
            // Where it is heard, the stream ends by itself, with the text as it is kept.
            if client.stop(&conversation, &message).await.is_ok() {
                return;
            }
            if local::is_here(&conversation) {
                // Another tab records it.
                tabs.tell(&Told::Stop(conversation));
            } else {
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
        let listed = match &self.state.conversations {
            Loadable::Ready(list) => list.conversations.iter().find(|listed| listed.id == id),
            _ => None,
        };
        let is_unread = listed.is_some_and(|listed| listed.unread);
        spawn_local(async move {
            match session.client.messages(&id).await {
                Ok(messages) => {
                    let under_way = messages.last().filter(|last| last.status == MessageStatus::Streaming);
                    let question = messages.iter().rev().find(|message| message.role == Role::User);
                    let question = under_way.and(question).map(|question| question.id.clone());
                    session.state.dispatch(Action::Opened(epoch, messages));
                    if is_unread {
                        // It stays marked until the next time, where this fails.
                        let _ = session.client.mark_read(&id).await;
                    }
                    match question {
                        Some(question) => session.take_up(epoch, id, question).await,
                        None => session.send_waiting(Some(id), epoch),
                    }
                }
                Err(problem) => session.state.dispatch(Action::OpenFailed(epoch, problem)),
            }
        });
    }

    /// Follows a reply that is under way: from the tab that holds its stream, else by a stream of our own.
    async fn take_up(&self, epoch: u32, conversation: String, question: String) {
        let heard = self.tabs.0.heard.get();
        self.tabs.tell(&Told::WhoHolds(conversation.clone()));
        TimeoutFuture::new(ANSWER).await;
        match self.tabs.latest() {
            Some(now) if now.state.epoch != epoch => {}
            Some(now) if self.tabs.0.heard.get() == heard => {
                now.listen(epoch, Some(conversation), Question::UnderWay(question));
            }
            Some(now) => now.watch(),
            None => {}
        }
    }

    /// Takes the stream over where the tab that holds it falls silent before the reply has ended.
    fn watch(&self) {
        let tabs = self.tabs.clone();
        if tabs.0.is_watching.replace(true) {
            return;
        }
        spawn_local(async move {
            loop {
                let heard = tabs.0.heard.get();
                TimeoutFuture::new(SILENCE).await;
                let Some(now) = tabs.latest().filter(|now| now.state.replying() && !now.is_holding()) else {
                    break;
                };
                if tabs.0.heard.get() == heard {
                    let question = now.state.last_question().map(|question| question.message.id.clone());
                    if let (Some(conversation), Some(question)) = (now.state.conversation.clone(), question) {
                        now.take_up(now.state.epoch, conversation, question).await;
                    }
                    // Who was asked may have answered; else the stream is ours now.
                }
            }
            tabs.0.is_watching.set(false);
        });
    }

    /// Whether this tab has a stream of its own.
    fn is_holding(&self) -> bool {
        self.running.0.borrow().is_some()
    }

    /// Another tab told something.
    fn hear(&self, told: Told) {
        let count = || self.tabs.0.heard.set(self.tabs.0.heard.get().wrapping_add(1));
        match told {
            Told::Event { conversation, name, data, at } => {
                let Ok(Some(event)) = ReplyEvent::read(&name, &data) else { return };
                let is_news = matches!(event, ReplyEvent::Start(_) | ReplyEvent::Done(_));
                if self.state.conversation.as_ref() == Some(&conversation) && !self.is_holding() {
                    count();
                    let shown = self.state.messages.last().map_or(0, |last| last.message.content.len());
                    if shown < at {
                        // A piece was missed.
                        self.tabs.tell(&Told::WhoHolds(conversation.clone()));
                    }
                    self.state.dispatch(Action::Mirrored(conversation, event, at));
                    self.watch();
                }
                if is_news {
                    self.refresh();
                }
            }
            Told::WhoHolds(conversation) => {
                let is_shown = self.state.conversation.as_ref() == Some(&conversation);
                let last = self.state.messages.last().map(|last| last.message.clone());
                let shown = last.filter(|_| is_shown && self.is_holding() && self.state.replying());
                if let Some(reply) = self.client.recorded(&conversation).or(shown) {
                    self.tabs.tell(&Told::Holding(conversation, reply));
                }
            }
            Told::Stop(conversation) => {
                let client = self.client.clone();
                spawn_local(async move {
                    // Where it is not this tab that records it, another one hears it too.
                    let _ = client.stop(&conversation, "").await;
                });
            }
            Told::Holding(conversation, reply) => {
                if !self.is_holding() {
                    count();
                    self.state.dispatch(Action::Held(conversation, reply));
                }
            }
            Told::Deleted(id) => {
                self.client.stop_recording(&id);
                if self.state.conversation.as_ref() == Some(&id) {
                    self.running.0.borrow_mut().take();
                }
                self.state.dispatch(Action::Deleted(id));
            }
            Told::Changed => self.refresh(),
            Told::Forgotten => {
                self.client.end_recordings();
                self.running.0.borrow_mut().take();
                self.state.dispatch(Action::Forgotten);
            }
        }
    }

    /// The connection is back: what it has kept from coming is asked for by itself.
    fn go_on(&self) {
        let failed = self.state.messages.last().and_then(|last| last.message.error.as_ref());
        let is_near = failed.is_some_and(|problem| problem.link <= Link::Page && problem.retryable);
        let is_rehearsed = self.state.last_question().is_some_and(|question| question.rehearses.is_some());
        if is_near && !is_rehearsed {
            self.retry();
        }
    }

    /// Sends the message that waits for this conversation, as after a crash. Under its own key it is never kept twice.
    fn send_waiting(&self, conversation: Option<String>, epoch: u32) {
        let outbox = self.client.memory().outbox();
        let Some(waiting) = outbox.into_iter().find(|waiting| waiting.conversation == conversation) else {
            return;
        };
        let Waiting { content, idempotency_key, time, .. } = waiting;
        self.state.dispatch(Action::Sent {
            content: content.clone(),
            idempotency_key: idempotency_key.clone(),
            time,
            rehearses: None,
        });
        self.listen(epoch, conversation, Question::New { content, idempotency_key, rehearsed_by: None });
    }

    /// Looks for conversations with these words, once typing pauses.
    pub fn search(&self, words: String) {
        self.tabs.0.search.replace(words.clone());
        self.state.dispatch(Action::Searched(words.clone()));
        let tabs = self.tabs.clone();
        spawn_local(async move {
            TimeoutFuture::new(PAUSE).await;
            if *tabs.0.search.borrow() == words
                && let Some(session) = tabs.latest()
            {
                session.list();
            }
        });
    }

    /// Fetches the list of conversations anew.
    pub fn list(&self) {
        self.fetch_list(None);
    }

    /// Fetches the next page of the list.
    pub fn list_more(&self) {
        if let Loadable::Ready(list) = &self.state.conversations
            && let (Some(next), false) = (list.next.clone(), self.state.listing)
        {
            self.state.dispatch(Action::Listing);
            self.fetch_list(Some(next));
        }
    }

    fn fetch_list(&self, next: Option<String>) {
        let (client, dispatch) = (self.client.clone(), self.state.dispatcher());
        let search = self.tabs.0.search.borrow().clone();
        spawn_local(async move {
            let page = client.conversations(search.trim(), next.as_deref()).await;
            dispatch.dispatch(Action::Listed { search, is_more: next.is_some(), page });
        });
    }

    fn refresh(&self) {
        if self.state.tab == Tab::History {
            self.list();
        }
    }

    /// Offers everything that is kept of the visitor as a file.
    pub fn export(&self, form: Form) {
        let (client, dispatch) = (self.client.clone(), self.state.dispatcher());
        spawn_local(async move {
            match gather(&client).await {
                Ok(all) => crate::client::export::download(form.file_name(), &export::write(form, &all)),
                Err(problem) => dispatch.dispatch(Action::Failed(problem)),
            }
        });
    }

    /// Deletes everything that is kept of the visitor, for good.
    pub fn forget(&self) {
        let session = self.clone();
        self.running.0.borrow_mut().take();
        spawn_local(async move {
            match session.client.forget().await {
                Ok(()) => {
                    session.state.dispatch(Action::Forgotten);
                    session.tabs.tell(&Told::Forgotten);
                }
                Err(problem) => session.state.dispatch(Action::Failed(problem)),
            }
        });
    }

    /// Gives a conversation another title.
    pub fn rename(&self, id: String, title: String) {
        let (client, dispatch, tabs) = (self.client.clone(), self.state.dispatcher(), self.tabs.clone());
        spawn_local(async move {
            match client.rename(&id, title).await {
                Ok(conversation) => {
                    dispatch.dispatch(Action::Renamed(conversation));
                    tabs.tell(&Told::Changed);
                }
                Err(problem) => dispatch.dispatch(Action::Failed(problem)),
            }
        });
    }

    /// Deletes a conversation for good.
    pub fn delete(&self, id: String) {
        let session = self.clone();
        if self.state.conversation.as_ref() == Some(&id) {
            self.running.0.borrow_mut().take();
        }
        spawn_local(async move {
            match session.client.delete(&id).await {
                // Gone is gone, whoever did it.
                Err(problem) if !problem.is(&known::not_found) => {
                    session.state.dispatch(Action::Failed(problem));
                }
                _ => {
                    session.client.memory().take_out(|waiting| waiting.conversation.as_ref() == Some(&id));
                    session.tabs.tell(&Told::Deleted(id.clone()));
                    session.state.dispatch(Action::Deleted(id));
                }
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
        if tab == Tab::Diagnostics {
            match self.owner_token() {
                Some(token) => self.sign_in(token),
                None => self.recognise_owner(),
            }
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
            let outcome = Rc::new(RefCell::new(Clean::Answered));
            let tried = async {
                let conversation = client.begin(&random_key()).await?.id;
                let question = Question::New { content, idempotency_key: random_key(), rehearsed_by: None };
                let ending = Ending::default();
                let on_event = {
                    let outcome = Rc::clone(&outcome);
                    move |event| {
                        if let ReplyEvent::Error(problem) = event {
                            *outcome.borrow_mut() = Clean::Failed(*problem);
                        }
                    }
                };
                let told = client.reply(&conversation, question, ending.listener(), Rc::new(on_event)).await;
                // What cannot be deleted is forgotten with its visitor.
                let _ = client.delete(&conversation).await;
                told
            };
            let tried = tried.await;
            dispatch.dispatch(Action::Cleaned(match tried {
                Ok(()) => outcome.take(),
                Err(problem) => Clean::Failed(problem),
            }));
        });
    }

    /// Plays a failure of this cause in a conversation of its own, as it would be met: by the proxy where somebody's reply
    /// tells of it, else here.
    pub fn rehearse(&self, id: String) {
        let Some(entry) = catalogue::find(&id) else { return };
        let epoch = self.state.epoch + 1;
        self.begin();
        let content = format!("fail: {id}");
        let idempotency_key = random_key();
        self.state.dispatch(Action::Sent {
            content: content.clone(),
            idempotency_key: idempotency_key.clone(),
            time: time::now(),
            rehearses: Some(entry.id()),
        });
        if self.has_proxy() && entry.can_be_rehearsed() {
            let question = Question::New { content, idempotency_key, rehearsed_by: self.owner_token() };
            self.listen(epoch, None, question);
        } else {
            self.state.dispatch(Action::ReplyFailed(
                epoch,
                Problem::new(entry.cause, 0, String::new(), time::now()),
            ));
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
                    if problem.is(&known::owner_unauthorized) {
                        client.memory().keep_owner(None);
                    }
                    Owner::Refused(problem)
                }
            }));
        });
    }

    /// Signs the owner in whom the site itself knows. Nobody else is told anything of it.
    fn recognise_owner(&self) {
        let session = self.clone();
        spawn_local(async move {
            if let Some(token) = session.client.owner_by_site().await {
                session.sign_in(token);
            }
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

    /// The visitor agrees to what the owner asks for.
    pub fn agree(&self) {
        if let Some(consent) = &self.state.consent {
            self.client.memory().keep_consent(Some(&consent.text));
            self.state.dispatch(Action::Agreed);
            self.tabs.tell(&Told::Changed);
        }
    }

    /// Asks for a code that brings another device here.
    pub fn make_code(&self) {
        let client = self.client.clone();
        self.change_devices(Box::pin(async move { Ok(Devices::Code(client.link_code().await?)) }));
    }

    /// Brings this device to the conversations of the one that has shown this code.
    pub fn link(&self, code: String) {
        let session = self.clone();
        self.change_devices(Box::pin(async move {
            session.client.link(code).await?;
            session.tabs.tell(&Told::Changed);
            session.list();
            Ok(Devices::Linked)
        }));
    }

    /// Signs this visitor's other devices out.
    pub fn end_others(&self) {
        let client = self.client.clone();
        self.change_devices(Box::pin(async move {
            client.end_others().await?;
            Ok(Devices::Alone)
        }));
    }

    fn change_devices(&self, changed: Pin<Box<dyn Future<Output = Result<Devices, Problem>>>>) {
        let dispatch = self.state.dispatcher();
        dispatch.dispatch(Action::DevicesChanged(Devices::Waiting));
        spawn_local(async move {
            dispatch.dispatch(Action::DevicesChanged(changed.await.unwrap_or_else(Devices::Refused)));
        });
    }

    fn configure(&self) {
        let session = self.clone();
        spawn_local(async move {
            match session.client.config().await {
                Ok(config) => {
                    session.configured(config).await;
                }
                Err(problem) => session.state.dispatch(Action::Failed(problem)),
            }
        });
    }

    /// Takes over what the proxy says. Whether a message may be sent.
    async fn configured(&self, config: Config) -> bool {
        let memory = self.client.memory();
        let consent = config.consent.clone().filter(|consent| !memory.has_consent(&consent.text));
        let may_send = consent.is_none();
        self.state.dispatch(Action::Configured(config, consent));
        self.state.dispatch(Action::KeptIn(self.client.kept_in().await));
        may_send
    }

    /// Puts a question and shows what comes back, in the conversation that is open now.
    fn ask(&self, conversation: Option<String>, question: Question) {
        self.listen(self.state.epoch, conversation, question);
    }

    fn listen(&self, epoch: u32, conversation: Option<String>, question: Question) {
        let ending = Ending::default();
        let listener = ending.listener();
        self.running.0.borrow_mut().replace(ending);
        let session = self.clone();
        let is_configured = self.state.config.is_some();
        // Kept before it is sent, so that not even a crash loses it. A rehearsal is no message of a visitor's.
        let waiting = match &question {
            Question::New { content, idempotency_key, rehearsed_by: None } => Some(Waiting {
                conversation: conversation.clone(),
                content: content.clone(),
                idempotency_key: idempotency_key.clone(),
                time: time::now(),
            }),
            _ => None,
        };
        if let Some(waiting) = &waiting {
            self.client.memory().put_out(waiting.clone());
        }
        spawn_local(async move {
            let Session { client, running, .. } = &session;
            // Who was faster than the proxy's settings may have to agree to something first.
            if waiting.is_some() && !is_configured {
                // Where it fails, what is asked next does too, and tells it.
                if let Ok(config) = client.config().await
                    && !session.configured(config).await
                {
                    client.memory().take_out(|other| Some(other) == waiting.as_ref());
                    running.0.borrow_mut().take();
                    return session.state.dispatch(Action::Withdrawn(epoch));
                }
            }
            let outcome = session.put(epoch, conversation, question, waiting, listener.clone()).await;
            // Where another has taken its place, that one is not touched.
            if !listener.has_ended() {
                running.0.borrow_mut().take();
            }
            if let Err(problem) = outcome {
                session.state.dispatch(Action::ReplyFailed(epoch, problem));
            }
        });
    }

    /// Puts a question, beginning a conversation where there is none, and tells what comes back here and in other tabs.
    async fn put(
        &self,
        epoch: u32,
        conversation: Option<String>,
        question: Question,
        waiting: Option<Waiting>,
        listener: Listener,
    ) -> Result<(), Problem> {
        let (client, dispatch) = (self.client.clone(), self.state.dispatcher());
        let conversation = match conversation {
            Some(id) => id,
            None => {
                let key = match &question {
                    Question::New { idempotency_key, .. } => idempotency_key.clone(),
                    _ => random_key(),
                };
                let begun = client.begin(&key).await?;
                let id = begun.id.clone();
                if let Some(waiting) = &waiting {
                    let conversation = Some(id.clone());
                    client.memory().put_out(Waiting { conversation, ..waiting.clone() });
                }
                dispatch.dispatch(Action::Begun(epoch, begun));
                id
            }
        };
        let on_event = {
            let (client, tabs, conversation) = (client.clone(), self.tabs.clone(), conversation.clone());
            let arrived = Cell::new(0);
            move |event: ReplyEvent| {
                if let (ReplyEvent::Start(_), Some(sent)) = (&event, &waiting) {
                    client.memory().take_out(|other| other.idempotency_key == sent.idempotency_key);
                }
                let at = match &event {
                    ReplyEvent::Start(_) => arrived.replace(0),
                    ReplyEvent::Delta(delta) => arrived.replace(arrived.get() + delta.content.len()),
                    ReplyEvent::Done(_) | ReplyEvent::Error(_) => arrived.get(),
                };
                if let Some(told) = Told::event(&conversation, &event, at) {
                    tabs.tell(&told);
                }
                dispatch.dispatch(Action::Replied(epoch, event));
            }
        };
        client.reply(&conversation, question, listener, Rc::new(on_event)).await
    }
}

/// Every conversation of the visitor with its messages, newest first.
async fn gather(
    client: &Client,
) -> Result<Vec<(candor_protocol::wire::Conversation, Vec<Message>)>, Problem> {
    let (mut all, mut next) = (Vec::new(), None::<String>);
    loop {
        let page = client.conversations("", next.as_deref()).await?;
        for conversation in page.conversations {
            let messages = client.messages(&conversation.id).await?;
            all.push((conversation, messages));
        }
        next = page.next;
        if next.is_none() {
            return Ok(all);
        }
    }
}
