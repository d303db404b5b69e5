//! The second transport: plain chat completions of OpenAI's kind, from any gateway that lets a page ask it. No key is sent:
//! in a page it would be everybody's.

use std::cell::RefCell;
use std::collections::HashMap;

use candor_diagnosis::completions::{ChatMessage, ChatRequest, CompletionReader, End, Piece, Unsupported};
use candor_diagnosis::interpret::upstream_problem;
use candor_diagnosis::recognise::recognise_upstream;
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::{Cause, known};
use candor_protocol::problem::Problem;

use crate::settings::Model;
use crate::time;
use crate::transport::abort::AbortToken;
use crate::transport::proxy::Proxy;
use crate::transport::request::{Method, Response, problem};
use crate::transport::strange::read;

thread_local! {
    /// What models have refused and were served without, by their names.
    static UNSUPPORTED: RefCell<HashMap<String, Unsupported>> = RefCell::default();
}

/// How long a gateway may be silent, in milliseconds: a local model is loaded first.
const SILENCE_MS: u32 = 120_000;

/// Asks for an answer and hands on its pieces as they arrive, for as long as `take` says to go on.
///
/// # Errors
/// What the gateway said, or why it could not be reached.
pub async fn complete(
    gateway: &Proxy,
    model: &Model,
    turns: Vec<ChatMessage>,
    abort: &AbortToken,
    take: &dyn Fn(&Piece) -> bool,
) -> Result<(), Problem> {
    let request = ChatRequest {
        model: model.name.clone(),
        messages: ChatMessage::conversation(model.system.clone(), turns),
        stream: true,
        max_tokens: None,
        max_completion_tokens: None,
    };
    let response = accepted(gateway, &request, abort).await?;
    let body = response.body()?;
    let headers: Vec<_> = gloo_net::http::Headers::from_raw(response.headers()).entries().collect();
    let named = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut reader = CompletionReader::new(response.status(), named).of_model(&model.name);
    loop {
        let (pieces, is_over) = match body.within(SILENCE_MS).await {
            Ok(Some(bytes)) => (reader.push(&bytes), None),
            Ok(None) => (reader.close(), Some(&known::stream_cut)),
            Err(found) if found.is(&known::offline) => return Err(found),
            Err(_) => (reader.close(), Some(&known::stream_stalled)),
        };
        let mut grows = false;
        let mut pieces = pieces.into_iter();
        while let Some(piece) = pieces.next() {
            match piece {
                Piece::Failed(error) => return Err(beyond(error)),
                piece if take(&piece) => grows = true,
                // What has come already counts.
                _ => {
                    return match pieces.next_back() {
                        Some(Piece::Failed(error)) => Err(beyond(error)),
                        _ => Ok(()),
                    };
                }
            }
        }
        let cut = match is_over {
            Some(cut) => cut,
            // What may still come is how many tokens it has cost, which nobody counts here.
            None if reader.has_ended() => &known::stream_cut,
            None => {
                if grows {
                    body.gather().await;
                }
                continue;
            }
        };
        let failed = |cause: &Cause| Err(with(cause, said(&response, b"")));
        return match reader.end() {
            End::Complete => Ok(()),
            End::Truncated => Err(with(&known::token_limit, reader.limit(said(&response, b"")))),
            End::Empty if cut.id == known::stream_cut.id => failed(&known::empty_reply),
            End::Empty | End::Cut => failed(cut),
        };
    }
}

/// The gateway's answer to a chat, which is sent again without what the model refuses.
async fn accepted(gateway: &Proxy, request: &ChatRequest, abort: &AbortToken) -> Result<Response, Problem> {
    let model = &request.model;
    let mut unsupported = UNSUPPORTED.with_borrow(|known| known.get(model).copied()).unwrap_or_default();
    loop {
        let adapted = unsupported.adapt(request.clone());
        let response = gateway
            .request(Method::Post, "/chat/completions")
            // Every request serialises.
            .body(serde_json::to_string(&adapted).unwrap_or_default())
            .abortable(abort.signal())
            .fetch()
            .await
            .map_err(unreachable)?;
        if response.ok() {
            UNSUPPORTED.with_borrow_mut(|known| known.insert(model.clone(), unsupported));
            return Ok(response);
        }
        let error = said(&response, &response.bytes().await);
        let learnt = unsupported.learn(&error, &adapted);
        // Each turn learns something, and there are few things to learn.
        if learnt == unsupported {
            return Err(beyond(error));
        }
        unsupported = learnt;
    }
}

/// Asks for the list of models, as a check.
pub async fn models(gateway: &Proxy) -> Result<(), Problem> {
    let response = gateway.request(Method::Get, "/models").fetch().await.map_err(unreachable)?;
    let body = response.bytes().await;
    let headers: Vec<_> = gloo_net::http::Headers::from_raw(response.headers()).entries().collect();
    let named = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    candor_diagnosis::models::read(response.status(), named, &body)
        .map_err(|(cause, error)| with(cause, error))
}

fn beyond(error: ApiError) -> Problem {
    with(recognise_upstream(&error).cause, error)
}

fn with(cause: &Cause, error: ApiError) -> Problem {
    upstream_problem(cause, error, String::new(), time::now())
}

/// A browser does not say why there was no answer: it may be the gateway, or that it does not allow the page.
fn unreachable(found: Problem) -> Problem {
    match found.is(&known::unreachable_proxy) {
        true => problem(&known::unreachable_gateway),
        false => found,
    }
}

/// The answer with this body, read as an API's error. Redacted.
fn said(response: &Response, body: &[u8]) -> ApiError {
    read(response.status(), &response.headers(), body)
}
