//! Reads an API's error, whatever its shape.
//!
//! Nobody promises a shape: an object in `error`, a string there, a list, a flat object, `detail`, JSON inside of a
//! message, a web page, nothing. [`read`] finds what there is and never fails: what cannot be read still gives the status
//! and the first text. Everything found is redacted and bounded.

mod body;
mod headers;
mod html;
mod lenient;
mod value;
mod wait;

use candor_protocol::api_error::{ApiError, TEXT_CHARS, is_page};
use serde_json::Value;

use crate::redact::redact;
use body::Body;
use headers::Headers;
use value::Found;

/// The most bytes of a body that are looked at.
const BODY_BYTES: usize = 64 * 1024;

/// The most characters of a message that are kept.
const MESSAGE_CHARS: usize = 4000;

/// The most characters of every other field that are kept.
const FIELD_CHARS: usize = 200;

/// Reads a reply: its status, its headers in any case and order, and its body.
pub fn read<'a>(status: u16, headers: impl IntoIterator<Item = (&'a str, &'a str)>, body: &[u8]) -> ApiError {
    read_with(status, &Headers::new(headers), body)
}

fn read_with(status: u16, headers: &Headers, body: &[u8]) -> ApiError {
    let text = String::from_utf8_lossy(&body[..body.len().min(BODY_BYTES)]);
    let text = text.trim_start_matches('\u{feff}').trim();
    let declared = headers.content_type();
    // A body that reads as an answer holds the model's words, which are nobody's error.
    let is_answer = (200..300).contains(&status) && text.starts_with(['{', '[']);
    let mut found = Found::default();
    let mut leftover = None;
    let mut own_status = None;
    let mut content_type = declared.clone();
    match body::parse(text) {
        Body::Json(value) => {
            found = value::read(&value).unwrap_or_default();
            own_status = value::holds_error(&value).then(|| later_status(status, &value));
            // WordPress's admin-ajax answers with a bare `0` or `-1`.
            found.message = found.message.or_else(|| value.is_number().then(|| text.to_owned()));
            leftover = Some(text.to_owned()).filter(|_| !found.says_something() && !is_answer);
            if declared.is_none() || declared.as_deref().is_some_and(is_page) {
                content_type = Some("application/json".to_owned());
            }
        }
        Body::Html(page) => {
            found.message = page.title;
            found.code = page.code;
            leftover = Some(page.text);
            content_type = Some("text/html".to_owned());
        }
        Body::Text { is_said, code } => {
            found.message = Some(text.to_owned()).filter(|_| is_said);
            found.code = code;
            leftover = Some(text.to_owned()).filter(|_| !is_answer);
        }
        Body::Answer | Body::Empty => {}
    }
    let mut error = finish(own_status.unwrap_or(status), found, Some(headers));
    error.content_type = content_type.map(|kind| field(&kind, FIELD_CHARS));
    error.answered_by = headers.answered_by().map(|name| field(&name, FIELD_CHARS));
    if (300..400).contains(&status) && leftover.is_none() {
        leftover = headers.location().map(str::to_owned);
    }
    error.text = leftover.map(|text| field(&text, TEXT_CHARS)).filter(|text| !text.is_empty());
    error
}

/// Reads an error inside of a reply that began well, such as a chunk of a stream. `None` where the value holds no error.
pub fn read_value(status: u16, value: &Value) -> Option<ApiError> {
    let status = later_status(status, value);
    value::holds_error(value).then(|| finish(status, value::read(value).unwrap_or_default(), None))
}

/// The status that an error names of itself, where the reply had begun well when it came; else the reply’s.
fn later_status(status: u16, value: &Value) -> u16 {
    value::own_status(value).filter(|_| (200..300).contains(&status)).unwrap_or(status)
}

fn finish(status: u16, found: Found, headers: Option<&Headers>) -> ApiError {
    let message = found.message.as_deref().unwrap_or_default();
    let request_id = headers
        .and_then(Headers::request_id)
        .or_else(|| found.request_id.clone())
        .or_else(|| wait::request_id_in(message))
        .or_else(|| headers.and_then(Headers::ray));
    let retry_after = headers
        .and_then(|headers| headers.retry_after(status))
        .or(found.retry_after)
        .or_else(|| wait::seconds_in(message));
    let short =
        |text: Option<String>| text.map(|text| field(&text, FIELD_CHARS)).filter(|text| !text.is_empty());
    ApiError {
        status,
        error_type: short(found.error_type.or_else(|| headers.and_then(Headers::error_type))),
        code: short(found.code.or_else(|| headers.and_then(Headers::error_code))),
        param: short(found.param),
        message: found.message.map(|text| field(&text, MESSAGE_CHARS)).filter(|text| !text.is_empty()),
        request_id: short(request_id),
        retry_after,
        content_type: None,
        answered_by: None,
        text: None,
    }
}

/// A field as it is kept: redacted first, so that no secret is cut in half and passes for a word, then bounded.
fn field(text: &str, most: usize) -> String {
    let clean = redact(ahead(text.trim(), 2 * most));
    match clean.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &clean[..end]),
        None => clean,
    }
}

/// The text's first characters and no more to work on, ending where a word does if it can.
fn ahead(text: &str, most: usize) -> &str {
    let Some((end, _)) = text.char_indices().nth(most) else { return text };
    let words = &text[..end];
    words.rfind(char::is_whitespace).map_or(words, |end| &words[..end])
}

#[cfg(test)]
mod tests;
