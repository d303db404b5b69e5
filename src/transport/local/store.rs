//! Where the browser keeps conversations: in IndexedDB, else in the page's own memory.
//!
//! IndexedDB may be missing, denied or full, in private windows and in frames above all. What cannot be opened is replaced by
//! memory that ends with the page; what fails later is told.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::rc::Rc;

use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use candor_protocol::wire::{Conversation, Message};
use idb::event::VersionChangeEvent;
use idb::{
    Database, DatabaseEvent, Error, Factory, KeyRange, ObjectStore, ObjectStoreParams, Query, Transaction,
    TransactionMode,
};
use js_sys::{Array, JSON, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use web_sys::Event;

use crate::transport::request::problem;

const CONVERSATIONS: &str = "conversations";
/// By the conversation's id and the message's number in it.
const MESSAGES: &str = "messages";
/// The names of a message's fields that are not the wire's; see [`KeptMessage`].
const REASONING: &str = "reasoning";
const SIGNATURE: &str = "signature";

/// The conversations and messages of one chat.
pub struct ConversationStore {
    /// The database's name; none for what is to be in memory alone.
    name: Option<String>,
    opened: RefCell<Option<Rc<Place>>>,
}

/// A message as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptMessage {
    /// The message.
    pub message: Message,
    /// What the model thought before it, for models that want it back. It is shown nowhere.
    pub reasoning: String,
    /// By which a proxy that keeps nothing knows its answer again.
    pub signature: Option<String>,
}

impl From<Message> for KeptMessage {
    fn from(message: Message) -> Self {
        Self { message, reasoning: String::new(), signature: None }
    }
}

enum Place {
    Browser(Connection),
    Page(RefCell<Page>),
}

/// A database that is open until the browser, or somebody who deletes or renews it, wants it closed.
struct Connection {
    database: Database,
    is_closed: Rc<Cell<bool>>,
}

impl Connection {
    fn new(mut database: Database) -> Self {
        let is_closed = Rc::<Cell<bool>>::default();
        let note = || {
            let is_closed = Rc::clone(&is_closed);
            move |event: Event| {
                is_closed.set(true);
                // Else whoever asked would wait for this page to be left.
                if let Some(Ok(database)) = event.target().map(Database::try_from) {
                    database.close();
                }
            }
        };
        database.on_close(note());
        database.on_version_change(note());
        Self { database, is_closed }
    }
}

impl Deref for Connection {
    type Target = Database;

    fn deref(&self) -> &Database {
        &self.database
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.database.close();
    }
}

#[derive(Default)]
struct Page {
    conversations: BTreeMap<String, Conversation>,
    messages: BTreeMap<(String, u32), KeptMessage>,
}

impl ConversationStore {
    /// The store of the chat that talks to this endpoint.
    pub fn new(endpoint: &str) -> Self {
        Self { name: Some(format!("candor:{endpoint}")), opened: RefCell::default() }
    }

    /// An empty one in memory.
    pub fn of_page() -> Self {
        Self { name: None, opened: RefCell::default() }
    }

    /// Whether it outlives the page.
    pub async fn is_durable(&self) -> bool {
        matches!(*self.place().await, Place::Browser(_))
    }

    /// All conversations, in no order.
    ///
    /// # Errors
    /// `storage_denied`, as all the methods here, where the browser fails.
    pub async fn conversations(&self) -> Result<Vec<Conversation>, Problem> {
        match &*self.place().await {
            Place::Page(page) => Ok(page.borrow().conversations.values().cloned().collect()),
            Place::Browser(database) => all(database, CONVERSATIONS, None).await.map_err(denied),
        }
    }

    /// One conversation.
    ///
    /// # Errors
    /// `not_found` where it is not there.
    pub async fn conversation(&self, id: &str) -> Result<Conversation, Problem> {
        let found = match &*self.place().await {
            Place::Page(page) => page.borrow().conversations.get(id).cloned(),
            Place::Browser(database) => {
                let query = Query::Key(id.into());
                all(database, CONVERSATIONS, Some(query)).await.map_err(denied)?.pop()
            }
        };
        found.ok_or_else(|| problem(&known::not_found))
    }

    /// A conversation's messages, the oldest first.
    ///
    /// # Errors
    /// See [`ConversationStore::conversations`].
    pub async fn messages(&self, id: &str) -> Result<Vec<Message>, Problem> {
        Ok(self.kept_messages(id).await?.into_iter().map(|kept| kept.message).collect())
    }

