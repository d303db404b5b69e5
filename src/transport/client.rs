//! Whom the widget talks to.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use candor_protocol::problem::Problem;
use candor_protocol::wire::{Config, Conversation, Keeps};

use super::proxy::Proxy;
use super::reader::{self, Reader};
use super::storage::BrowserStorage;
use super::{Backend, LocalBackend, is_local};
use crate::Settings;
use crate::part::Door;

/// Opens what the browser keeps of the chat with this proxy or gateway.
pub type OpenLocal = fn(&Settings, &Rc<Proxy>) -> Rc<dyn LocalBackend>;

/// The doors behind which stands what a request may need.
#[derive(Clone, Copy)]
pub struct Doors {
    /// Conversations that the browser keeps, and gateways.
    pub local: Door<OpenLocal>,
    /// The reader of strange answers.
    pub reader: Door<Reader>,
}

/// Whom the widget talks to, and what it keeps in the browser.
pub struct Client {
    settings: Settings,
    proxy: Rc<Proxy>,
    local_door: Door<OpenLocal>,
    local: RefCell<Option<Rc<dyn LocalBackend>>>,
    on_recorded: RefCell<Option<Rc<dyn Fn()>>>,
    keeps: Cell<Option<Keeps>>,
}

impl Client {
    /// A client of what the page names.
    pub fn new(settings: Settings, doors: Doors) -> Rc<Self> {
        reader::stands_behind(doors.reader);
        let storage = BrowserStorage::new(settings.endpoint.trim_end_matches('/'));
        Self::with(settings, storage, doors.local)
    }

    /// A client of the same that knows nothing of what the browser has stored, and stores nothing.
    pub fn without_storage(&self) -> Rc<Self> {
        Self::with(self.settings.clone(), BrowserStorage::of_page(), self.local_door)
    }

    fn with(settings: Settings, storage: BrowserStorage, local_door: Door<OpenLocal>) -> Rc<Self> {
        let proxy = Rc::new(Proxy::new(settings.endpoint.trim_end_matches('/'), storage));
        Rc::new(Self {
            settings,
            proxy,
            local_door,
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
        let open = self.local_door.open().await?;
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
