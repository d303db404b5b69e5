//! All that leaves the browser or is stored in it, as far as a chat needs it.
//!
//! Every request ends in what was asked for or in a [`Problem`], which says which link broke; nothing here panics,
//! whatever the page, an extension or a middle box does to the browser's functions.
//!
//! - [`Backend`]: what a chat needs of whoever keeps its conversations: [`proxy`], or the browser ([`local`], a part).
//!   [`client`] is the one that is asked.
//! - [`request`], [`stream`]: one request; a reply's stream, over as many connections as it takes, until somebody lets go of
//!   it ([`abort`]). [`text`]: bytes as text. [`reader`]: what strangers answer ([`strange`], a part).
//! - [`storage`]: what the browser keeps for a visitor. [`channel`]: what tabs tell each other. [`save`]: text that leaves
//!   the widget by the visitor's wish.

pub mod abort;
pub mod archive;
pub mod channel;
pub mod client;
pub mod local;
pub mod proxy;
pub mod reader;
pub mod request;
pub mod save;
pub mod storage;
pub mod strange;
pub mod stream;
pub mod text;

use std::pin::Pin;
use std::rc::Rc;

use candor_protocol::problem::Problem;
use candor_protocol::wire::{
    Config, Conversation, ConversationChange, Conversations, Message, Messages, ReplyEvent,
};
use web_sys::window;

use abort::AbortToken;

/// Something that comes later, from behind a trait.
pub type Later<T> = Pin<Box<dyn Future<Output = T>>>;

/// What is told of each event of a reply.
pub type OnEvent = Rc<dyn Fn(ReplyEvent)>;

/// What the reply is to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// A message that the proxy does not have yet.
    New {
        /// What the visitor wrote.
        content: String,
        /// Under which it is sent, also when it is sent again: it is never kept twice.
        idempotency_key: String,
        /// The owner's token, where the message asks for a failure to be rehearsed.
        rehearsed_by: Option<String>,
    },
    /// A message that the proxy has, by its id: the reply failed, and another is asked for.
    Again(String),
    /// A message whose reply is being written already.
    UnderWay(String),
}

/// What a chat needs of whoever keeps its conversations.
///
/// # Errors
/// As every request; see the module. `not_found` where the conversation is not there, or not this visitor's.
pub trait Backend {
    /// Starts a conversation. The same key is the same conversation.
    fn begin(self: Rc<Self>, idempotency_key: String) -> Later<Result<Conversation, Problem>>;

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

    /// A page of a conversation's messages, oldest first: the latest, or the one before `before`.
    fn messages(
        self: Rc<Self>,
        conversation: String,
        before: Option<String>,
    ) -> Later<Result<Messages, Problem>>;

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
