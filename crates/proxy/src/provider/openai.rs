//! Any API that speaks OpenAI's chat completions, at the address of the settings and no other.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use candor_diagnosis::completions::{ChatRequest, Unsupported};
use candor_protocol::api_error::ApiError;
use futures_util::{FutureExt, StreamExt};

use super::outbound_proxy::OutboundProxy;
use super::{Answer, ClientError, Exchange, Provider, TransportError};
use crate::config::OpenAiSettings;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The provider `openai`.
pub struct OpenAi {
    client: reqwest::Client,
    settings: OpenAiSettings,
    /// What the model has refused, and is asked without.
    unsupported: Mutex<Unsupported>,
    outbound_proxy: Option<OutboundProxy>,
}

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
            .user_agent(concat!("candor/", env!("CARGO_PKG_VERSION")));
        let outbound_proxy = OutboundProxy::of(&settings.base_url);
        let client = if outbound_proxy.is_none() { client.no_proxy() } else { client };
        Ok(Self { client: client.build()?, settings, unsupported: Mutex::default(), outbound_proxy })
    }

    fn unsupported(&self) -> MutexGuard<'_, Unsupported> {
        self.unsupported.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn exchange(&self, request: reqwest::RequestBuilder) -> Exchange<'_> {
        // What is compressed all the same is unpacked.
        let request =
            request.bearer_auth(self.settings.api_key.reveal()).header("accept-encoding", "identity");
        async move {
            let response = request.send().await.map_err(|error| TransportError {
                outbound_proxy: self.outbound_proxy.clone(),
                ..error.into()
            })?;
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
                body: response.bytes_stream().map(|chunk| Ok(chunk?)).boxed(),
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

    fn adapt(&self, request: ChatRequest) -> ChatRequest {
        self.unsupported().adapt(request)
    }

    fn learn(&self, error: &ApiError, sent: &ChatRequest) {
        let mut unsupported = self.unsupported();
        *unsupported = unsupported.learn(error, sent);
    }

    fn outbound_proxy(&self) -> Option<&OutboundProxy> {
        self.outbound_proxy.as_ref()
    }

    fn models(&self) -> Exchange<'_> {
        self.exchange(self.client.get(format!("{}/models", self.settings.base_url)))
    }
}
