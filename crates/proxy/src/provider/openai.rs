//! Any API that speaks OpenAI's chat completions, at the address of the settings and no other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use candor_diagnosis::completions::{ChatRequest, Unsupported};
use candor_protocol::api_error::ApiError;
use futures_util::{FutureExt, StreamExt, stream};
use serde::Serialize;
use serde_json::json;
use tokio::time::timeout;
use url::Url;

use super::outbound_proxy::OutboundProxy;
use super::{Answer, ClientError, Exchange, Provider, TransportError};
use crate::config::OpenAiSettings;
use crate::traces;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// What looks at messages (<https://developers.openai.com/docs/guides/moderation>).
const MODERATION_MODEL: &str = "omni-moderation-latest";

/// The provider `openai`.
pub struct OpenAi {
    client: reqwest::Client,
    settings: OpenAiSettings,
    host: Option<String>,
    /// What the model has refused, and is asked without.
    unsupported: Mutex<Unsupported>,
    /// Whether it does not take the question how many tokens an answer has had.
    refuses_usage: AtomicBool,
    outbound_proxy: Option<OutboundProxy>,
}

/// A chat as it is sent.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(flatten)]
    request: &'a ChatRequest,
    /// Of a stream, tokens are told only to those who ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// The statuses by which a part of a request is refused.
const REFUSALS: &[u16] = &[400, 422];

/// How much of a refusal is looked at, and how long each piece of it is waited for.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;
const REFUSAL_PAUSE: Duration = Duration::from_secs(2);

/// Whether a refusal is about the question for tokens, which its sender does not know. Its body is left as it came.
async fn names_stream_options(answer: &mut Answer) -> bool {
    let (mut read, mut bytes_read) = (Vec::new(), 0);
    while bytes_read < MAX_REFUSAL_BYTES {
        let Ok(Some(piece)) = timeout(REFUSAL_PAUSE, answer.body.next()).await else { break };
        let has_failed = piece.is_err();
        bytes_read += piece.as_ref().map_or(0, bytes::Bytes::len);
        read.push(piece);
        if has_failed {
            break;
        }
    }
    let text: Vec<u8> = read.iter().flatten().flatten().copied().collect();
    let text = String::from_utf8_lossy(&text).to_lowercase();
    let names_it = ["stream_options", "include_usage"].iter().any(|name| text.contains(name));
    let rest = std::mem::replace(&mut answer.body, stream::empty().boxed());
    answer.body = stream::iter(read).chain(rest).boxed();
    names_it
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
        Ok(Self {
            client: client.build()?,
            host: Url::parse(&settings.base_url).ok().and_then(|url| url.host_str().map(str::to_owned)),
            settings,
            unsupported: Mutex::default(),
            refuses_usage: AtomicBool::new(false),
            outbound_proxy,
        })
    }

    fn unsupported(&self) -> MutexGuard<'_, Unsupported> {
        self.unsupported.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn send_chat(&self, request: &ChatRequest, wants_usage: bool) -> Exchange<'_> {
        let stream_options = wants_usage.then_some(StreamOptions { include_usage: true });
        let url = format!("{}/chat/completions", self.settings.base_url);
        let body = Body { request, stream_options };
        self.exchange(self.client.post(url).header("accept", "text/event-stream").json(&body))
    }

    fn exchange(&self, request: reqwest::RequestBuilder) -> Exchange<'_> {
        // What is compressed all the same is unpacked.
        let request =
            request.bearer_auth(self.settings.api_key.reveal()).header("accept-encoding", "identity");
        async move {
            let request = match self.settings.continues_trace {
                true => request.headers(traces::headers()),
                false => request,
            };
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
        async move {
            let wants_usage = request.stream && !self.refuses_usage.load(Ordering::Relaxed);
            let mut answer = self.send_chat(&request, wants_usage).await?;
            if !wants_usage || !REFUSALS.contains(&answer.status) || !names_stream_options(&mut answer).await
            {
                return Ok(answer);
            }
            self.refuses_usage.store(true, Ordering::Relaxed);
            self.send_chat(&request, false).await
        }
        .boxed()
    }

    fn adapt(&self, request: ChatRequest) -> ChatRequest {
        self.unsupported().adapt(request)
    }

    fn sends_reasoning(&self) -> bool {
        self.unsupported().sends_reasoning()
    }

    fn learn(&self, error: &ApiError, sent: &ChatRequest) {
        let mut unsupported = self.unsupported();
        *unsupported = unsupported.learn(error, sent);
    }

    fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    fn outbound_proxy(&self) -> Option<&OutboundProxy> {
        self.outbound_proxy.as_ref()
    }

    fn moderate(&self, texts: &[&str]) -> Exchange<'_> {
        let url = format!("{}/moderations", self.settings.base_url);
        self.exchange(self.client.post(url).json(&json!({ "model": MODERATION_MODEL, "input": texts })))
    }

    fn models(&self) -> Exchange<'_> {
        self.exchange(self.client.get(format!("{}/models", self.settings.base_url)))
    }
}
