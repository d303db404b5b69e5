//! Any API that speaks OpenAI's chat completions, at the address of the settings and no other.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use candor_diagnosis::completions::{ChatRequest, Unsupported};
use candor_diagnosis::reader;
use futures_util::{FutureExt, StreamExt, stream};

use super::{Answer, ClientError, Exchange, Provider};
use crate::config::OpenAiSettings;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The most bytes of a refusal that are read for what the model does not take.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// The provider `openai`.
pub struct OpenAi {
    client: reqwest::Client,
    settings: OpenAiSettings,
    /// What the model has refused and was served without.
    unsupported: Mutex<Unsupported>,
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
            .user_agent(concat!("candor/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, settings, unsupported: Mutex::default() })
    }

    fn post(&self, request: &ChatRequest) -> reqwest::RequestBuilder {
        let url = format!("{}/chat/completions", self.settings.base_url);
        self.client.post(url).header("accept", "text/event-stream").json(request)
    }

    fn exchange(&self, request: reqwest::RequestBuilder) -> Exchange<'_> {
        // What is compressed all the same is unpacked.
        let request =
            request.bearer_auth(self.settings.api_key.reveal()).header("accept-encoding", "identity");
        async move {
            let response = request.send().await?;
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

/// The answer with its body still to be read, and the start of that body.
async fn peeked(mut answer: Answer) -> (Answer, Vec<u8>) {
    let (mut pieces, mut body) = (Vec::new(), Vec::new());
    while body.len() < MAX_REFUSAL_BYTES {
        let Some(piece) = answer.body.next().await else { break };
        let is_over = piece.is_err();
        body.extend_from_slice(piece.as_ref().map_or(&[], Bytes::as_ref));
        pieces.push(piece);
        if is_over {
            break;
        }
    }
    let rest = std::mem::replace(&mut answer.body, stream::empty().boxed());
    answer.body = stream::iter(pieces).chain(rest).boxed();
    (answer, body)
}

impl Provider for OpenAi {
    fn chat(&self, request: ChatRequest) -> Exchange<'_> {
        async move {
            let mut unsupported = *self.unsupported.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                let adapted = unsupported.adapt(request.clone());
                let answer = self.exchange(self.post(&adapted)).await?;
                if answer.status < 400 {
                    *self.unsupported.lock().unwrap_or_else(PoisonError::into_inner) = unsupported;
                    return Ok(answer);
                }
                let (answer, body) = peeked(answer).await;
                let headers = answer.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                let learnt = unsupported.learn(&reader::read(answer.status, headers, &body), &adapted);
                // Each turn learns something, and there are three things to learn.
                if learnt == unsupported {
                    return Ok(answer);
                }
                unsupported = learnt;
            }
        }
        .boxed()
    }

    fn models(&self) -> Exchange<'_> {
        self.exchange(self.client.get(format!("{}/models", self.settings.base_url)))
    }
}
