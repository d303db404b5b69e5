//! The error inside of a JSON value.

use serde_json::{Map, Value};

use super::wait;

/// What was found, before it is bounded and redacted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// See [`super::ApiError::error_type`].
    pub error_type: Option<String>,
    /// See [`super::ApiError::code`].
    pub code: Option<String>,
    /// See [`super::ApiError::param`].
    pub param: Option<String>,
    /// See [`super::ApiError::message`].
    pub message: Option<String>,
    /// See [`super::ApiError::request_id`].
    pub request_id: Option<String>,
    /// See [`super::ApiError::retry_after`].
    pub retry_after: Option<u64>,
}

type Object = Map<String, Value>;

/// How deep an error is looked for: gateways wrap what they pass on, but not without end.
const DEPTH: u8 = 8;

/// The names that an error's words go by, the most telling first.
const MESSAGES: &[&str] = &[
    "message",
    "msg",
    "error_message",
    "errorMessage",
    "error_msg",
    "error_description",
    "status_msg",
    "faultstring",
    "Message",
    "reason",
];

/// The names that an error's code goes by.
const CODES: &[&str] = &["code", "error_code", "errorCode", "err_code", "status_code", "errcode", "Code"];

/// The names that the request goes by.
const REQUEST_IDS: &[&str] = &["request_id", "requestId", "request-id", "requestID", "RequestId", "trace_id"];

impl Found {
    /// Fills what is missing.
    fn or(self, other: Self) -> Self {
        Self {
            error_type: self.error_type.or(other.error_type),
            code: self.code.or(other.code),
            param: self.param.or(other.param),
            message: self.message.or(other.message),
            request_id: self.request_id.or(other.request_id),
            retry_after: self.retry_after.or(other.retry_after),
        }
    }

    fn words(message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..Self::default() }
    }

    fn says_something(&self) -> bool {
        self.message.is_some() || self.code.is_some() || self.error_type.is_some()
    }
}

/// Whether the value is an error rather than a piece of an answer.
pub fn holds_error(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            let is = |name: &str, word: &str| object.get(name).and_then(Value::as_str) == Some(word);
            object.get("error").is_some_and(is_something)
                || object.get("errors").and_then(Value::as_array).is_some_and(|errors| !errors.is_empty())
                || is("type", "error")
                || is("object", "error")
        }
        Value::Array(items) => items.first().is_some_and(|first| first.is_object() && holds_error(first)),
        _ => false,
    }
}

fn is_something(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value.as_str() != Some("")
}

/// Finds the error. `None` where the value has no words for one.
pub fn read(value: &Value) -> Option<Found> {
    any(value, DEPTH).filter(Found::says_something)
}

fn any(value: &Value, depth: u8) -> Option<Found> {
    let depth = depth.checked_sub(1)?;
    match value {
        Value::Object(object) => envelope(object, depth),
        Value::Array(items) => items.iter().take(8).find_map(|item| any(item, depth)),
        Value::String(text) => Some(inner(text, depth).unwrap_or_else(|| Found::words(text))),
        _ => None,
    }
}

/// JSON inside of a string, as gateways write it that pass a reply on without reading it.
fn inner(text: &str, depth: u8) -> Option<Found> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    any(&serde_json::from_str(text).ok()?, depth).filter(Found::says_something)
}

/// An object that is an error, or that holds one.
fn envelope(object: &Object, depth: u8) -> Option<Found> {
    let around = flat(object, depth);
    match object.get("error").filter(|error| is_something(error)) {
        Some(Value::Object(error)) => {
            // An envelope's own type and code are those of the envelope: `{"type": "error"}`, `{"code": 400}`.
            return Some(envelope(error, depth.checked_sub(1)?)?.or(Found {
                error_type: None,
                code: None,
                ..around
            }));
        }
        Some(Value::String(text)) => {
            if let Some(found) = inner(text, depth) {
                return Some(found.or(around));
            }
            // `{"error": "invalid_client", "error_description": "…"}` (RFC 6749) names a code beside the words.
            return Some(match around.message {
                Some(_) if !text.contains(' ') => Found { code: Some(text.clone()), ..around },
                Some(_) => around,
                None => Found { message: Some(text.clone()), ..around },
            });
        }
        Some(list @ Value::Array(_)) => return Some(any(list, depth)?.or(around)),
        _ => {}
    }
    for name in ["errors", "detail", "fault", "base_resp", "response", "Error"] {
        let Some(held) = object.get(name).filter(|held| is_something(held)) else { continue };
        if name == "detail" && held.is_string() && around.message.is_some() {
            continue;
        }
        if let Some(found) = any(held, depth).filter(Found::says_something) {
            return Some(found.or(around));
        }
    }
    around.says_something().then_some(around)
}

