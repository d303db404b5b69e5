//! The error inside of a JSON value.

use serde_json::{Map, Value};

use super::{html, lenient, wait};

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
    "err",
];

/// The names that an error's code goes by.
const CODES: &[&str] = &[
    "code",
    "error_code",
    "errorCode",
    "err_code",
    "errcode",
    "errorcode",
    "Code",
    "status_code",
    "statusCode",
];

/// The names that an error’s HTTP status goes by.
const STATUSES: &[&str] = &[
    "status",
    "status_code",
    "statusCode",
    "http_status",
    "httpStatus",
    "http_status_code",
    "httpStatusCode",
];

/// The names that the request goes by.
const REQUEST_IDS: &[&str] = &[
    "request_id",
    "requestId",
    "request-id",
    "requestID",
    "RequestId",
    "trace_id",
    "traceId",
    "correlation_id",
    "ray_id",
    "id",
];

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

    /// An inner error and what stands around it. Type and code belong together: one of each is no error of anybody's.
    fn inside(self, outer: Self) -> Self {
        match self.error_type.is_some() || self.code.is_some() {
            true => self.or(Self { error_type: None, code: None, ..outer }),
            false => self.or(outer),
        }
    }

    fn words(message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..Self::default() }
    }

    /// Whether there are words, a code or a type.
    pub fn says_something(&self) -> bool {
        self.message.is_some() || self.code.is_some() || self.error_type.is_some()
    }
}

/// What a piece of an answer holds, and an error does not.
const ANSWERS: &[&str] = &["choices", "candidates", "delta", "response", "done", "content", "usage"];

/// The HTTP status that an error names, in itself or around it.
pub fn own_status(value: &Value) -> Option<u16> {
    let value = value.as_array().map_or(value, |items| items.first().unwrap_or(value));
    let places = [value.get("error"), Some(value)].into_iter().flatten();
    let named = places.flat_map(|place| STATUSES.iter().filter_map(|name| place.get(*name)));
    let number = |status: &Value| status.as_u64().or_else(|| status.as_str()?.parse().ok());
    named
        .filter_map(number)
        .find(|status| (400..600).contains(status))
        .and_then(|status| u16::try_from(status).ok())
}

/// Whether the value is an error rather than a piece of an answer.
pub fn holds_error(value: &Value) -> bool {
    match value {
        Value::Object(object) => {
            let is = |name: &str, word: &str| object.get(name).and_then(Value::as_str) == Some(word);
            let has = |name: &str| object.get(name).is_some_and(is_something);
            let is_answer = ANSWERS.iter().any(|name| object.contains_key(*name));
            let says = |name: &str| object.get(name).is_some_and(Value::is_string);
            has("error")
                || object.get("errors").and_then(Value::as_array).is_some_and(|errors| !errors.is_empty())
                || is("type", "error")
                || is("object", "error")
                // OpenAI's Responses API, as some gateways pass it on: the error stands in `response`.
                || is("type", "response.failed")
                // Google blocked the prompt: status 200 and no candidates (https://ai.google.dev/api/generate-content).
                || value.pointer("/promptFeedback/blockReason").is_some_and(is_something)
                // MiniMax: `{"base_resp": {"status_code": 1004, "status_msg": "login fail"}}` with a status of 200.
                || value.pointer("/base_resp/status_code").and_then(Value::as_i64).is_some_and(|code| code != 0)
                || (!is_answer && (has("detail") || (says("message") && (has("code") || has("status")))))
        }
        Value::Array(items) => items.first().is_some_and(|first| first.is_object() && holds_error(first)),
        _ => false,
    }
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(object) => !object.is_empty(),
        _ => true,
    }
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

