//! The wire's JSON, read and written by the browser's own parser: serde_json would weigh 24 kB in what every visitor
//! downloads. What strangers send is read by serde_json, in the parts that have to.
//!
//! [`record!`] and [`words!`] say how a type is written, field by field, as serde's attributes of the same type do; a test
//! holds each of them against serde.

use std::cell::Cell;

use candor_protocol::api_error::ApiError;
use candor_protocol::cause::Link;
use candor_protocol::problem::Problem;
use candor_protocol::visibility::Diagnostics;
use candor_protocol::wire::{
    Config, Consent, Conversation, ConversationChange, Conversations, Keeps, LinkCode, Message,
    MessageStatus, Messages, NewMessage, NewVisitor, Rating, ReplyDelta, ReplyDone, ReplyEvent, ReplyStart,
    Role, Visitor,
};
use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// Whether all that is read is what it should be. A value that is not is noted here, and something harmless is read in its
/// place: a reader that left at each field that is wrong would be three times as large.
#[derive(Default)]
pub struct Reading {
    is_wrong: Cell<bool>,
}

impl Reading {
    /// Notes that a value is not what it should be.
    #[inline(never)]
    pub fn wrong(&self) {
        self.is_wrong.set(true);
    }
}

/// A type that the browser's JSON reads and writes.
pub trait Json: Sized {
    /// Reads it; `undefined` is a field that is left out. What is read means nothing where `reading` notes that something
    /// was wrong.
    fn read(value: &JsValue, reading: &Reading) -> Self;

    /// Writes it; `undefined` leaves a field out.
    fn write(&self) -> JsValue;
}

/// Reads a text. `None` where it is no JSON, or something else.
pub fn from_str<T: Json>(text: &str) -> Option<T> {
    from_value(&parse(text))
}

fn from_value<T: Json>(value: &JsValue) -> Option<T> {
    let reading = Reading::default();
    let read = T::read(value, &reading);
    (!reading.is_wrong.get()).then_some(read)
}

/// Writes a text.
pub fn to_string<T: Json>(value: &T) -> String {
    stringify(&value.write())
}

#[inline(never)]
fn parse(text: &str) -> JsValue {
    JSON::parse(text).unwrap_or_default()
}

#[inline(never)]
fn stringify(value: &JsValue) -> String {
    JSON::stringify(value).map(String::from).unwrap_or_default()
}

/// A field of an object; `undefined` where there is none.
#[inline(never)]
pub fn get(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap_or_default()
}

/// Sets a field of an object, unless the value is `undefined`.
#[inline(never)]
pub fn set(object: &JsValue, name: &str, value: JsValue) {
    if !value.is_undefined() {
        // Setting a property of an object that was just made cannot fail.
        let _ = Reflect::set(object, &JsValue::from_str(name), &value);
    }
}

/// An object without a field.
#[inline(never)]
pub fn object() -> JsValue {
    Object::new().into()
}

/// Reads a field of an object.
pub fn field<T: Json>(value: &JsValue, name: &str, reading: &Reading) -> T {
    T::read(&get(value, name), reading)
}

#[inline(never)]
fn number(value: &JsValue, reading: &Reading) -> f64 {
    value.as_f64().filter(|number| *number >= 0.0).unwrap_or_else(|| {
        reading.wrong();
        0.0
    })
}

impl Json for String {
    #[inline(never)]
    fn read(value: &JsValue, reading: &Reading) -> Self {
        value.as_string().unwrap_or_else(|| {
            reading.wrong();
            Self::new()
        })
    }

    #[inline(never)]
    fn write(&self) -> JsValue {
        JsValue::from_str(self)
    }
}

impl Json for bool {
    #[inline(never)]
    fn read(value: &JsValue, reading: &Reading) -> Self {
        let is_missing = value.is_undefined();
        value.as_bool().unwrap_or_else(|| {
            if !is_missing {
                reading.wrong();
            }
            false
        })
    }

    fn write(&self) -> JsValue {
        JsValue::from_bool(*self)
    }
}

macro_rules! numbers {
    ($($number:ty)*) => { $(impl Json for $number {
        fn read(value: &JsValue, reading: &Reading) -> Self {
            let number = number(value, reading);
            if number > Self::MAX as f64 {
                reading.wrong();
            }
            number as Self
        }

        fn write(&self) -> JsValue {
            // Times and lengths stay far below 2^53.
            JsValue::from_f64(*self as f64)
        }
    })* };
}
numbers! { u64 u32 u16 usize }

impl<T: Json> Json for Option<T> {
    fn read(value: &JsValue, reading: &Reading) -> Self {
        if value.is_null() || value.is_undefined() { None } else { Some(T::read(value, reading)) }
    }

    fn write(&self) -> JsValue {
        self.as_ref().map_or(JsValue::UNDEFINED, T::write)
    }
}

impl<T: Json> Json for Vec<T> {
    fn read(value: &JsValue, reading: &Reading) -> Self {
        let mut all = Self::new();
        match value.dyn_ref::<Array>() {
            Some(values) => {
                for index in 0..values.length() {
                    all.push(T::read(&values.get(index), reading));
                }
            }
            None if value.is_undefined() => {}
            None => reading.wrong(),
        }
        all
    }

    fn write(&self) -> JsValue {
        let all = Array::new();
        for one in self {
            all.push(&one.write());
        }
        all.into()
    }
}

/// How a struct is written: each field, and its name in JSON.
#[macro_export]
macro_rules! record {
    ($type:ident { $($field:ident $name:literal),* $(,)? }) => {
        impl $crate::json::Json for $type {
            fn read(value: &wasm_bindgen::JsValue, reading: &$crate::json::Reading) -> Self {
                Self { $($field: $crate::json::field(value, $name, reading)),* }
            }

            fn write(&self) -> wasm_bindgen::JsValue {
                let object = $crate::json::object();
                $($crate::json::set(&object, $name, $crate::json::Json::write(&self.$field));)*
                object
            }
        }
    };
}

