//! One exchange with the provider: a chat is sent, and its answer read to the end, within time limits.

use std::time::Duration;

use candor_diagnosis::completions::{ChatRequest, CompletionReader, End, Piece, Usage};
use candor_diagnosis::interpret::upstream_problem;
use candor_diagnosis::redact::redact;
use candor_diagnosis::{models, reader};
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::{Cause, known};
use candor_protocol::problem::Problem;
use futures_util::StreamExt;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::Instrument;

use crate::clock::now;
use crate::provider::{Answer, EchoedKey, Exchange, Provider, Stage, TransportError};
use crate::random::reference;
use crate::traces::{CallEnd, ProviderCall};

/// The most bytes of a failed reply that are read: errors are short, and a firewall's page need not be whole.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// The most bytes of a list of models that are read.
const MAX_LIST_BYTES: usize = 1024 * 1024;

/// The most bytes of text that one reply may have.
pub const MAX_REPLY_BYTES: usize = 256 * 1024;

/// The most bytes that the body of one reply may have, once it is unpacked.
const MAX_BODY_BYTES: usize = 64 * 1024 * 1024;

/// How long is waited for the count of tokens once the answer has ended.
const COUNT_TIME: Duration = Duration::from_millis(300);

/// The longest that one reply may take, whatever arrives.
const MAX_REPLY_TIME: Duration = Duration::from_secs(600);

/// How long the provider is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For the reply's first byte.
    pub first_byte: Duration,
    /// For each byte after that.
    pub pause: Duration,
}

/// Why there is no whole answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What is behind it.
    pub cause: &'static Cause,
    /// What the other side said. Redacted.
    pub upstream: ApiError,
}

impl Failure {
    fn new(cause: &'static Cause, upstream: ApiError) -> Self {
        Self { cause, upstream }
    }

    fn answered(provider: &dyn Provider, upstream: ApiError) -> Self {
        Self::new(provider.recognise(&upstream), upstream)
    }

    /// A failure below HTTP, before anything came back.
    fn transport(error: &TransportError) -> Self {
        let upstream = ApiError {
            code: Some(error.stage.code().to_owned()),
            message: Some(redact(&error.to_string())),
            ..ApiError::default()
        };
        let cause = match error.stage {
            Stage::Dns => &known::dns_failure,
            Stage::Tls => &known::tls_failure,
            Stage::Connect | Stage::Timeout | Stage::Broken => &known::unreachable_provider,
        };
        Self::new(cause, upstream)
    }

    /// What a trace says of it, where the provider says so of its tokens.
    fn call_end(&self, usage: Option<Usage>) -> CallEnd<'_> {
        CallEnd {
            status: Some(self.upstream.status).filter(|status| *status != 0),
            cause: Some(self.cause.id),
            request_id: self.upstream.request_id.as_deref(),
            usage,
        }
    }

    /// The failure as it is kept and shown, with a new reference and without the key, wherever that was said back.
    pub fn problem(self, key: &EchoedKey) -> Problem {
        upstream_problem(self.cause, key.taken_out_of(self.upstream), reference(), now())
    }
}

/// Sends the chat and gives each piece of the answer to `take`, which says whether to read on; of more than `longest_bytes` of text
/// nothing is read. What the provider says of its tokens stands in `usage`, also where the answer does not become whole.
///
/// # Errors
/// Whatever kept the answer from being whole; the text until then was given.
pub async fn chat(
    provider: &dyn Provider,
    request: ChatRequest,
    timeouts: Timeouts,
    longest_bytes: usize,
    usage: &mut Option<Usage>,
    mut take: impl FnMut(&Piece) -> bool,
) -> Result<(), Failure> {
    let mut call = ProviderCall::begin("chat", provider.host(), Some(&request.model));
    let span = call.span();
    let take = |piece: &Piece| {
        if let Piece::Text(_) = piece {
            call.word();
        }
        take(piece)
    };
    let result = timeout(MAX_REPLY_TIME, converse(provider, request, timeouts, longest_bytes, usage, take))
        .instrument(span)
        .await
        .unwrap_or_else(|_| Err(Failure::new(&known::timeout, ApiError::default())));
    call.end(match &result {
        Ok(()) => CallEnd { usage: *usage, ..CallEnd::default() },
        Err(failure) => failure.call_end(*usage),
    });
    result
}

