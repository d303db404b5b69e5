//! The JSON that the widget and the proxy exchange. Times are milliseconds since 1970-01-01 UTC, as JavaScript's
//! `Date` counts them.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::problem::Problem;
use crate::visibility::Diagnostics;

/// Who keeps the conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Keeps {
    /// The proxy, for as long as its owner has set.
    #[default]
    Proxy,
    /// The visitor's browser alone.
    Browser,
}

/// What a visitor is asked to agree to before the first message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Consent {
    /// The owner's words, plain text.
    pub text: String,
    /// Where the owner says more; an http or https address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// `GET config`: what the widget needs to know before its first message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Config {
    /// The chat's title; names the dialog.
    pub title: String,
    /// A short line under the title.
    pub subtitle: String,
    /// What an empty conversation says first.
    pub greeting: String,
    /// Messages that an empty conversation offers.
    #[serde(default)]
    pub suggestions: Vec<String>,
    /// The line under the input.
    pub notice: String,
    /// What a visitor may see of an error.
    pub diagnostics: Diagnostics,
    /// The provider's name, where visitors may see everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The model's name, where visitors may see everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Where conversations are kept.
    #[serde(default)]
    pub keeps: Keeps,
    /// What the visitor is asked to agree to before the first message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// Whom visitors can turn to where only the owner can put something right: an address that begins with `mailto:`,
    /// `tel:` or `https:`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Whether a visitor may go on with the same conversations on another device.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub linking: bool,
    /// Whether a visitor is asked what they think of answers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub feedback: bool,
    /// The most characters that a message may have.
    pub message_chars: usize,
    /// The proxy's version.
    pub version: String,
    /// The proxy's clock.
    pub time: Millis,
}

/// `POST visitors`: a visitor, who is known by the token alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Visitor {
    /// Sent as `Authorization: Bearer …`; the proxy keeps only its hash.
    pub token: String,
    /// When the visitor was made.
    pub created_at: Millis,
}

/// `POST visitors/code`: what makes another device the same visitor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkCode {
    /// Eight characters with a hyphen in the middle. Works once.
    pub code: String,
    /// Until when.
    pub expires_at: Millis,
}

/// `POST visitors`: what a new visitor brings along, or one who is a visitor already, on another device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewVisitor {
    /// The solution of the [`Challenge`], as its widget gives it. It counts once.
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub challenge: Option<String>,
    /// A [`LinkCode::code`], in any case, with or without its hyphen.
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// What new visitors solve, so that a script cannot make any number of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum ChallengeKind {
    /// Nothing.
    Off,
    /// ALTCHA: the browser computes for a moment, and nobody else is asked.
    Altcha,
    /// Cloudflare’s Turnstile.
    Turnstile,
    /// hCaptcha.
    Hcaptcha,
}

/// `GET challenge`: what a new visitor solves before the first `POST visitors`, if anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Challenge {
    /// Whose widget solves it, as the setting names it.
    pub kind: ChallengeKind,
    /// The site’s public key at Turnstile or hCaptcha.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_key: Option<String>,
    /// ALTCHA’s challenge. Together with the signature it is what ALTCHA’s widget takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters: Option<AltchaParameters>,
    /// The proxy’s signature of the parameters, as hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// A challenge of ALTCHA’s version 2, under the names of its protocol (<https://altcha.org/docs/v2/proof-of-work-captcha/>): which
/// counter behind the nonce gives a key that begins so?
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AltchaParameters {
    /// How the key is derived: `PBKDF2/SHA-256`.
    pub algorithm: String,
    /// With how many iterations.
    pub cost: u32,
    /// Until when a solution is taken, in seconds since 1970-01-01 UTC.
    pub expires_at: i64,
    /// How long the key is, in bytes.
    pub key_length: usize,
    /// How it begins, as hexadecimal digits.
    pub key_prefix: String,
    /// Before the counter, as hexadecimal digits.
    pub nonce: String,
    /// The salt, as hexadecimal digits.
    pub salt: String,
}

/// A conversation, as lists and single requests give it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversation {
    /// Unguessable, `c_…`.
    pub id: String,
    /// From the first message's words until the visitor renames it; empty before the first message.
    pub title: String,
    /// The start of the latest message.
    pub preview: String,
    /// When it was started.
    pub created_at: Millis,
    /// When its latest message was written.
    pub updated_at: Millis,
    /// Whether a reply came to its end while nobody followed it.
    #[serde(default)]
    pub unread: bool,
}

/// `GET conversations`: a page of them, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Conversations {
    /// The visitor's conversations.
    pub conversations: Vec<Conversation>,
    /// Where there are more: the query `before` of the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// `POST conversations`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewConversation {
    /// Its title, at most [`TITLE_CHARS`] characters.
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// `PATCH conversations/{id}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ConversationChange {
    /// The new title, at most [`TITLE_CHARS`] characters.
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Whether it has something that the visitor has not read.
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<bool>,
}

