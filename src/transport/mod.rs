//! All that leaves the browser or is stored in it, as far as a chat needs it.
//!
//! Every request ends in what was asked for or in a [`Problem`], which says which link broke; nothing here panics,
//! whatever the page, an extension or a middle box does to the browser's functions.
//!
//! - [`Backend`]: what a chat needs of whoever keeps its conversations: [`proxy`], or the browser ([`local`], a part).
//! - [`request`], [`stream`]: one request; a reply's stream, over as many connections as it takes. [`text`]: bytes as text.
//! - [`storage`]: what the browser keeps for a visitor. [`channel`]: what tabs tell each other. [`save`]: text that leaves
//!   the widget by the visitor's wish.

pub mod channel;
pub mod local;
pub mod proxy;
pub mod request;
pub mod save;
pub mod storage;
pub mod stream;
pub mod text;

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;

use candor_protocol::problem::Problem;
use candor_protocol::wire::{
    Config, Conversation, ConversationChange, Conversations, Keeps, Message, Messages,
};
use web_sys::window;

use crate::Settings;
use crate::lazy;
use proxy::Proxy;
use storage::BrowserStorage;
use stream::{AbortToken, OnEvent, Question};

/// Something that comes later, from behind a trait.
pub type Later<T> = Pin<Box<dyn Future<Output = T>>>;

/// What a chat needs of whoever keeps its conversations.
///
/// # Errors
/// As every request; see the module. `not_found` where the conversation is not there, or not this visitor's.
pub trait Backend {
    /// Starts a conversation. The same key is the same conversation.
    fn begin(self: Rc<Self>, idempotency_key: String) -> Later<Result<Conversation, Problem>>;

    /// A page of a conversation's messages, oldest first: the latest, or the one before `before`.
    fn messages(
        self: Rc<Self>,
        conversation: String,
        before: Option<String>,
    ) -> Later<Result<Messages, Problem>>;

    /// Asks for a reply and hands each of its events on as it arrives, the last being `done` or `error`. Returns early,
    /// without an error, where the stream was ended from here.
    fn reply(
        self: Rc<Self>,
        conversation: String,
        question: Question,
        abort: AbortToken,
        on_event: OnEvent,
    ) -> Later<Result<(), Problem>>;

    /// Stops the reply to a message. Its stream then ends with what had arrived.
    fn stop(self: Rc<Self>, conversation: String, message: String) -> Later<Result<(), Problem>>;

    /// What the browser itself does beside a chat, where it keeps the conversations.
    fn local(self: Rc<Self>) -> Option<Rc<dyn LocalBackend>> {
        None
    }
}

/// What is done with conversations beside chatting in them.
///
/// # Errors
/// As [`Backend`].
pub trait Archive {
    /// A page of the visitor's conversations with these words, newest first: the first, or the one behind `before`.
    fn conversations(
        self: Rc<Self>,
        search: String,
        before: Option<String>,
    ) -> Later<Result<Conversations, Problem>>;

    /// Gives a conversation another title, or marks it as read.
    fn change(
        self: Rc<Self>,
        conversation: String,
        change: ConversationChange,
    ) -> Later<Result<Conversation, Problem>>;

    /// Deletes a conversation with all its messages.
    fn delete(self: Rc<Self>, conversation: String) -> Later<Result<(), Problem>>;
}

/// What the browser does where it keeps the conversations: it records replies, whether anybody looks at them or not.
pub trait LocalBackend: Backend + Archive {
    /// What a proxy would say of itself, where a gateway is asked.
    fn config(&self) -> Option<Config>;

    /// Whether conversations outlive the page.
    fn is_durable(self: Rc<Self>) -> Later<bool>;

    /// Asks the gateway for its list of models, as a check.
    fn models(self: Rc<Self>) -> Later<Result<(), Problem>>;

    /// Asks the gateway for one word, as a check.
    fn try_model(self: Rc<Self>, abort: AbortToken) -> Later<Result<(), Problem>>;

    /// Deletes everything.
    fn clear(self: Rc<Self>) -> Later<Result<(), Problem>>;

    /// A reply that this page records, as it stands.
    fn recorded(&self, conversation: &str) -> Option<Message>;

    /// Stops a reply that this page records. Whether there is one.
    fn stop_recording(&self, conversation: &str) -> bool;

    /// Ends what this page records, as it stands.
    fn end_recordings(&self);

    /// What is to happen when a reply that this page records has ended.
    fn on_recorded(&self, on_end: Option<Rc<dyn Fn()>>);
}

/// How the id of a conversation begins that the browser keeps, and no other.
pub const LOCAL_PREFIX: &str = "b_";

/// Whether the browser keeps the conversation of this id.
pub fn is_local(id: &str) -> bool {
    id.starts_with(LOCAL_PREFIX)
}

/// Whom the widget talks to, and what it keeps in the browser.
pub struct Client {
    settings: Settings,
    proxy: Rc<Proxy>,
    local: RefCell<Option<Rc<dyn LocalBackend>>>,
    on_recorded: RefCell<Option<Rc<dyn Fn()>>>,
    keeps: Cell<Option<Keeps>>,
}

