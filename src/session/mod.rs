//! What a visitor does, one file a subject: [`chat`], [`challenge`], [`history`], [`devices`], [`owner`],
//! [`invitation`], [`tabs`]. Each thing goes from the
//! request to the change of [`state`].

pub mod challenge;
pub mod chat;
mod deltas;
pub mod devices;
pub mod earlier;
pub mod export;
pub mod feedback;
pub mod history;
pub mod invitation;
pub mod opening;
pub mod owner;
pub mod state;
pub mod tabs;
pub mod waiting;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use candor_protocol::cause::known;
use candor_protocol::wire::Config;
use gloo_events::EventListener;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, HtmlElement, window};
use yew::Callback;

use crate::Settings;
use crate::history::export::Form;
use crate::part::{Part, PartUnavailable};
use crate::shell::styles;
use crate::transport::Later;
use crate::transport::abort::AbortHandle;
use crate::transport::channel::TabMessage;
use crate::transport::client::{Client, Doors};
use deltas::Deltas;
use state::{Action, Change, PartStatus, State, Tab};

/// What a visitor can do. Every clone is the same session, and it stays the same for as long as the widget is there.
#[derive(Clone)]
pub struct Session(Rc<Shared>);

/// What the session reaches through doors: it does not know what stands behind them. Each but `fetch` does nothing where its
/// part is not here.
pub struct Parts {
    /// Fetches a part, which is here once this has ended well.
    pub fetch: fn(Part) -> Later<Result<(), PartUnavailable>>,
    /// A part is here that is shown, or that the session uses.
    pub opened: fn(&Session, Part),
    /// Marks a conversation as read.
    pub mark_read: fn(&Session, String),
    /// Plays a failure of this cause.
    pub rehearse: fn(&Session, String),
    /// Fetches the messages of the conversation that is being opened, and whether the list marks it as unread. Where its part
    /// is on its way, that does so when it is here.
    pub fetch_messages: fn(&Session, bool),
    /// No reply is awaited any more: it has come, has failed, or was stopped.
    pub reply_ended: fn(&Session),
    /// Keeps a message until it can be sent.
    pub wait: fn(&Session, String),
    /// Offers everything that is kept of the visitor as a file in this form, or tells that it could not be had.
    pub export: fn(Session, Form, Callback<()>),
    /// What requests reach.
    pub transport: Doors,
}

struct Shared {
    parts: &'static Parts,
    client: Rc<Client>,
    state: RefCell<Rc<State>>,
    /// Shows the state as it is now.
    on_change: Callback<()>,
    /// What the widget is rendered into.
    panel: HtmlElement,
    /// The reply that is being listened to; it ends with the widget, or when another takes its place.
    reply: RefCell<Option<AbortHandle>>,
    checks: RefCell<Option<AbortHandle>>,
    /// Counts how often an owner was to be signed in or out: what answers an earlier time is too late.
    sign_ins: Cell<u32>,
    deltas: Deltas,
    peers: Peers,
    online: RefCell<Option<EventListener>>,
    /// Looks out for a page's address that asks the owner in.
    address: RefCell<Option<EventListener>>,
    /// Whether a message that has got through, most likely, waits for the answer that is being written.
    has_deferred: Cell<bool>,
    is_over: Cell<bool>,
}

/// Tells the other tabs something; dropping it leaves them.
type Tell = Box<dyn Fn(&TabMessage)>;

/// The visitor's other tabs.
#[derive(Default)]
struct Peers {
    tell: RefCell<Option<Tell>>,
    has_joined: Cell<bool>,
    /// Counts what they said of a stream that they hold.
    activity: Cell<u32>,
    /// Whether somebody waits for them to fall silent.
    is_watching: Cell<bool>,
}

impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Session {
    /// A session with whom these settings name, shown in this panel. `on_change` is told whenever there is something new to
    /// show.
    pub fn new(
        settings: Settings,
        panel: HtmlElement,
        parts: &'static Parts,
        on_change: Callback<()>,
    ) -> Self {
        Self(Rc::new(Shared {
            parts,
            client: Client::new(settings, parts.transport),
            state: RefCell::default(),
            on_change,
            panel,
            reply: RefCell::default(),
            checks: RefCell::default(),
            sign_ins: Cell::default(),
            deltas: Deltas::default(),
            peers: Peers::default(),
            online: RefCell::default(),
            address: RefCell::default(),
            has_deferred: Cell::default(),
            is_over: Cell::default(),
        }))
    }

    /// Asks for the proxy's settings, and opens the conversation that was open before the page was left.
    pub fn start(&self) {
        let session = self.clone();
        self.client().on_recorded(Rc::new(move || {
            session.tell_changed();
            session.refresh();
        }));
        self.configure();
        self.want(Part::Conversation);
        let session = self.clone();
        let listener = window().map(|window| EventListener::new(&window, "online", move |_| session.go_on()));
        self.0.online.replace(listener);
        let storage = self.client().storage();
        if let Some(draft) = storage.draft() {
            self.dispatch(Action::Typed(draft));
        }
        let begins_one = storage
            .pending_messages()
            .iter()
            .any(|pending| pending.conversation.is_none() && !waiting::is_expired(pending));
        match storage.conversation() {
            Some(id) if !begins_one => self.open(id),
            // What begins one is sent once that part is here.
            _ => {}
        }
        if storage.owner().is_some() {
            self.want(Part::Diagnostics);
        }
        match self.client().settings().tab() {
            Tab::Chat => {}
            tab => self.show(tab),
        }
    }

    /// Ends everything that runs.
    pub fn end(&self) {
        self.0.is_over.set(true);
        self.0.client.leave();
        drop(self.0.reply.take());
        drop(self.0.checks.take());
        drop(self.0.online.take());
        drop(self.0.address.take());
        drop(self.0.peers.tell.take());
        self.0.deltas.clear();
    }

    /// What the widget is rendered into.
    pub fn panel(&self) -> &HtmlElement {
        &self.0.panel
    }

    /// Whether the widget is gone.
    pub fn is_over(&self) -> bool {
        self.0.is_over.get()
    }

    /// Everything that is shown, as it is now.
    pub fn state(&self) -> Rc<State> {
        Rc::clone(&self.0.state.borrow())
    }

    /// Changes the state by what has happened, and shows it.
    pub fn dispatch(&self, change: impl Change) {
        let mut change = Some(change);
        self.update(&mut |state| {
            if let Some(change) = change.take() {
                change.apply(state);
            }
        });
    }

    fn update(&self, change: &mut dyn FnMut(&mut State)) {
        if self.is_over() {
            return;
        }
        let (conversation, failures, tab, was_replying) = {
            let state = self.state();
            (state.conversation.clone(), state.failures.len(), state.tab, state.replying())
        };
        // As `Rc::make_mut`, which knows of weak references besides, and is twice as large.
        {
            let shared = &mut *self.0.state.borrow_mut();
            match Rc::get_mut(shared) {
                Some(state) => change(state),
                None => {
                    let mut state = State::clone(shared);
                    change(&mut state);
                    *shared = Rc::new(state);
                }
            }
        }
        let state = self.state();
        if state.conversation != conversation {
            self.client().storage().keep_conversation(state.conversation.as_deref());
        }
        self.0.on_change.emit(());
        if state.tab != tab {
            self.open_tab();
        }
        let latest = state.failures.first().filter(|_| state.failures.len() > failures);
        if latest.is_some_and(|latest| !latest.problem.is(&known::part_unavailable)) {
            // What failed may be asked about, and may have kept a part from coming before.
            self.want(Part::Conversation);
            if state.has_diagnostics() {
                self.want(Part::Diagnostics);
            }
        }
        if was_replying && !state.replying() {
            (self.parts().reply_ended)(self);
        }
    }

    fn parts(&self) -> &'static Parts {
        self.0.parts
    }

    /// Whom the session talks to.
    pub fn client(&self) -> &Rc<Client> {
        &self.0.client
    }

    /// Adopts the stylesheet of a part.
    pub fn adopt(&self, name: &str, css: &str) {
        styles::adopt(&self.0.panel, name, css);
    }

    /// Whether a proxy answers, which has an owner and other visitors.
    pub fn has_proxy(&self) -> bool {
        self.client().has_proxy()
    }

    /// A callback that does something with this session.
    pub fn callback<T: 'static>(&self, act: fn(&Self, T)) -> Callback<T> {
        let session = self.clone();
        Callback::from(move |value| act(&session, value))
    }

    /// A callback that does something with this session and a value.
    pub fn callback_with<V: Copy + 'static>(&self, value: V, act: fn(&Self, V, Event)) -> Callback<Event> {
        let session = self.clone();
        Callback::from(move |event| act(&session, value, event))
    }

    /// Opens a tab.
    pub fn show(&self, tab: Tab) {
        self.dispatch(Action::TabChosen(tab));
        if self.state().config.is_none() {
            self.configure();
        }
    }

    /// Fetches what the tab that is open shows.
    #[inline(never)]
    fn open_tab(&self) {
        let state = self.state();
        if let Some(part) = state.tab.part() {
            match state.part(part) {
                PartStatus::Ready => self.part_is_open(part),
                _ => self.want(part),
            }
        }
    }

    /// Fetches a part, unless it is here or on its way.
    pub fn want(&self, part: Part) {
        if matches!(self.state().part(part), PartStatus::Ready | PartStatus::Loading) {
            return;
        }
        self.dispatch(Action::PartChanged(part, PartStatus::Loading));
        let session = self.clone();
        spawn_local(async move {
            match (session.parts().fetch)(part).await {
                Ok(()) => {
                    session.dispatch(Action::PartChanged(part, PartStatus::Ready));
                    session.part_is_open(part);
                }
                Err(unavailable) => {
                    let is_shown = session.state().tab.part() == Some(part);
                    session.dispatch(Action::PartChanged(part, PartStatus::Unavailable));
                    let state = session.state();
                    if state.opening && part == Part::Conversation {
                        session.dispatch(Action::OpenFailed(state.epoch, unavailable.into()));
                    } else if is_shown {
                        session.dispatch(Action::Failed(unavailable.into()));
                    }
                }
            }
        });
    }

    /// The tab of this part is open, or the owner was here before.
    fn part_is_open(&self, part: Part) {
        let is_shown = self.state().tab.part() == Some(part);
        let is_owner = part == Part::Diagnostics && self.client().storage().owner().is_some();
        let is_used = match part {
            Part::Markdown => false,
            Part::Conversation => true,
            Part::History => is_shown,
            Part::Diagnostics => is_shown || is_owner,
        };
        if is_used {
            (self.parts().opened)(self, part);
        }
    }

    /// The list shows what somebody else has changed.
    fn refresh(&self) {
        self.part_is_open(Part::History);
    }

    fn configure(&self) {
        let session = self.clone();
        spawn_local(async move {
            match session.client().config().await {
                Ok(config) => {
                    session.configured(config);
                }
                Err(problem) => session.dispatch(Action::NotConfigured(problem)),
            }
            // What visitors may see, where the proxy has not said so, and whether the owner is asked in.
            session.part_is_open(Part::Conversation);
        });
    }

    /// Takes over what the proxy says. Whether a message may be sent.
    fn configured(&self, config: Config) -> bool {
        let storage = self.client().storage();
        let consent = config.consent.clone().filter(|consent| !storage.has_consent(&consent.text));
        let may_send = consent.is_none();
        self.dispatch(Action::Configured(config, consent));
        may_send
    }

    /// The visitor agrees to what the owner asks for.
    pub fn agree(&self) {
        if let Some(consent) = &self.state().consent {
            self.client().storage().keep_consent(Some(&consent.text));
            self.dispatch(Action::Agreed);
            self.tell_changed();
        }
    }
}