/// The most characters that a conversation's title may have.
pub const TITLE_CHARS: usize = 120;

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The visitor.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// As it is written on the wire, and as chat completions call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// How far a message has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// Nothing will be added.
    #[default]
    Complete,
    /// A reply that is still being written.
    Streaming,
    /// A reply that the visitor stopped; what had arrived is kept.
    Stopped,
    /// A reply that failed; what had arrived is kept, and `error` says why.
    Failed,
}

/// A message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// Unguessable, `m_…`.
    pub id: String,
    /// Who wrote it.
    pub role: Role,
    /// Plain text from a visitor, Markdown from the assistant.
    pub content: String,
    /// How far it has come.
    #[serde(default)]
    pub status: MessageStatus,
    /// When it was started.
    pub created_at: Millis,
    /// Why a reply failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Problem>,
    /// What the visitor thinks of an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
}

/// Whether an answer has helped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// It has.
    Up,
    /// It has not.
    Down,
}

impl Rating {
    /// As it is written on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    /// The rating of this name.
    pub fn of(name: &str) -> Option<Self> {
        [Self::Up, Self::Down].into_iter().find(|rating| rating.name() == name)
    }
}

/// `PUT conversations/{id}/messages/{reply id}/feedback`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Feedback {
    /// Whether the answer has helped.
    pub rating: Rating,
    /// The visitor's words, at most [`COMMENT_CHARS`] characters.
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// The most characters that the words beside a rating may have.
pub const COMMENT_CHARS: usize = 1_000;

/// An answer that a visitor has rated, as the owner reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RatedAnswer {
    /// The conversation's id.
    pub conversation: String,
    /// The answer's id.
    pub message: String,
    /// Whether it has helped.
    pub rating: Rating,
    /// The visitor's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// When it was rated.
    pub time: Millis,
    /// What was asked, at most 2,000 characters.
    pub question: String,
    /// What was answered, at most 2,000 characters.
    pub answer: String,
    /// The model that answered when it was rated.
    pub model: String,
}

/// `GET diagnostics/feedback`: the answers that were rated, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RatedAnswers {
    /// At most 200 of them.
    pub feedback: Vec<RatedAnswer>,
}

/// `GET conversations/{id}/messages`: a page of them, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Messages {
    /// The conversation's messages.
    pub messages: Vec<Message>,
    /// Where there are older ones: the query `before` of the page with them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// `POST conversations/{id}/messages`. The role is always the visitor's: a body that names another is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewMessage {
    /// What the visitor wrote.
    pub content: String,
}

/// `POST replies`: a conversation that the proxy does not keep, up to the visitor's latest message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewReply {
    /// The oldest first, the last one the visitor's; at most [`TURNS`] times two.
    pub messages: Vec<ChatTurn>,
}

/// One message of a conversation that the proxy does not keep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ChatTurn {
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub content: String,
    /// Of an answer, the [`Signed::signature`] that it came with, behind the message that it answers. Without one the model is told
    /// that nobody knows who wrote it.
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// What tells of a reply's end, with the proxy's signature under the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Signed<T> {
    /// What would be told without it.
    #[serde(flatten)]
    pub told: T,
    /// By which the proxy knows the answer again, as far as it has come: as a [`ChatTurn`] of the same visitor, behind the same
    /// message. Absent where there is no word of an answer, and where the proxy keeps it.
    #[cfg_attr(feature = "openapi", schema(nullable = false))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// What of a conversation is sent to a model. A question that failed, without a word of an answer, is left out: each later one
/// might fail with it.
pub fn messages_for_model(messages: impl IntoIterator<Item = Message>) -> Vec<Message> {
    let mut sent: Vec<Message> = Vec::new();
    for message in messages {
        let has_failed = message.content.is_empty() && message.status == MessageStatus::Failed;
        if has_failed && sent.last().is_some_and(|last| last.role == Role::User) {
            sent.pop();
        } else if !message.content.is_empty() {
            sent.push(message);
        }
    }
    sent
}

/// The most messages of the visitor's that a conversation may have.
pub const TURNS: usize = 200;

/// `GET health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Health {
    /// `ok`.
    pub status: String,
    /// The proxy's version.
    pub version: String,
    /// The proxy's clock.
    pub time: Millis,
}

/// What a reply's stream carries, each as the data of the event of that name: `start`, `thinking`, `delta`, `done`,
/// `error`.
///
/// The event's id is `{reply id}:{bytes of content so far}`, so a stream that is taken up again with `Last-Event-ID`
/// loses no byte and doubles none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplyEvent {
    /// First of all: the visitor's message is kept, and a reply has begun. Content that was shown for an earlier
    /// `start` is void.
    Start(ReplyStart),
    /// The model thinks before it answers. At most once, before the first text.
    Thinking,
    /// Text to add to the reply.
    Delta(ReplyDelta),
    /// Last of all: the reply is complete or was stopped.
    Done(ReplyDone),
    /// Last of all: the reply failed. What had arrived is kept.
    Error(Box<Problem>),
}