    /// The same as they are kept.
    ///
    /// # Errors
    /// See [`ConversationStore::conversations`].
    pub async fn kept_messages(&self, id: &str) -> Result<Vec<KeptMessage>, Problem> {
        match &*self.place().await {
            Place::Page(page) => {
                let page = page.borrow();
                let from = (id.to_owned(), 0)..=(id.to_owned(), u32::MAX);
                Ok(page.messages.range(from).map(|(_, message)| message.clone()).collect())
            }
            Place::Browser(database) => {
                let query = range(id).map(Query::KeyRange).map_err(denied)?;
                let values = values(database, MESSAGES, Some(query)).await.map_err(denied)?;
                Ok(values.iter().filter_map(kept_message).collect())
            }
        }
    }

    /// Keeps a new conversation.
    ///
    /// # Errors
    /// See [`ConversationStore::conversations`].
    pub async fn add(&self, conversation: &Conversation) -> Result<(), Problem> {
        match &*self.place().await {
            Place::Page(page) => {
                page.borrow_mut().conversations.insert(conversation.id.clone(), conversation.clone());
                Ok(())
            }
            Place::Browser(database) => {
                let write = |conversations: ObjectStore, _| {
                    conversations.put(&js(conversation), Some(&conversation.id.as_str().into()))?;
                    Ok(())
                };
                written(database, &write).await.map_err(denied)
            }
        }
    }

    /// Changes a conversation and keeps messages of it, each by its number. All of it happens or nothing, and what another
    /// tab does happens before it or behind it. Gives the conversation as it is then.
    ///
    /// # Errors
    /// `not_found` where it is not there, and nothing is kept then.
    pub async fn change(
        &self,
        id: &str,
        change: &mut dyn FnMut(&mut Conversation),
        messages: &[(u32, &KeptMessage)],
    ) -> Result<Conversation, Problem> {
        let changed = match &*self.place().await {
            Place::Page(page) => {
                let Page { conversations, messages: kept } = &mut *page.borrow_mut();
                conversations.get_mut(id).map(|conversation| {
                    change(conversation);
                    for (number, message) in messages {
                        kept.insert((id.to_owned(), *number), (*message).clone());
                    }
                    conversation.clone()
                })
            }
            Place::Browser(database) => changed(database, id, change, messages).await.map_err(denied)?,
        };
        changed.ok_or_else(|| problem(&known::not_found))
    }

    /// Deletes a conversation with its messages.
    ///
    /// # Errors
    /// See [`ConversationStore::conversations`].
    pub async fn delete(&self, id: &str) -> Result<(), Problem> {
        match &*self.place().await {
            Place::Page(page) => {
                let mut page = page.borrow_mut();
                page.conversations.remove(id);
                page.messages.retain(|(conversation, _), _| conversation != id);
                Ok(())
            }
            Place::Browser(database) => {
                let write = |conversations: ObjectStore, kept: ObjectStore| {
                    conversations.delete(JsValue::from(id))?;
                    kept.delete(range(id)?)?;
                    Ok(())
                };
                written(database, &write).await.map_err(denied)
            }
        }
    }

    /// Deletes everything.
    ///
    /// # Errors
    /// See [`ConversationStore::conversations`].
    pub async fn clear(&self) -> Result<(), Problem> {
        match &*self.place().await {
            Place::Page(page) => {
                page.take();
                Ok(())
            }
            Place::Browser(database) => {
                let write = |conversations: ObjectStore, kept: ObjectStore| {
                    conversations.clear()?;
                    kept.clear()?;
                    Ok(())
                };
                written(database, &write).await.map_err(denied)
            }
        }
    }

    async fn place(&self) -> Rc<Place> {
        if let Some(opened) = self.opened.borrow().clone().filter(|opened| !opened.is_closed()) {
            return opened;
        }
        let opened = match &self.name {
            Some(name) => open(name).await.ok(),
            None => None,
        };
        let opened = opened.map(Connection::new).map(Place::Browser);
        let opened = Rc::new(opened.unwrap_or_else(|| Place::Page(RefCell::default())));
        let mut known = self.opened.borrow_mut();
        // Whoever was first while this one waited: two memories would each have a half.
        let first = known.take().filter(|first| !first.is_closed()).unwrap_or(opened);
        Rc::clone(known.insert(first))
    }
}

impl Place {
    fn is_closed(&self) -> bool {
        matches!(self, Self::Browser(connection) if connection.is_closed.get())
    }
}

