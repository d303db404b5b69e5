//! Who answers. Every provider looks like an HTTP exchange, so that the demo's answers and failures are read by the
//! very code that reads a real API's.

pub mod demo;
pub mod openai;

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use candor_diagnosis::completions::ChatRequest;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

use crate::config::ProviderSettings;

/// What came back: a status, headers, and a body as it arrives.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Dropping it ends the request.
    pub body: BoxStream<'static, Result<Bytes, TransportError>>,
}

/// What failed where nothing readable came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The provider's name has no address.
    Dns,
    /// No connection came about.
    Connect,
    /// The connection could not be encrypted.
    Tls,
    /// The network gave up waiting.
    Timeout,
    /// The connection broke off.
    Broken,
}

impl Stage {
    /// A code for programs, such as `dns`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Broken => "broken",
        }
    }
}

/// A failure below HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    /// How far it came.
    pub stage: Stage,
    /// The reason in the network's words; not yet redacted.
    pub reason: String,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match self.stage {
            Stage::Dns => "The provider’s host name could not be resolved",
            Stage::Connect => "No connection to the provider came about",
            Stage::Tls => "The encrypted connection to the provider failed",
            Stage::Timeout => "The network timed out on the way to the provider",
            Stage::Broken => "The connection to the provider broke off",
        };
        write!(f, "{stage}: {}", self.reason)
    }
}

impl std::error::Error for TransportError {}

/// A provider's answer, or why there is none.
pub type Exchange<'a> = BoxFuture<'a, Result<Answer, TransportError>>;

/// An API that answers chats.
pub trait Provider: Send + Sync {
    /// Sends a chat; the answer streams.
    fn chat(&self, request: ChatRequest) -> Exchange<'_>;

    /// Asks for the list of models.
    fn models(&self) -> Exchange<'_>;
}

/// The provider of these settings.
///
/// # Errors
/// Where no HTTP client can be made, for want of the system's certificates for instance.
pub fn from_settings(settings: &ProviderSettings) -> Result<Arc<dyn Provider>, openai::ClientError> {
    Ok(match settings {
        ProviderSettings::Demo => Arc::new(demo::Demo),
        ProviderSettings::OpenAi(settings) => Arc::new(openai::OpenAi::new(settings.clone())?),
    })
}