/// JSON that a string consists of, as gateways write it that pass a reply on without reading it. Python's notation and a
/// client's `Error code: 401 - ` before it change nothing.
fn inner(text: &str, depth: u8) -> Option<Found> {
    let text = text.trim();
    let start = text.find(['{', '['])?;
    let (before, json) = text.split_at(start);
    let is_status = |word: &str| {
        word.bytes().all(|byte| !byte.is_ascii_alphabetic()) || ["Error", "code", "HTTP"].contains(&word)
    };
    if !before.split_whitespace().all(|word| is_status(word.trim_end_matches(':'))) {
        return None;
    }
    let (found, rest) = parsed(json, depth)?;
    rest.trim().is_empty().then_some(found)
}

/// What a message says, with the JSON that it quotes: a reply that a gateway passes on is the real error, while a program's
/// own notation (Python's) adds only the type and the code that the sentence comes without.
fn sentence(text: &str, depth: u8, around: Found) -> Found {
    let passed_on = text.match_indices('{').take(4).find_map(|(at, _)| {
        let value = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>().next()?.ok()?;
        any(&value, depth).filter(|found| found.message.is_some())
    });
    match passed_on {
        Some(inner) => inner.inside(around),
        None => Found { message: Some(in_words(text)), ..around }.or(quoted(text, depth).unwrap_or_default()),
    }
}

/// The type and the code of JSON somewhere in a sentence.
fn quoted(text: &str, depth: u8) -> Option<Found> {
    let starts = text.match_indices(['{', '[']).take(4);
    let found = starts.filter_map(|(at, _)| parsed(&text[at..], depth)).map(|(found, _)| found).next()?;
    Some(Found { message: None, ..found })
}

fn parsed(json: &str, depth: u8) -> Option<(Found, &str)> {
    let (value, rest) = match serde_json::from_str(json) {
        Ok(value) => (value, ""),
        Err(_) => lenient::parse(json)?,
    };
    let found = matches!(value, Value::Object(_) | Value::Array(_)).then(|| any(&value, depth))??;
    (found.message.is_some() || found.code.is_some()).then_some((found, rest))
}

