//! Traces: what a request took, the reply that it began, the provider and the database, as spans for OpenTelemetry.
//!
//! Everything that a span can say stands in this file: numbers, words of closed lists, and what the owner has set. Nothing here says
//! who has asked, or what. Names of attributes are those of
//! [OpenTelemetry's conventions](https://opentelemetry.io/docs/specs/semconv/) where these have one.
//!
//! The spans are those of `tracing`: where nothing is exported, nobody listens, and they cost nothing. `commands::serve` exports them,
//! in a program that is built with the feature `traces`.

mod propagation;

use std::time::Instant;

use axum::http::{Method, StatusCode};
use candor_diagnosis::completions::Usage;
use tracing::Span;
use tracing::field::Empty;

pub use propagation::{continue_from, headers};

use crate::metrics::{Outcome, known_cause};

/// What every span of these has as its target, and nothing else: only such spans are exported.
pub const TARGET: &str = "candor_proxy::traces";

/// The methods that have a name in the conventions; anybody can send any other word.
const METHODS: &[Method] = &[
    Method::CONNECT,
    Method::DELETE,
    Method::GET,
    Method::HEAD,
    Method::OPTIONS,
    Method::PATCH,
    Method::POST,
    Method::PUT,
    Method::TRACE,
];

/// The conventions' word for every other method.
const OTHER_METHOD: &str = "_OTHER";

/// The most characters of what a provider calls a request.
const MAX_REQUEST_ID_CHARS: usize = 100;

/// A request at an address of the proxy. `route` is the address with its variables unfilled; a file, and an address that nothing is
/// at, has none.
pub fn request(method: &Method, route: Option<&str>) -> Span {
    let method = METHODS.iter().find(|known| *known == method).map_or(OTHER_METHOD, Method::as_str);
    tracing::info_span!(
        target: TARGET,
        "request",
        otel.name = route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}")),
        otel.kind = "server",
        otel.status_code = Empty,
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        "error.type" = Empty,
        candor.reference = Empty,
    )
}

/// A request has an answer, of which at least the head stands.
pub fn answered(request: &Span, status: StatusCode) {
    request.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        request.record("otel.status_code", "ERROR");
    }
}

/// The request that is being handled is refused, by the cause of this id. `reference` is the number that the visitor reads.
pub fn refused(cause: &'static str, reference: &str) {
    let request = Span::current();
    request.record("error.type", cause);
    request.record("candor.reference", reference);
}

/// A connection to the database for something of a request or a reply, until it is dropped. `operation` is `read` or `write`.
pub fn database(system: &'static str, operation: &'static str) -> Span {
    // What the proxy does by itself, several times a second, belongs to no trace.
    if Span::current().is_none() {
        return Span::none();
    }
    tracing::info_span!(
        target: TARGET,
        "database",
        otel.name = format!("{operation} {system}"),
        otel.kind = "client",
        db.system.name = system,
        db.operation.name = operation,
    )
}

/// A reply that is written, and the request that began it.
pub struct ReplyTrace {
    request: Span,
    reply: Span,
}

impl ReplyTrace {
    /// A reply that the request begins which is being handled.
    pub fn begin() -> Self {
        let request = Span::current();
        let reply = tracing::info_span!(
            target: TARGET,
            "reply",
            otel.status_code = Empty,
            candor.outcome = Empty,
            candor.reference = Empty,
            candor.tokens.input = Empty,
            candor.tokens.output = Empty,
            "error.type" = Empty,
        );
        Self { request, reply }
    }

    /// What all that is done for the reply belongs to.
    pub fn span(&self) -> Span {
        self.reply.clone()
    }