async fn converse(
    provider: &dyn Provider,
    request: ChatRequest,
    timeouts: Timeouts,
    longest_bytes: usize,
    usage: &mut Option<Usage>,
    mut take: impl FnMut(&Piece) -> bool,
) -> Result<(), Failure> {
    let mut deadline = Instant::now() + timeouts.first_byte;
    let mut answer = loop {
        let sent = provider.adapt(request.clone());
        let answer = match timeout_at(deadline, provider.chat(sent.clone())).await {
            Err(_) => return Err(Failure::new(&known::timeout, ApiError::default())),
            Ok(Err(error)) => return Err(Failure::transport(&error)),
            Ok(Ok(answer)) => answer,
        };
        if (200..300).contains(&answer.status) {
            break answer;
        }
        let error = refusal(answer, deadline).await;
        provider.learn(&error, &sent);
        // Each time it is sent without something more, and there are few things that it can be sent without.
        if provider.adapt(request.clone()) == sent {
            return Err(Failure::answered(provider, error));
        }
    };
    let mut reader = CompletionReader::new(answer.status, headers(&answer)).of_model(&request.model);
    // What is known of the exchange itself, for failures in which nobody says anything.
    let silent = reader::read(answer.status, headers(&answer), b"");
    let (mut bytes_of_body, mut bytes_of_text) = (0, 0);
    let mut ended = None;
    loop {
        // Not a word yet is a time-out to the reader; a pause after some words is a stall.
        let waited_too_long = if bytes_of_text == 0 { &known::timeout } else { &known::stream_stalled };
        let until = ended.map_or(deadline, |ended: Instant| ended + COUNT_TIME);
        let (fallback, reason, pieces) = match timeout_at(until, answer.body.next()).await {
            Ok(Some(Ok(bytes))) => {
                deadline = Instant::now() + timeouts.pause;
                bytes_of_body += bytes.len();
                if bytes_of_body > MAX_BODY_BYTES {
                    return Err(Failure::new(&known::stream_cut, silent));
                }
                (None, None, reader.push(&bytes))
            }
            Ok(Some(Err(error))) => {
                (Some(&known::stream_cut), Some(redact(&error.to_string())), reader.close())
            }
            Ok(None) => (Some(&known::stream_cut), None, reader.close()),
            // What has come may be whole without its last byte.
            Err(_) => (Some(waited_too_long), None, reader.close()),
        };
        *usage = reader.usage();
        let mut pieces = pieces.into_iter();
        while let Some(piece) = pieces.next() {
            match &piece {
                Piece::Failed(error) => return Err(Failure::answered(provider, error.clone())),
                Piece::Text(text) if text.len() > longest_bytes - bytes_of_text => {
                    take(&Piece::Text(beginning(text, longest_bytes - bytes_of_text)));
                    let message = format!(
                        "The answer has more than {longest_bytes} bytes, the most that may come of one."
                    );
                    let upstream = ApiError { message: Some(message), ..silent };
                    return Err(Failure::new(&known::token_limit, upstream));
                }
                Piece::Text(text) => bytes_of_text += text.len(),
                Piece::Thinking | Piece::Reasoning(_) => {}
                Piece::Retracted => bytes_of_text = 0,
            }
            if !take(&piece) {
                // What has come already counts.
                return match pieces.next_back() {
                    Some(Piece::Failed(error)) => Err(Failure::answered(provider, error)),
                    _ => Ok(()),
                };
            }
        }
        let fallback = match fallback {
            Some(fallback) => fallback,
            None if reader.is_over() => &known::stream_cut,
            None => {
                ended = ended.or_else(|| reader.has_ended().then(Instant::now));
                continue;
            }
        };
        // A finished answer is whole, even where the connection was not closed as it should be.
        return match reader.end() {
            End::Complete => Ok(()),
            End::Truncated => Err(Failure::new(&known::token_limit, reader.limit(silent))),
            End::Empty if ended.is_some() || fallback.id == "stream_cut" && reason.is_none() => {
                Err(Failure::new(&known::empty_reply, silent))
            }
            End::Empty | End::Cut => {
                Err(Failure::new(fallback, ApiError { message: reason.or(silent.message.clone()), ..silent }))
            }
        };
    }
}

/// Reads a refusal, as far as it comes and within bounds.
async fn refusal(mut answer: Answer, deadline: Instant) -> ApiError {
    let body = body(&mut answer, deadline, MAX_ERROR_BYTES).await;
    reader::read(answer.status, headers(&answer), &body)
}

/// A body, as far as it comes and within bounds.
async fn body(answer: &mut Answer, deadline: Instant, most: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < most {
        let Ok(Some(Ok(bytes))) = timeout_at(deadline, answer.body.next()).await else { break };
        body.extend_from_slice(&bytes[..bytes.len().min(most - body.len())]);
    }
    body
}

/// The beginning of a text, of so many bytes at most.
fn beginning(text: &str, most: usize) -> String {
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[..end].to_owned()
}

/// An answer that was read whole, as far as it came in time and within bounds.
pub(super) struct Whole {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Whole {
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        named(&self.headers)
    }
}

/// Reads an answer whole.
///
/// # Errors
/// Where there is none.
pub(super) async fn whole(
    call: ProviderCall,
    exchange: Exchange<'_>,
    timeouts: Timeouts,
    most: usize,
) -> Result<Whole, Failure> {
    let result = read_whole(exchange, timeouts, most).instrument(call.span()).await;
    call.end(match &result {
        Ok(whole) => CallEnd { status: Some(whole.status), ..CallEnd::default() },
        Err(failure) => failure.call_end(None),
    });
    result
}

async fn read_whole(exchange: Exchange<'_>, timeouts: Timeouts, most: usize) -> Result<Whole, Failure> {
    let deadline = Instant::now() + timeouts.first_byte;
    let mut answer = match timeout_at(deadline, exchange).await {
        Err(_) => return Err(Failure::new(&known::timeout, ApiError::default())),
        Ok(Err(error)) => return Err(Failure::transport(&error)),
        Ok(Ok(answer)) => answer,
    };
    let body = body(&mut answer, deadline, most).await;
    Ok(Whole { status: answer.status, headers: answer.headers, body })
}

/// Asks for the list of models, as a check: a key may be allowed to list models and yet not to chat. A success in which
/// there is an error, or no list, is none.
///
/// # Errors
/// What the provider refused with, or why it could not be reached.
pub async fn list_models(provider: &dyn Provider, timeouts: Timeouts) -> Result<(), Failure> {
    let call = ProviderCall::begin("list_models", provider.host(), None);
    let list = whole(call, provider.models(), timeouts, MAX_LIST_BYTES).await?;
    // A list that is longer is one.
    if list.body.len() == MAX_LIST_BYTES && (200..300).contains(&list.status) {
        return Ok(());
    }
    models::read(list.status, list.headers(), &list.body)
        .map_err(|(cause, upstream)| Failure::new(cause, upstream))
}

fn headers(answer: &Answer) -> impl Iterator<Item = (&str, &str)> {
    named(&answer.headers)
}

fn named(headers: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}
