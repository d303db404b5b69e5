//! The built-in provider: needs no key, streams an answer word by word, and fails on demand as a real API would.

mod answers;
mod failures;
mod moderation;

use std::time::Duration;

use bytes::Bytes;
use candor_diagnosis::completions::ChatRequest;
use candor_diagnosis::recognise::recognise;
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::Cause;
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::json;

use super::{Answer, Exchange, Provider, TransportError};
use crate::config::DEMO_MODEL;
pub use failures::example;

/// How long a word takes: about as long as a quick model's.
const WORD_INTERVAL: Duration = Duration::from_millis(25);

/// The provider `demo`.
pub struct Demo;

impl Provider for Demo {
    /// It plays every cause, those of the page too.
    fn recognise(&self, error: &ApiError) -> &'static Cause {
        recognise(error).cause
    }

    fn chat(&self, request: ChatRequest) -> Exchange<'_> {
        // Questions that got no answer stand before the latest one, in one message with it.
        let message = request.messages.last().and_then(|message| message.content.rsplit("\n\n").next());
        let message = message.unwrap_or_default().to_owned();
        async move {
            match wanted_failure(&message) {
                Some(name) => match failures::find(name) {
                    Some(failure) => failure.play().await,
                    None => {
                        Ok(streamed(words(&answers::unknown_failure(failures::NAMES)).chain(finish("stop"))))
                    }
                },
                None => Ok(streamed(words(answers::answer(&message)).chain(finish("stop")))),
            }
        }
        .boxed()
    }

    fn moderate(&self, texts: &[&str]) -> Exchange<'_> {
        let wanted: Vec<_> = texts.iter().map(|text| wanted_failure(text)).collect();
        let answer = moderation::answer(&wanted);
        async move { Ok(answer) }.boxed()
    }

    fn models(&self) -> Exchange<'_> {
        let body =
            json!({"object": "list", "data": [{"id": DEMO_MODEL, "object": "model", "owned_by": "candor"}]});
        async move { Ok(whole(200, "application/json", &[], body.to_string())) }.boxed()
    }
}

/// What stands behind `fail:`, without the case, spaces and quotation marks around it.
fn wanted_failure(message: &str) -> Option<&str> {
    let message = message.trim();
    let rest = message.get(..5).filter(|start| start.eq_ignore_ascii_case("fail:")).map(|_| &message[5..])?;
    Some(rest.trim_matches(|c: char| c.is_whitespace() || "\"'“”.".contains(c)))
}

/// A piece of the stream, as the wire has it.
type Piece = Result<Bytes, TransportError>;

fn chunk(delta: &serde_json::Value, finish_reason: Option<&str>) -> Piece {
    let chunk = json!({
        "id": "chatcmpl-demo",
        "object": "chat.completion.chunk",
        "model": DEMO_MODEL,
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}],
    });
    Ok(Bytes::from(format!("data: {chunk}\n\n")))
}

/// The text, a word with the white space behind it at a time.
fn words(text: &str) -> impl stream::Stream<Item = Piece> + Send + use<> {
    let words: Vec<String> = text.split_inclusive(char::is_whitespace).map(str::to_owned).collect();
    stream::iter(words).then(|word| async move {
        tokio::time::sleep(WORD_INTERVAL).await;
        chunk(&json!({"content": word}), None)
    })
}

/// How a stream ends that does not break.
fn finish(reason: &str) -> impl stream::Stream<Item = Piece> + Send + use<> {
    stream::iter([chunk(&json!({}), Some(reason)), Ok(Bytes::from_static(b"data: [DONE]\n\n"))])
}

fn streamed(pieces: impl stream::Stream<Item = Piece> + Send + 'static) -> Answer {
    let opening = stream::iter([chunk(&json!({"role": "assistant", "content": ""}), None)]);
    Answer {
        status: 200,
        headers: vec![
            ("content-type".to_owned(), "text/event-stream; charset=utf-8".to_owned()),
            ("x-request-id".to_owned(), failures::REQUEST_ID.to_owned()),
        ],
        body: opening.chain(pieces).boxed(),
    }
}

fn whole(status: u16, content_type: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    let body: Bytes = body.into();
    let named = [("content-type", content_type), ("x-request-id", failures::REQUEST_ID)];
    Answer {
        status,
        headers: named
            .iter()
            .chain(headers)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: stream::iter([Ok(body)]).boxed(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_asked_for_in_any_case() {
        assert_eq!(wanted_failure("fail: missing scopes"), Some("missing scopes"));
        assert_eq!(wanted_failure("  FAIL:Rate Limit. "), Some("Rate Limit"));
        assert_eq!(wanted_failure("fail"), None);
        assert_eq!(wanted_failure("Why did it fail: timeout"), None);
        assert_eq!(wanted_failure("héé: x"), None);
    }
}
