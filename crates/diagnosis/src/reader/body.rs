//! What kind of body it is: JSON in one of its disguises, a web page, or plain text.

use serde_json::{Deserializer, Value};

use super::html::{self, Page};
use super::{lenient, value};
use candor_protocol::sse::Decoder;

/// A body, as far as it can be told.
pub enum Body {
    /// JSON, wherever it was found.
    Json(Value),
    /// A web page.
    Html(Page),
    /// Pieces of an answer, none of them an error.
    Answer,
    /// Text of another kind.
    Text {
        /// Whether it is somebody's words, rather than bytes or broken markup.
        is_said: bool,
        /// The code, where the words are `error code: 1020` (Cloudflare's plain form).
        code: Option<String>,
    },
    /// Nothing.
    Empty,
}

/// How many places are tried where JSON may begin.
const STARTS: usize = 16;

/// Tells what the text is.
pub fn parse(text: &str) -> Body {
    if text.is_empty() {
        return Body::Empty;
    }
    if let Ok(value) = serde_json::from_str(text) {
        return Body::Json(value);
    }
    // A web page's scripts hold JSON too, which is none of the reply's.
    if html::is_page(text) {
        return Body::Html(html::read(text));
    }
    if is_events(text) {
        return events(text).unwrap_or(Body::Answer);
    }
    if let Some(value) = lines(text).or_else(|| embedded(text)).or_else(|| cut_off(text)) {
        return Body::Json(value);
    }
    if html::is_fragment(text) { Body::Html(html::read(text)) } else { plain(text) }
}

fn is_events(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.is_empty());
    let is_field =
        |line: &str| ["data:", "event:", "id:", "retry:", ":"].iter().any(|field| line.starts_with(field));
    lines.next().is_some_and(is_field) && text.lines().any(|line| line.starts_with("data:"))
}

/// The error among server-sent events; the last of them may have broken off.
fn events(text: &str) -> Option<Body> {
    let events = Decoder::default().push(format!("{text}\n\n").as_bytes()).ok()?;
    events.into_iter().find_map(|event| {
        let is_named = event.name == "error";
        let value = serde_json::from_str(&event.data).ok().or_else(|| Some(lenient::parse(&event.data)?.0));
        match value {
            Some(value) if is_named || value::holds_error(&value) => Some(Body::Json(value)),
            None if is_named => Some(Body::Json(Value::String(event.data))),
            _ => None,
        }
    })
}

/// The error among lines of JSON, as Ollama's own API streams them.
fn lines(text: &str) -> Option<Value> {
    text.lines().filter_map(|line| serde_json::from_str(line.trim()).ok()).find(value::holds_error)
}

/// JSON with something before or behind it, such as the notices of a PHP that is set to print them.
fn embedded(text: &str) -> Option<Value> {
    text.match_indices(['{', '[']).take(STARTS).find_map(|(at, _)| {
        let value = Deserializer::from_str(&text[at..]).into_iter::<Value>().next()?.ok()?;
        value::read(&value).is_some().then_some(value)
    })
}

/// JSON that ends in the middle: what came until then.
fn cut_off(text: &str) -> Option<Value> {
    let start = text.find(['{', '['])?;
    let (value, rest) = lenient::parse(&text[start..])?;
    (rest.is_empty() && value::read(&value).is_some()).then_some(value)
}

/// The text as words. Bytes that are none are not quoted as if somebody had said them.
fn plain(text: &str) -> Body {
    let is_strange = |letter: char| {
        letter == char::REPLACEMENT_CHARACTER || (letter.is_control() && !letter.is_whitespace())
    };
    let is_said = !text.starts_with(['{', '[', '<']) && !text.contains(is_strange);
    Body::Text { is_said, code: html::error_code(text) }
}