/// What the fields of this very object say.
fn flat(object: &Object, depth: u8) -> Found {
    let first = |names: &[&str]| names.iter().find_map(|name| object.get(*name).and_then(plain));
    let text = |name: &str| {
        object.get(name).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };

    // Google's `status` is a name such as INVALID_ARGUMENT; others put the number or a sentence there.
    let named_status =
        text("status").filter(|status| status.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
    let own_type = text("type").filter(|kind| kind != "error" && kind != "about:blank");
    let error_type =
        own_type.or_else(|| named_status.clone()).or_else(|| text("error_type")).or_else(|| text("__type"));
    let is_problem = object.contains_key("title") && object.get("status").is_some_and(Value::is_number);
    let status_code = is_problem.then(|| object.get("status").and_then(plain)).flatten();
    let code = reason(object).or_else(|| first(CODES)).or(status_code);
    let found = Found {
        error_type,
        code,
        param: first(&["param", "parameter"]).or_else(|| object.get("loc").and_then(place)),
        request_id: first(REQUEST_IDS),
        retry_after: delay(object),
        message: None,
    };

    let message = MESSAGES.iter().find_map(|name| object.get(*name).filter(|message| is_something(message)));
    let found = match message {
        Some(Value::String(text)) => match inner(text, depth) {
            // The inner error is the real one.
            Some(inner) => inner.or(found),
            None => Found { message: Some(text.clone()), ..found },
        },
        Some(held @ (Value::Object(_) | Value::Array(_))) => match any(held, depth) {
            Some(inner) => found.or(inner),
            None => found,
        },
        _ => Found { message: text("detail").or_else(|| text("title")), ..found },
    };
    match raw(object) {
        Some(raw) => inner(raw, depth).unwrap_or_else(|| Found::words(raw)).or(found),
        None => found,
    }
}

/// What OpenRouter passes on of the provider's own reply
/// (<https://openrouter.ai/docs/api-reference/errors>: `error.metadata.raw`).
fn raw(object: &Object) -> Option<&str> {
    object.get("metadata")?.get("raw")?.as_str().map(str::trim).filter(|raw| !raw.is_empty())
}

/// The reason in Google's error details (google.rpc.ErrorInfo).
fn reason(object: &Object) -> Option<String> {
    details(object)?.iter().find_map(|detail| detail.get("reason")?.as_str()).map(str::to_owned)
}

/// The delay in Google's error details (google.rpc.RetryInfo), or a plain `retry_after`.
fn delay(object: &Object) -> Option<u64> {
    let stated = details(object).and_then(|details| {
        details.iter().find_map(|detail| wait::duration(detail.get("retryDelay")?.as_str()?))
    });
    stated.or_else(|| match object.get("retry_after")? {
        Value::Number(seconds) => seconds.as_f64().map(wait::up),
        Value::String(text) => wait::duration(text),
        _ => None,
    })
}

fn details(object: &Object) -> Option<&Vec<Value>> {
    object.get("details")?.as_array()
}

/// Where in a request the fault is (FastAPI's `loc`), without the word for the body itself.
fn place(loc: &Value) -> Option<String> {
    let parts = loc.as_array()?.iter().take(8).filter_map(plain).filter(|part| part != "body");
    let joined = parts.collect::<Vec<_>>().join(".");
    (!joined.is_empty()).then_some(joined)
}

/// A string that is not empty, or a number as digits.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