/// How an enum without fields is written: each variant's word, and what a field is that is left out.
macro_rules! words {
    ($type:ident, $missing:expr, $($variant:ident $word:literal),*) => {
        impl Json for $type {
            fn read(value: &JsValue, reading: &Reading) -> Self {
                const ALL: &[$type] = &[$($type::$variant),*];
                let missing: Option<Self> = $missing;
                if let Some(missing) = missing && value.is_undefined() {
                    return missing;
                }
                ALL[word(value, &[$($word),*], reading)]
            }

            fn write(&self) -> JsValue {
                JsValue::from_str(match self { $(Self::$variant => $word),* })
            }
        }
    };
}

/// Which of these words a value is.
#[inline(never)]
fn word(value: &JsValue, words: &[&str], reading: &Reading) -> usize {
    let place = value.as_string().and_then(|text| words.iter().position(|word| *word == text));
    place.unwrap_or_else(|| {
        reading.wrong();
        0
    })
}

words! { Role, None, User "user", Assistant "assistant" }
words! { MessageStatus, Some(Self::Complete), Complete "complete", Streaming "streaming", Stopped "stopped", Failed "failed" }
words! { Rating, None, Up "up", Down "down" }
words! { Keeps, Some(Self::Proxy), Proxy "proxy", Browser "browser" }
words! { Diagnostics, None, Reference "reference", Full "full", Off "off" }
words! { Link, None, Browser "browser", Page "page", Proxy "proxy", Provider "provider", Model "model" }

record! { Consent { text "text", url "url" } }
record! { Config {
    title "title", subtitle "subtitle", greeting "greeting", suggestions "suggestions", notice "notice",
    diagnostics "diagnostics", provider "provider", model "model", keeps "keeps", consent "consent", contact "contact", linking "linking",
    feedback "feedback", message_chars "message_chars", version "version", time "time",
} }
record! { Visitor { token "token", created_at "created_at" } }
record! { NewVisitor { challenge "challenge", code "code" } }
record! { LinkCode { code "code", expires_at "expires_at" } }
record! { Conversation {
    id "id", title "title", preview "preview", created_at "created_at", updated_at "updated_at", unread "unread",
} }
record! { Conversations { conversations "conversations", next "next" } }
record! { ConversationChange { title "title", unread "unread" } }
record! { Message {
    id "id", role "role", content "content", status "status", created_at "created_at", error "error", rating "rating",
} }
record! { Messages { messages "messages", next "next" } }
record! { NewMessage { content "content" } }
record! { ReplyStart { message "message", reply "reply" } }
record! { ReplyDelta { content "content" } }
record! { ReplyDone { reply "reply" } }
record! { ApiError {
    status "status", error_type "type", code "code", param "param", message "message", request_id "request_id",
    retry_after "retry_after", content_type "content_type", answered_by "answered_by", text "text",
} }

impl Json for Problem {
    fn read(value: &JsValue, reading: &Reading) -> Self {
        Self {
            problem_type: field(value, "type", reading),
            title: field(value, "title", reading),
            detail: field(value, "detail", reading),
            status: field(value, "status", reading),
            cause: field(value, "cause", reading),
            link: field(value, "link", reading),
            retryable: field(value, "retryable", reading),
            reference: field::<Option<String>>(value, "reference", reading).unwrap_or_default(),
            time: field(value, "time", reading),
            upstream: field(value, "upstream", reading),
        }
    }

    fn write(&self) -> JsValue {
        let object = object();
        set(&object, "type", self.problem_type.write());
        set(&object, "title", self.title.write());
        set(&object, "detail", self.detail.write());
        set(&object, "status", self.status.write());
        set(&object, "cause", self.cause.write());
        set(&object, "link", self.link.write());
        set(&object, "retryable", self.retryable.write());
        if !self.reference.is_empty() {
            set(&object, "reference", self.reference.write());
        }
        set(&object, "time", self.time.write());
        set(&object, "upstream", self.upstream.write());
        object
    }
}

/// Reads an event of a reply. `Some(None)` is one of a name that this version does not know, to be passed over; `None` is no
/// event.
pub fn event(name: &str, data: &str) -> Option<Option<ReplyEvent>> {
    let value = parse(data);
    Some(Some(match name {
        "start" => ReplyEvent::Start(from_value(&value)?),
        "thinking" => ReplyEvent::Thinking,
        "delta" => ReplyEvent::Delta(from_value(&value)?),
        "done" => ReplyEvent::Done(from_value(&value)?),
        "error" => ReplyEvent::Error(Box::new(from_value(&value)?)),
        _ => return Some(None),
    }))
}

/// The data of an event of a reply.
pub fn event_data(event: &ReplyEvent) -> String {
    stringify(&match event {
        ReplyEvent::Start(start) => start.write(),
        ReplyEvent::Thinking => object(),
        ReplyEvent::Delta(delta) => delta.write(),
        ReplyEvent::Done(done) => done.write(),
        ReplyEvent::Error(problem) => problem.write(),
    })
}

/// The texts of an object, each with its name. `None` where it is something else.
pub fn texts(text: &str) -> Option<Vec<(String, String)>> {
    let value = parse(text);
    let object = value.dyn_ref::<Object>()?;
    let names = Object::keys(object);
    names
        .iter()
        .map(|name| Some((name.as_string()?, Reflect::get(&value, &name).ok()?.as_string()?)))
        .collect()
}