    /// It has ended. Where it failed, the request that began it has failed too, though its status was sent long ago.
    pub fn end(&self, outcome: Outcome<'_>, reference: Option<&str>, used: Usage) {
        self.reply.record("candor.outcome", outcome.name());
        self.reply.record("candor.tokens.input", number(used.input));
        self.reply.record("candor.tokens.output", number(used.output));
        if let Outcome::Failed(cause) = outcome {
            for span in [&self.reply, &self.request] {
                span.record("otel.status_code", "ERROR");
                span.record("error.type", known_cause(cause));
                span.record("candor.reference", reference);
            }
        }
    }
}

/// How a call of the provider ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallEnd<'a> {
    /// The HTTP status, where it is known.
    pub status: Option<u16>,
    /// The id of the cause, where it failed.
    pub cause: Option<&'static str>,
    /// What the provider calls the request.
    pub request_id: Option<&'a str>,
    /// What the provider says of its tokens.
    pub usage: Option<Usage>,
}

/// A call of the provider. One that is dropped before [`Self::end`] was given up: the visitor stopped it, or the proxy.
pub struct ProviderCall {
    span: Span,
    began: Instant,
    has_word: bool,
    has_ended: bool,
}

impl ProviderCall {
    /// A call that is about to be made. `host` is the provider's, where it is not this program itself.
    pub fn begin(operation: &'static str, host: Option<&str>, model: Option<&str>) -> Self {
        let span = tracing::info_span!(
            target: TARGET,
            "provider",
            otel.name = model.map_or_else(|| operation.to_owned(), |model| format!("{operation} {model}")),
            otel.kind = "client",
            otel.status_code = Empty,
            gen_ai.operation.name = operation,
            gen_ai.request.model = model,
            gen_ai.response.time_to_first_chunk = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            server.address = host,
            http.response.status_code = Empty,
            "error.type" = Empty,
            candor.outcome = Empty,
            candor.provider_request_id = Empty,
        );
        Self { span, began: Instant::now(), has_word: false, has_ended: false }
    }

    /// What the call is made in.
    pub fn span(&self) -> Span {
        self.span.clone()
    }

    /// A word of the answer has come.
    pub fn word(&mut self) {
        if !std::mem::replace(&mut self.has_word, true) {
            self.span.record("gen_ai.response.time_to_first_chunk", self.began.elapsed().as_secs_f64());
        }
    }

    /// It has ended by itself.
    pub fn end(mut self, end: CallEnd<'_>) {
        self.has_ended = true;
        let outcome = end.cause.map_or(Outcome::Complete, Outcome::Failed);
        self.span.record("candor.outcome", outcome.name());
        self.span.record("http.response.status_code", end.status.map(i64::from));
        self.span.record("gen_ai.usage.input_tokens", end.usage.map(|usage| number(usage.input)));
        self.span.record("gen_ai.usage.output_tokens", end.usage.map(|usage| number(usage.output)));
        self.span.record("candor.provider_request_id", end.request_id.filter(|id| is_request_id(id)));
        if let Some(cause) = end.cause {
            self.span.record("otel.status_code", "ERROR");
            self.span.record("error.type", cause);
        }
    }
}

impl Drop for ProviderCall {
    fn drop(&mut self) {
        if !self.has_ended {
            self.span.record("candor.outcome", Outcome::Stopped.name());
        }
    }
}

/// A count as OpenTelemetry has numbers.
fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Whether it can be an id, rather than a sentence or a page.
fn is_request_id(id: &str) -> bool {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_.:".contains(letter);
    (1..=MAX_REQUEST_ID_CHARS).contains(&id.len()) && id.chars().all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_provider_calls_a_request_is_an_id_or_is_not_told() {
        for id in ["req_0123456789abcdef", "8f2b:9a-1.2"] {
            assert!(is_request_id(id), "{id}");
        }
        for words in ["", "what I asked", "a,b", &"x".repeat(101)] {
            assert!(!is_request_id(words), "{words}");
        }
    }

    #[test]
    fn what_belongs_to_no_request_is_no_span() {
        assert!(database("sqlite", "read").is_none());
    }
}