impl Client {
    /// A client of what the page names.
    pub fn new(settings: Settings) -> Rc<Self> {
        let storage = BrowserStorage::new(settings.endpoint.trim_end_matches('/'));
        Self::with(settings, storage)
    }

    /// A client of the same that knows nothing of what the browser has stored, and stores nothing.
    pub fn without_storage(&self) -> Rc<Self> {
        Self::with(self.settings.clone(), BrowserStorage::of_page())
    }

    fn with(settings: Settings, storage: BrowserStorage) -> Rc<Self> {
        let proxy = Rc::new(Proxy::new(settings.endpoint.trim_end_matches('/'), storage));
        Rc::new(Self {
            settings,
            proxy,
            local: RefCell::default(),
            on_recorded: RefCell::default(),
            keeps: Cell::default(),
        })
    }

    /// What the page has set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The proxy, or the address of the gateway that is asked in its place.
    pub fn proxy(&self) -> &Rc<Proxy> {
        &self.proxy
    }

    /// Whether a proxy answers, rather than a gateway.
    pub fn has_proxy(&self) -> bool {
        self.settings.gateway.is_none()
    }

    /// What the browser keeps for this visitor.
    pub fn storage(&self) -> &BrowserStorage {
        self.proxy.storage()
    }

    /// What the proxy says of itself, in the page's words where it has some. Needs no visitor.
    ///
    /// # Errors
    /// Where the proxy cannot be reached or something else answers.
    pub async fn config(&self) -> Result<Config, Problem> {
        let own = match self.settings.gateway {
            None => None,
            Some(_) => self.local().await?.config(),
        };
        let config = match own {
            Some(config) => config,
            None => self.proxy.config().await?,
        };
        self.keeps.set(Some(config.keeps));
        Ok(self.settings.adjust(config))
    }

    /// Who keeps what begins now, where it is known.
    pub fn keeps(&self) -> Option<Keeps> {
        self.keeps.get()
    }

    /// Who keeps this conversation; without one, who keeps what begins now.
    ///
    /// # Errors
    /// Where that cannot be learnt, or the part that keeps conversations in the browser cannot be fetched.
    pub async fn backend(&self, conversation: Option<&str>) -> Result<Rc<dyn Backend>, Problem> {
        let is_here = match (conversation, self.keeps.get()) {
            (Some(id), _) => is_local(id),
            (None, Some(keeps)) => keeps == Keeps::Browser,
            (None, None) => self.config().await?.keeps == Keeps::Browser,
        };
        match is_here {
            true => Ok(self.local().await?),
            false => Ok(Rc::clone(&self.proxy) as Rc<dyn Backend>),
        }
    }

    /// Starts a conversation. The same key is the same conversation.
    ///
    /// # Errors
    /// As [`Backend`].
    pub async fn begin(&self, idempotency_key: String) -> Result<Conversation, Problem> {
        let begun = self.backend(None).await?.begin(idempotency_key).await;
        if begun.as_ref().is_err_and(|problem| problem.is(&candor_protocol::cause::known::not_kept)) {
            // The owner has changed that since; the next try knows.
            self.keeps.set(None);
        }
        begun
    }

    /// The part that keeps conversations in the browser.
    ///
    /// # Errors
    /// `part_unavailable` where it cannot be fetched.
    pub async fn local(&self) -> Result<Rc<dyn LocalBackend>, Problem> {
        if let Some(local) = self.running_local() {
            return Ok(local);
        }
        let open = lazy::local::load().await?;
        // Whoever was first while this one waited.
        let first = self.running_local();
        let local = first.unwrap_or_else(|| open(&self.settings, &self.proxy));
        local.on_recorded(self.on_recorded.borrow().clone());
        self.local.replace(Some(Rc::clone(&local)));
        Ok(local)
    }

    /// The same, where it was needed before.
    pub fn running_local(&self) -> Option<Rc<dyn LocalBackend>> {
        self.local.borrow().clone()
    }

    /// What is to happen when a reply that the browser records has ended, and a list shows something else.
    pub fn on_recorded(&self, on_end: Rc<dyn Fn()>) {
        self.on_recorded.replace(Some(on_end));
    }

    /// The page is left.
    pub fn leave(&self) {
        self.on_recorded.take();
        if let Some(local) = self.local.take() {
            local.on_recorded(None);
            local.end_recordings();
        }
    }
}

/// 128 random bits as hexadecimal digits. A browser without `crypto` has only `Math.random`, which is enough here: keys and
/// ids tell a visitor's own messages apart, and are no secret.
pub fn random_key() -> String {
    let mut bytes = [0_u8; 16];
    let strong = window()
        .and_then(|window| window.crypto().ok())
        .is_some_and(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).is_ok());
    if !strong {
        bytes.fill_with(|| (js_sys::Math::random() * 256.0) as u8);
    }
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
