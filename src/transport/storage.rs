//! What the browser keeps for a visitor: the token, which conversation was open, what waits to be sent, and what was agreed to.
//!
//! localStorage, else sessionStorage, else nothing but the page's own memory. Any of them may be missing, full or
//! denied (each access throws `SecurityError` then), so each is tried by writing, and none is trusted later.

use std::cell::RefCell;

use web_sys::{Storage, window};

use crate::json;

/// Where things are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// For as long as the visitor does not clear it.
    Local,
    /// Until the tab is closed.
    Session,
    /// Until the page is left.
    Page,
}

/// A message that the proxy has not acknowledged yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingMessage {
    /// Its conversation; none where it begins one.
    pub conversation: Option<String>,
    /// What the visitor wrote.
    pub content: String,
    /// Under which it is sent, however often.
    pub idempotency_key: String,
    /// When it was written, in milliseconds since 1970-01-01 UTC.
    pub time: u64,
}

crate::record! { PendingMessage {
    conversation "conversation", content "content", idempotency_key "idempotency_key", time "time",
} }

/// The most messages that wait at a time, in all tabs together.
const MAX_PENDING: usize = 20;

/// What is kept for the visitor of one proxy.
pub struct BrowserStorage {
    place: Place,
    token_key: String,
    conversation_key: String,
    owner_key: String,
    outbox_key: String,
    consent_key: String,
    page: RefCell<Page>,
}

#[derive(Default)]
struct Page {
    token: Option<String>,
    owner: Option<String>,
    conversation: Option<String>,
    consent: Option<String>,
}

impl BrowserStorage {
    /// Finds the best place that works. The endpoint is part of each key, so that two chats on one site stay apart.
    pub fn new(endpoint: &str) -> Self {
        let place = [Place::Local, Place::Session]
            .into_iter()
            .find(|place| storage(*place).is_some_and(|storage| works(&storage)))
            .unwrap_or(Place::Page);
        Self {
            place,
            token_key: ["candor:token:", endpoint].concat(),
            conversation_key: ["candor:conversation:", endpoint].concat(),
            owner_key: ["candor:owner:", endpoint].concat(),
            outbox_key: ["candor:outbox:", endpoint].concat(),
            consent_key: ["candor:consent:", endpoint].concat(),
            page: RefCell::default(),
        }
    }

    /// A memory that the browser has no part in, and that is empty.
    pub fn of_page() -> Self {
        Self {
            place: Place::Page,
            token_key: String::new(),
            conversation_key: String::new(),
            owner_key: String::new(),
            outbox_key: String::new(),
            consent_key: String::new(),
            page: RefCell::default(),
        }
    }

    /// The owner's token: for this tab's session and no longer, wherever the rest is kept.
    pub fn owner(&self) -> Option<String> {
        let kept = self.page.borrow().owner.clone();
        let kept = kept.or_else(|| storage(Place::Session)?.get_item(&self.owner_key).ok().flatten());
        kept.filter(|token| is_header(token))
    }

    /// Keeps the owner's token, or forgets it.
    pub fn keep_owner(&self, token: Option<&str>) {
        self.page.borrow_mut().owner = token.map(str::to_owned);
        if let Some(storage) = storage(Place::Session) {
            // Where it cannot be kept, signing in lasts until the page is left.
            let _ = match token {
                Some(token) => storage.set_item(&self.owner_key, token),
                None => storage.remove_item(&self.owner_key),
            };
        }
    }

    /// Whether the browser has no part in it.
    pub fn is_of_page(&self) -> bool {
        self.token_key.is_empty()
    }

    /// Where things are kept.
    pub fn place(&self) -> Place {
        self.place
    }

    /// The visitor's token. What is kept is checked, since a page's own scripts can write there too: a token is `ct_`
    /// and hexadecimal digits.
    pub fn token(&self) -> Option<String> {
        // What is stored comes first: another tab may have got a new one.
        let kept = self.read(&self.token_key).or_else(|| self.page.borrow().token.clone())?;
        is_token(&kept).then_some(kept)
    }

    /// Keeps the visitor's token; nothing else is taken for one.
    pub fn keep_token(&self, token: &str) {
        if !is_token(token) {
            return;
        }
        self.page.borrow_mut().token = Some(token.to_owned());
        self.write(&self.token_key, Some(token));
    }

    /// Forgets a token that the proxy does not know.
    pub fn forget_token(&self) {
        self.page.borrow_mut().token = None;
        self.write(&self.token_key, None);
    }

    /// The conversation that was open, to be opened again after a reload.
    pub fn conversation(&self) -> Option<String> {
        let kept = self.page.borrow().conversation.clone().or_else(|| self.read(&self.conversation_key))?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        (!kept.is_empty() && kept.len() <= 64 && kept.bytes().all(plain)).then_some(kept)
    }