/// An object that is an error, or that holds one.
fn envelope(object: &Object, depth: u8) -> Option<Found> {
    let around = flat(object, depth);
    match object.get("error").filter(|error| is_something(error)) {
        Some(Value::Object(error)) => {
            // An envelope's own type and code are those of the envelope: `{"type": "error"}`, `{"code": 400}`.
            let mut inside = envelope(error, depth.checked_sub(1)?).unwrap_or_default();
            // In here the word is the provider's own (Fireworks); around it, it only says that this is an envelope.
            if inside.error_type.is_none() && error.get("type").and_then(Value::as_str) == Some("error") {
                inside.error_type = Some("error".to_owned());
            }
            return Some(match inside.says_something() {
                true => inside.or(Found { error_type: None, code: None, ..around }),
                false => inside.or(around),
            });
        }
        Some(Value::String(text)) => {
            if let Some(found) = inner(text, depth) {
                return Some(found.or(around));
            }
            // `{"error": "invalid_client", "error_description": "…"}` (RFC 6749) names a code beside the words.
            return Some(match around.message {
                Some(_) if around.code.is_none() && is_name(text) => {
                    Found { code: Some(text.clone()), ..around }
                }
                Some(_) if around.error_type.is_none() && is_name(&text.to_lowercase()) => {
                    Found { error_type: Some(text.clone()), ..around }
                }
                Some(_) => around,
                None => sentence(text, depth, around),
            });
        }
        Some(list @ Value::Array(_)) => return Some(any(list, depth)?.or(around)),
        _ => {}
    }
    if let Some(blocked) = object.get("promptFeedback").and_then(Value::as_object) {
        let said = |name: &str| blocked.get(name).and_then(plain);
        return Some(Found { code: said("blockReason"), message: said("blockReasonMessage"), ..around });
    }
    for name in ["errors", "detail", "fault", "base_resp", "response", "Error"] {
        let Some(held) = object.get(name).filter(|held| is_something(held)) else { continue };
        let is_said_better = name == "detail" && around.message.is_some();
        if held.is_string() && (is_said_better || name == "response") {
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
    let own_type = text("type").filter(|kind| {
        !["error", "about:blank", "response.failed"].contains(&kind.as_str()) && !is_nothing(kind)
    });
    let named_types = ["error_type", "errorType", "__type"].iter().find_map(|name| text(name));
    let error_type = own_type.or(named_status).or(named_types);
    // Where no code is meant to be, the number of the status is the best there is (RFC 9457, Spring).
    let status = object.get("status").filter(|status| status.is_number() && !object.contains_key("code"));
    let azure = ["innererror", "innerError"].iter().find_map(|name| plain(object.get(*name)?.get("code")?));
    let code = reason(object).or_else(|| first(CODES)).or(azure).or_else(|| status.and_then(plain));
    let found = Found {
        error_type,
        code,
        param: first(&["param", "parameter"])
            .or_else(|| object.get("loc").and_then(place))
            .or_else(|| field(object)),
        request_id: first(REQUEST_IDS),
        retry_after: delay(object),
        message: None,
    };

    let message = MESSAGES
        .iter()
        .find_map(|name| object.get(*name))
        // Gateways put their own name before it (`helicone-message`).
        .or_else(|| {
            object.iter().find(|(name, _)| name.to_lowercase().ends_with("message")).map(|(_, held)| held)
        })
        .filter(|message| is_something(message));
    let found = match message {
        Some(Value::String(text)) => match inner(text, depth) {
            // The inner error is the real one.
            Some(inner) => inner.or(found),
            None => sentence(text, depth, found),
        },
        Some(held @ (Value::Object(_) | Value::Array(_))) => match any(held, depth) {
            Some(inner) => found.or(inner),
            None => found,
        },
        _ => match text("detail").or_else(|| text("title")) {
            Some(text) => inner(&text, depth).unwrap_or_else(|| Found::words(text)).or(found),
            None => found,
        },
    };
    // What OpenRouter passes on of the provider's own reply (<https://openrouter.ai/docs/api-reference/errors>).
    match object.get("metadata").and_then(|metadata| metadata.get("raw")).filter(|raw| is_something(raw)) {
        Some(Value::String(raw)) => {
            inner(raw, depth).unwrap_or_else(|| Found::words(in_words(raw.trim()))).inside(found)
        }
        Some(raw) => any(raw, depth).unwrap_or_default().inside(found),
        None => found,
    }
}

/// A message without markup, which WordPress puts into some of its own.
fn in_words(message: &str) -> String {
    let is_markup = ["</p>", "</strong>", "</a>", "<br", "</b>", "</html>", "</h1>"]
        .iter()
        .any(|tag| message.contains(tag));
    if is_markup { html::strip(message) } else { message.to_owned() }
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
    // Hugging Face: how long a model takes to load.
    stated.or_else(|| match object.get("retry_after").or_else(|| object.get("estimated_time"))? {
        Value::Number(seconds) => seconds.as_f64().map(wait::up),
        Value::String(text) => wait::duration(text),
        _ => None,
    })
}

/// The first field that Google's error details name (google.rpc.BadRequest).
fn field(object: &Object) -> Option<String> {
    let details = details(object)?;
    let at = |place: &str| details.iter().find_map(|detail| plain(detail.pointer(place)?));
    // The quota's name tells a day's from a minute's (google.rpc.QuotaFailure), which the words do not.
    at("/fieldViolations/0/field").or_else(|| at("/violations/0/quotaId"))
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
        Value::String(text) if !text.is_empty() && !is_nothing(text) => Some(text.clone()),
        Value::Number(number) => Some(match number.as_f64() {
            Some(whole) if whole.fract() == 0.0 && whole.abs() < 1e15 => (whole as i64).to_string(),
            _ => number.to_string(),
        }),
        _ => None,
    }
}

/// Whether the text is a value that a program wrote down for want of one, as LiteLLM does with Python's `None`.
fn is_nothing(text: &str) -> bool {
    ["None", "null", "undefined"].contains(&text)
}

/// Whether the text is a name for programs, such as `invalid_client`.
fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-.".contains(&byte))
}
