//! Visitors, their conversations and messages, and the owner's error log, in a [`Database`].
//!
//! Nobody gets at anything but through the visitor that it belongs to: every query of a conversation names its visitor.
//! What a method has acknowledged is on the disk.

mod addresses;
mod archive;
mod attempts;
mod audit;
mod challenges;
mod channel;
mod charges;
mod conversations;
mod counters;
mod database;
mod errors;
mod feedback;
mod leases;
mod messages;
mod owners;
pub mod private_file;
mod search;
mod secrets;
mod upkeep;
mod visitors;

use std::collections::HashMap;
use std::time::Duration;

use candor_protocol::wire::{Message, TURNS};
use tokio::sync::OnceCell;

pub use archive::{Archived, ArchivedMessage};
pub use channel::{Listener, MAX_NOTICE_BYTES};
pub use conversations::{Change, Page};
pub use database::{Database, OpenError};
pub use owners::NamedOwner;
pub use upkeep::Purged;

use crate::access::quota::Exceeded;
use crate::config::{DatabaseAddress, Secret};
use crate::metrics::DATABASE_ERRORS;
use database::Transaction;

/// Who asks: a visitor's id, which the proxy alone knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VisitorId(String);

impl VisitorId {
    /// What the visitor is called in the counters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A visitor whose token was recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recognised {
    /// Who it is.
    pub visitor: VisitorId,
    /// Whether the token is so old that another should take its place.
    pub is_old: bool,
}

/// Where a message and its reply are kept.
#[derive(Clone, Debug)]
pub struct TurnId {
    /// Whose it is.
    pub visitor: VisitorId,
    /// The conversation's id.
    pub conversation: String,
    /// The visitor's message's id.
    pub message: String,
}

/// A message and the latest reply to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The visitor's.
    pub message: Message,
    /// The assistant's.
    pub reply: Message,
}

/// A message and a reply that has begun, written and not yet on the disk. Nobody else sees them before `commit`.
#[derive(Debug)]
pub struct PendingTurn {
    /// The messages that the reply answers, oldest first.
    pub history: Vec<Message>,
    /// What the model thought before its answers among them, by their ids.
    pub reasoning: HashMap<String, String>,
    /// What puts them on the disk.
    pub commit: PendingCommit,
}

/// What is left to do until a turn is kept. Dropped, it takes the turn back.
#[derive(Debug)]
#[must_use = "without it nothing is kept"]
pub struct PendingCommit(Transaction);

impl PendingCommit {
    /// Keeps the turn: once this has returned, it is on the disk.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }
}

/// What became of a new message.
#[derive(Debug)]
pub enum Begun {
    /// It is a new one.
    New(PendingTurn),
    /// It was here already, by its idempotency key.
    Known(Box<Turn>),
}

/// Why the store refuses.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No visitor has that token.
    #[error("No visitor has that token.")]
    UnknownVisitor,
    /// No such link code is valid.
    #[error("No such link code is valid.")]
    UnknownCode,
    /// This visitor has nothing of that id.
    #[error("The visitor has nothing of that id.")]
    NotFound,
    /// A reply in this conversation is under way.
    #[error("A reply in this conversation is under way.")]
    UnderWay,
    /// The idempotency key was used for other words.
    #[error("The idempotency key was used for other words.")]
    OtherContent,
    /// The conversation has as many messages as it may have.
    #[error("There are too many messages in the conversation.")]
    TooManyMessages,
    /// Too many tries of a secret from this address were wrong; seconds until the next.
    #[error("There were too many wrong tries. Try again in {0} seconds.")]
    TooManyTries(u64),
    /// A limit of the owner's is reached.
    #[error("The limit {} is reached.", .0.limit.name)]
    Exceeded(Exceeded),
    /// The database does not answer; the log says why.
    #[error("The database failed; see the log above.")]
    Unavailable(#[source] sqlx::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        tracing::error!(%error, "the database failed");
        DATABASE_ERRORS.inc();
        Self::Unavailable(error)
    }
}

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Turns of each conversation.
    pub turns: usize,
    /// How old a token may be before its visitor gets another.
    pub token_age: Duration,
    /// How long a link code is valid.
    pub code_age: Duration,
    /// How long a search looks through conversations before it asks the index.
    pub search_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            turns: TURNS,
            token_age: Duration::from_secs(90 * 24 * 60 * 60),
            code_age: Duration::from_secs(10 * 60),
            search_time: Duration::from_millis(30),
        }
    }
}

/// What all visitors wrote and were told.
#[derive(Debug)]
pub struct Store {
    limits: Limits,
    database: Database,
    address_keys: addresses::AddressKeys,
    answer_secret: OnceCell<Secret>,
}

impl Store {
    /// The store in an open database.
    pub fn new(database: Database, limits: Limits) -> Self {
        Self {
            limits,
            database,
            address_keys: addresses::AddressKeys::default(),
            answer_secret: OnceCell::new(),
        }
    }

    /// An empty store that ends with the process.
    ///
    /// # Errors
    /// Where SQLite cannot be started.
    pub async fn in_memory() -> Result<Self, OpenError> {
        Ok(Self::new(Database::open(&DatabaseAddress::Memory).await?, Limits::default()))
    }

    /// How much is kept.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The database itself.
    pub fn database(&self) -> &Database {
        &self.database
    }
}
