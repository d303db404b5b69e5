//! Who answers. Every provider looks like an HTTP exchange, so that the demo's answers and failures are read by the
//! very code that reads a real API's.

pub mod demo;
mod echoed_key;
mod error;
pub mod openai;
mod outbound_proxy;

use std::sync::Arc;

use bytes::Bytes;
use candor_diagnosis::completions::ChatRequest;
use candor_diagnosis::recognise::recognise_upstream;
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::Cause;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;

pub use echoed_key::EchoedKey;
pub use error::{ClientError, Stage, TransportError};
pub use outbound_proxy::OutboundProxy;

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

/// A provider's answer, or why there is none.
pub type Exchange<'a> = BoxFuture<'a, Result<Answer, TransportError>>;

/// An API that answers chats.
pub trait Provider: Send + Sync {
    /// Sends a chat; the answer streams.
    fn chat(&self, request: ChatRequest) -> Exchange<'_>;

    /// The chat in the form that the model takes, as far as it is known.
    fn adapt(&self, request: ChatRequest) -> ChatRequest {
        request
    }

    /// Whether the model is sent what it thought before its earlier answers, as far as it is known.
    fn sends_reasoning(&self) -> bool {
        false
    }

    /// A chat that was sent in this form was refused.
    fn learn(&self, _error: &ApiError, _sent: &ChatRequest) {}

    /// What is behind an error of its own.
    fn recognise(&self, error: &ApiError) -> &'static Cause {
        recognise_upstream(error).cause
    }

    /// The host that is asked, where it is not this program itself.
    fn host(&self) -> Option<&str> {
        None
    }

    /// The proxy of the environment through which it is reached.
    fn outbound_proxy(&self) -> Option<&OutboundProxy> {
        None
    }

    /// Has texts looked at by the provider's moderation, as OpenAI's `POST moderations` has it.
    fn moderate(&self, texts: &[&str]) -> Exchange<'_>;

    /// Asks for the list of models.
    fn models(&self) -> Exchange<'_>;
}

/// The provider of these settings.
///
/// # Errors
/// Where no HTTP client can be made, for want of the system's certificates for instance.
pub fn from_settings(settings: &ProviderSettings) -> Result<Arc<dyn Provider>, ClientError> {
    Ok(match settings {
        ProviderSettings::Demo => Arc::new(demo::Demo),
        ProviderSettings::OpenAi(settings) => Arc::new(openai::OpenAi::new(settings.clone())?),
    })
}