    /// Keeps which conversation is open.
    pub fn keep_conversation(&self, id: Option<&str>) {
        self.page.borrow_mut().conversation = id.map(str::to_owned);
        self.write(&self.conversation_key, id);
    }

    /// Whether the visitor has agreed to these words.
    pub fn has_consent(&self, text: &str) -> bool {
        let kept = self.page.borrow().consent.clone().or_else(|| self.read(&self.consent_key));
        kept.as_deref() == Some(text)
    }

    /// Keeps the words that the visitor has agreed to, or forgets that they have.
    pub fn keep_consent(&self, text: Option<&str>) {
        self.page.borrow_mut().consent = text.map(str::to_owned);
        self.write(&self.consent_key, text);
    }

    /// What stood in the input when this tab's last page was left.
    pub fn draft(&self) -> Option<String> {
        storage(Place::Session)?.get_item(&self.draft_key()).ok().flatten()
    }

    /// Keeps what stands in the input, for this tab.
    pub fn keep_draft(&self, draft: &str) {
        if let Some(storage) = storage(Place::Session).filter(|_| !self.is_of_page()) {
            // Where it cannot be kept, it lasts as long as the page.
            let _ = match draft {
                "" => storage.remove_item(&self.draft_key()),
                _ => storage.set_item(&self.draft_key(), draft),
            };
        }
    }

    /// Whether the proxy hid Diagnostics from visitors when it was last heard.
    pub fn has_hidden_diagnostics(&self) -> bool {
        self.read(&self.hidden_diagnostics_key()).is_some()
    }

    /// Keeps whether it does.
    pub fn keep_hidden_diagnostics(&self, is_hidden: bool) {
        self.write(&self.hidden_diagnostics_key(), is_hidden.then_some("off"));
    }

    fn hidden_diagnostics_key(&self) -> String {
        ["diagnostics:", &self.token_key].concat()
    }

    fn draft_key(&self) -> String {
        // As those of what is kept longer, which hold the endpoint too.
        ["draft:", &self.token_key].concat()
    }

    /// The messages that wait to be acknowledged, the earliest first.
    pub fn pending_messages(&self) -> Vec<PendingMessage> {
        let kept = self.read(&self.outbox_key);
        kept.and_then(|kept| json::from_str(&kept)).unwrap_or_default()
    }

    /// Keeps a message until it is acknowledged.
    pub fn enqueue(&self, pending: PendingMessage) {
        self.change_outbox(|outbox| {
            // What is kept already keeps its place: they are sent in their order.
            match outbox.iter_mut().find(|other| other.idempotency_key == pending.idempotency_key) {
                Some(known) => *known = PendingMessage { time: known.time, ..pending },
                None => outbox.push(pending),
            }
            let surplus = outbox.len().saturating_sub(MAX_PENDING);
            outbox.drain(..surplus);
        });
    }

    /// Lets go of the messages of which this is said.
    pub fn dequeue(&self, is_done: impl Fn(&PendingMessage) -> bool) {
        self.change_outbox(|outbox| outbox.retain(|pending| !is_done(pending)));
    }

    fn change_outbox(&self, change: impl FnOnce(&mut Vec<PendingMessage>)) {
        let before = self.pending_messages();
        let mut outbox = before.clone();
        change(&mut outbox);
        if outbox != before {
            let kept = (!outbox.is_empty()).then(|| json::to_string(&outbox));
            self.write(&self.outbox_key, kept.as_deref());
        }
    }

    fn read(&self, key: &str) -> Option<String> {
        storage(self.place)?.get_item(key).ok().flatten()
    }

    /// Writes or removes. A failure needs no word: the page's own memory has it for as long as the page is open.
    fn write(&self, key: &str, value: Option<&str>) {
        if let Some(storage) = storage(self.place) {
            let _ = match value {
                Some(value) => storage.set_item(key, value),
                None => storage.remove_item(key),
            };
        }
    }
}

fn is_token(text: &str) -> bool {
    let digits = text.strip_prefix("ct_").unwrap_or_default();
    (1..=128).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Whether a token that was typed in can travel in a header.
pub fn is_header(token: &str) -> bool {
    (1..=512).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic())
}

fn storage(place: Place) -> Option<Storage> {
    let window = window()?;
    match place {
        Place::Local => window.local_storage().ok().flatten(),
        Place::Session => window.session_storage().ok().flatten(),
        Place::Page => None,
    }
}

fn works(storage: &Storage) -> bool {
    const PROBE: &str = "candor:probe";
    let kept = storage.set_item(PROBE, "1").is_ok()
        && storage.get_item(PROBE).ok().flatten().as_deref() == Some("1");
    let _ = storage.remove_item(PROBE);
    kept
}
