//! Any API that speaks OpenAI's chat completions, at the address of the settings and no other.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use candor_diagnosis::completions::ChatRequest;
use futures_util::{FutureExt, StreamExt};

use super::{Answer, Exchange, Provider, Stage, TransportError};
use crate::config::OpenAiSettings;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The provider `openai`.
pub struct OpenAi {
    client: reqwest::Client,
    settings: OpenAiSettings,
}

/// Why no HTTP client can be made.
#[derive(Debug)]
pub struct ClientError(String);

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "No HTTPS client can be made: {}. Install the system’s certificates (ca-certificates).",
            self.0
        )
    }
}

impl Error for ClientError {}

/// Makes ring the process's cryptography, which a client needs.
pub fn use_ring() {
    // Fails only where a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

impl OpenAi {
    /// A client for the API of these settings.
    ///
    /// # Errors
    /// Where the system's certificates cannot be read.
    pub fn new(settings: OpenAiSettings) -> Result<Self, ClientError> {
        use_ring();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("candor/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| ClientError(innermost(&error)))?;
        Ok(Self { client, settings })
    }

    fn exchange(&self, request: reqwest::RequestBuilder) -> Exchange<'_> {
        let request = request.bearer_auth(self.settings.api_key.reveal());
        async move {
            let response = request.send().await.map_err(|error| transport_error(&error))?;
            let headers = response
                .headers()
                .iter()
                .map(|(name, value)| {
                    (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
                })
                .collect();
            Ok(Answer {
                status: response.status().as_u16(),
                headers,
                body: response
                    .bytes_stream()
                    .map(|chunk| chunk.map_err(|error| transport_error(&error)))
                    .boxed(),
            })
        }
        .boxed()
    }
}

impl Provider for OpenAi {
    fn chat(&self, request: ChatRequest) -> Exchange<'_> {
        let url = format!("{}/chat/completions", self.settings.base_url);
        self.exchange(self.client.post(url).header("accept", "text/event-stream").json(&request))
    }

    fn models(&self) -> Exchange<'_> {
        self.exchange(self.client.get(format!("{}/models", self.settings.base_url)))
    }
}

/// An error and what caused it, outermost first.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        // An io::Error that wraps another error gives out the wrapped one's cause as its own, and skips it.
        match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        }
    })
}

fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

fn transport_error(error: &reqwest::Error) -> TransportError {
    let is = |matches: fn(&(dyn Error + 'static)) -> bool| chain(error).any(matches);
    let stage = if is(|cause| cause.is::<rustls::Error>()) {
        Stage::Tls
    } else if is(|cause| cause.to_string().starts_with("dns error")) {
        Stage::Dns
    } else if error.is_timeout() {
        Stage::Timeout
    } else if error.is_connect() {
        Stage::Connect
    } else {
        Stage::Broken
    };
    TransportError { stage, reason: innermost(error) }
}