async fn open(name: &str) -> Result<Database, Error> {
    let mut request = Factory::new()?.open(name, Some(1))?;
    request.on_upgrade_needed(|event: VersionChangeEvent| {
        // Where this fails, opening does.
        if let Ok(database) = event.database() {
            for store in [CONVERSATIONS, MESSAGES] {
                let _ = database.create_object_store(store, ObjectStoreParams::new());
            }
        }
    });
    let database = request.await?;
    // Also where the browser let the stores not be made.
    database.transaction(&[CONVERSATIONS, MESSAGES], TransactionMode::ReadOnly)?;
    Ok(database)
}

async fn all<T: DeserializeOwned>(
    database: &Database,
    store: &str,
    query: Option<Query>,
) -> Result<Vec<T>, Error> {
    // What another version wrote and this one cannot read is left out rather than hiding the rest.
    Ok(values(database, store, query).await?.iter().filter_map(read).collect())
}

async fn values(database: &Database, store: &str, query: Option<Query>) -> Result<Vec<JsValue>, Error> {
    let transaction = database.transaction(&[store], TransactionMode::ReadOnly)?;
    transaction.object_store(store)?.get_all(query, None)?.await
}

/// What is done to the conversations and the messages.
type Write<'a> = &'a dyn Fn(ObjectStore, ObjectStore) -> Result<(), Error>;

async fn written(database: &Database, write: Write<'_>) -> Result<(), Error> {
    let transaction = database.transaction(&[CONVERSATIONS, MESSAGES], TransactionMode::ReadWrite)?;
    write(transaction.object_store(CONVERSATIONS)?, transaction.object_store(MESSAGES)?)?;
    committed(transaction).await
}

/// Reads and writes within one transaction; none where the conversation is not there.
async fn changed(
    database: &Database,
    id: &str,
    change: &mut dyn FnMut(&mut Conversation),
    messages: &[(u32, &KeptMessage)],
) -> Result<Option<Conversation>, Error> {
    let transaction = database.transaction(&[CONVERSATIONS, MESSAGES], TransactionMode::ReadWrite)?;
    let conversations = transaction.object_store(CONVERSATIONS)?;
    let found = conversations.get(JsValue::from(id))?.await?;
    let Some(mut conversation) = found.as_ref().and_then(read) else { return Ok(None) };
    change(&mut conversation);
    conversations.put(&js(&conversation), Some(&id.into()))?;
    let kept = transaction.object_store(MESSAGES)?;
    for (number, message) in messages {
        let value = js(&message.message);
        let reasoning = Some(&message.reasoning).filter(|reasoning| !reasoning.is_empty());
        for (name, text) in [(REASONING, reasoning), (SIGNATURE, message.signature.as_ref())] {
            if let Some(text) = text {
                // A plain object takes it.
                let _ = Reflect::set(&value, &name.into(), &text.as_str().into());
            }
        }
        kept.put(&value, Some(&key(id, (*number).into())))?;
    }
    committed(transaction).await?;
    Ok(Some(conversation))
}

async fn committed(transaction: Transaction) -> Result<(), Error> {
    match transaction.await?.is_committed() {
        true => Ok(()),
        false => Err(Error::TransactionCommitError(JsValue::UNDEFINED)),
    }
}

fn key(conversation: &str, number: JsValue) -> JsValue {
    Array::of2(&conversation.into(), &number).into()
}

/// The keys of a conversation's messages: of all keys a list is the greatest.
fn range(conversation: &str) -> Result<KeyRange, Error> {
    KeyRange::bound(&key(conversation, 0.into()), &key(conversation, Array::new().into()), None, None)
}

/// As an object, which other tools can read too.
fn js(value: &impl Serialize) -> JsValue {
    // Every type of the wire serialises, and what serialises parses.
    serde_json::to_string(value).ok().and_then(|text| JSON::parse(&text).ok()).unwrap_or(JsValue::NULL)
}

fn read<T: DeserializeOwned>(value: &JsValue) -> Option<T> {
    serde_json::from_str(&String::from(JSON::stringify(value).ok()?)).ok()
}

/// What another version wrote and this one cannot read is none.
fn kept_message(value: &JsValue) -> Option<KeptMessage> {
    let text = |name: &str| Reflect::get(value, &name.into()).ok().and_then(|text| text.as_string());
    let (reasoning, signature) = (text(REASONING).unwrap_or_default(), text(SIGNATURE));
    Some(KeptMessage { message: read(value)?, reasoning, signature })
}

fn denied(_: Error) -> Problem {
    problem(&known::storage_denied)
}