/// See [`ReplyEvent::Start`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplyStart {
    /// The visitor's message, as kept.
    pub message: Message,
    /// The reply: no content yet, status `streaming`.
    pub reply: Message,
}

/// See [`ReplyEvent::Delta`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplyDelta {
    /// The text to add.
    pub content: String,
}

/// See [`ReplyEvent::Done`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReplyDone {
    /// The whole reply, status `complete` or `stopped`.
    pub reply: Message,
}

impl ReplyEvent {
    /// The name of the server-sent event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Start(_) => "start",
            Self::Thinking => "thinking",
            Self::Delta(_) => "delta",
            Self::Done(_) => "done",
            Self::Error(_) => "error",
        }
    }

    /// The event's data, as JSON on one line.
    ///
    /// # Errors
    /// Never in practice: every field serialises. serde's signature is passed on rather than hidden.
    pub fn data(&self) -> serde_json::Result<String> {
        match self {
            Self::Start(start) => serde_json::to_string(start),
            Self::Thinking => Ok("{}".to_owned()),
            Self::Delta(delta) => serde_json::to_string(delta),
            Self::Done(done) => serde_json::to_string(done),
            Self::Error(problem) => serde_json::to_string(problem),
        }
    }

    /// The same of the event that a reply ends with, signed.
    ///
    /// # Errors
    /// As [`ReplyEvent::data`].
    pub fn signed_data(&self, signature: Option<String>) -> serde_json::Result<String> {
        match self {
            Self::Done(done) => serde_json::to_string(&Signed { told: done, signature }),
            Self::Error(problem) => serde_json::to_string(&Signed { told: problem, signature }),
            Self::Start(_) | Self::Thinking | Self::Delta(_) => self.data(),
        }
    }

    /// Reads an event back. `Ok(None)` is an event of a name that this version does not know, to be passed over.
    ///
    /// # Errors
    /// Where the data is not the JSON that the name promises.
    pub fn read(name: &str, data: &str) -> serde_json::Result<Option<Self>> {
        Ok(Some(match name {
            "start" => Self::Start(serde_json::from_str(data)?),
            "thinking" => Self::Thinking,
            "delta" => Self::Delta(serde_json::from_str(data)?),
            "done" => Self::Done(serde_json::from_str(data)?),
            "error" => Self::Error(serde_json::from_str(data)?),
            _ => return Ok(None),
        }))
    }
}

/// `GET diagnostics/errors`: what went wrong for all visitors, for the owner alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorLog {
    /// Errors of one cause and one message together, the latest first.
    pub errors: Vec<LoggedError>,
}

/// Errors of one cause, in the same words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LoggedError {
    /// The latest of them, with everything that is known.
    pub latest: Problem,
    /// How many there were.
    pub count: usize,
    /// When the first was.
    pub first: Millis,
    /// When the latest was.
    pub last: Millis,
    /// Their references, the latest first, at most 20.
    pub references: Vec<String>,
}

/// `GET diagnostics/audit`: what owners did, for the owner alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditLog {
    /// The latest first, at most 200 of each action.
    pub entries: Vec<AuditEntry>,
}

/// Something that was done with what only owners may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    /// When.
    pub time: Millis,
    /// What.
    pub action: AuditAction,
    /// By whom: an owner’s name. Nothing where it was a visitor, or the chat server itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// From where, if that is known: an IPv4 address, or an IPv6 address or network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What exactly, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What is noted for owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum AuditAction {
    /// An owner signed in from an address for the first time in a year.
    SignedIn,
    /// An address has tried as many wrong tokens as it may.
    LockedOut,
    /// Another owner was added.
    OwnerAdded,
    /// An owner’s token was ended.
    OwnerRevoked,
    /// Settings were changed: `detail` has their names.
    SettingsChanged,
    /// Conversations were copied out.
    Exported,
    /// Conversations were deleted by an owner, or everything of a visitor by the visitor.
    Erased,
}

impl AuditAction {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::SignedIn,
        Self::LockedOut,
        Self::OwnerAdded,
        Self::OwnerRevoked,
        Self::SettingsChanged,
        Self::Exported,
        Self::Erased,
    ];

    /// What it is called on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::LockedOut => "locked_out",
            Self::OwnerAdded => "owner_added",
            Self::OwnerRevoked => "owner_revoked",
            Self::SettingsChanged => "settings_changed",
            Self::Exported => "exported",
            Self::Erased => "erased",
        }
    }

    /// The one of that name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// What owners read.
    pub fn words(self) -> &'static str {
        match self {
            Self::SignedIn => "Signed in from a new address",
            Self::LockedOut => "Too many wrong tokens",
            Self::OwnerAdded => "Owner added",
            Self::OwnerRevoked => "Owner’s token ended",
            Self::SettingsChanged => "Settings changed",
            Self::Exported => "Conversations exported",
            Self::Erased => "Conversations deleted",
        }
    }
}
