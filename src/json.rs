//! The wire's JSON, read and written by the browser's own parser: serde_json would weigh 24 kB in what every visitor
//! downloads. What strangers send is read by serde_json, in the parts that have to.
//!
//! [`record!`] and [`words!`] say how a type is written, field by field, as serde's attributes of the same type do; a test
//! holds each of them against serde.

use candor_protocol::api_error::ApiError;
use candor_protocol::cause::Link;
use candor_protocol::problem::Problem;
use candor_protocol::visibility::Diagnostics;
use candor_protocol::wire::{
    Config, Consent, Conversation, ConversationChange, Conversations, Keeps, LinkCode, Message,
    MessageStatus, Messages, NewMessage, NewVisitor, ReplyDelta, ReplyDone, ReplyEvent, ReplyStart, Role,
    Visitor,
};
use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// A type that the browser's JSON reads and writes.
pub trait Json: Sized {
    /// Reads it. `None` where the value is something else.
    fn read(value: &JsValue) -> Option<Self>;

    /// Writes it; `undefined` leaves a field out.
    fn write(&self) -> JsValue;

    /// What a field is that is left out. `None` where it may not be.
    fn missing() -> Option<Self> {
        None
    }
}

/// Reads a text. `None` where it is no JSON, or something else.
pub fn from_str<T: Json>(text: &str) -> Option<T> {
    T::read(&parse(text))
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

#[inline(never)]
fn get(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &JsValue::from_str(name)).unwrap_or_default()
}

/// Sets a field of an object, unless the value is `undefined`.
#[inline(never)]
pub fn set(object: &JsValue, name: &str, value: &JsValue) {
    if !value.is_undefined() {
        // Setting a property of an object that was just made cannot fail.
        let _ = Reflect::set(object, &JsValue::from_str(name), value);
    }
}

/// An object without a field.
#[inline(never)]
pub fn object() -> JsValue {
    Object::new().into()
}

/// Reads a field of an object.
pub fn field<T: Json>(value: &JsValue, name: &str) -> Option<T> {
    let value = get(value, name);
    if value.is_undefined() { T::missing() } else { T::read(&value) }
}

#[inline(never)]
fn number(value: &JsValue) -> Option<u64> {
    value.as_f64().filter(|number| *number >= 0.0).map(|number| number as u64)
}

impl Json for String {
    #[inline(never)]
    fn read(value: &JsValue) -> Option<Self> {
        value.as_string()
    }

    #[inline(never)]
    fn write(&self) -> JsValue {
        JsValue::from_str(self)
    }
}

impl Json for bool {
    fn read(value: &JsValue) -> Option<Self> {
        value.as_bool()
    }

    fn write(&self) -> JsValue {
        JsValue::from_bool(*self)
    }

    fn missing() -> Option<Self> {
        Some(false)
    }
}

macro_rules! numbers {
    ($($number:ty)*) => { $(impl Json for $number {
        fn read(value: &JsValue) -> Option<Self> {
            number(value).and_then(|number| number.try_into().ok())
        }

        fn write(&self) -> JsValue {
            // Times and lengths stay far below 2^53.
            JsValue::from_f64(*self as f64)
        }
    })* };
}
numbers! { u64 u32 u16 usize }

impl<T: Json> Json for Option<T> {
    fn read(value: &JsValue) -> Option<Self> {
        if value.is_null() { Some(None) } else { T::read(value).map(Some) }
    }

    fn write(&self) -> JsValue {
        self.as_ref().map_or(JsValue::UNDEFINED, T::write)
    }

    fn missing() -> Option<Self> {
        Some(None)
    }
}

impl<T: Json> Json for Vec<T> {
    fn read(value: &JsValue) -> Option<Self> {
        value.dyn_ref::<Array>()?.iter().map(|one| T::read(&one)).collect()
    }

    fn write(&self) -> JsValue {
        let all = Array::new();
        for one in self {
            all.push(&one.write());
        }
        all.into()
    }

    fn missing() -> Option<Self> {
        Some(Vec::new())
    }
}

/// How a struct is written: each field, and its name in JSON.
#[macro_export]
macro_rules! record {
    ($type:ident { $($field:ident $name:literal),* $(,)? }) => {
        impl $crate::json::Json for $type {
            fn read(value: &wasm_bindgen::JsValue) -> Option<Self> {
                Some(Self { $($field: $crate::json::field(value, $name)?),* })
            }

            fn write(&self) -> wasm_bindgen::JsValue {
                let object = $crate::json::object();
                $($crate::json::set(&object, $name, &$crate::json::Json::write(&self.$field));)*
                object
            }
        }
    };
}

/// How an enum without fields is written: each variant's word, and what a field is that is left out.
macro_rules! words {
    ($type:ident, $missing:expr, $($variant:ident $word:literal),*) => {
        impl Json for $type {
            fn read(value: &JsValue) -> Option<Self> {
                let text = value.as_string()?;
                [$(($word, Self::$variant)),*].into_iter().find(|(word, _)| *word == text).map(|(_, one)| one)
            }

            fn write(&self) -> JsValue {
                JsValue::from_str(match self { $(Self::$variant => $word),* })
            }

            fn missing() -> Option<Self> {
                $missing
            }
        }
    };
}

words! { Role, None, User "user", Assistant "assistant" }
words! { MessageStatus, Some(Self::Complete), Complete "complete", Streaming "streaming", Stopped "stopped", Failed "failed" }
words! { Keeps, Some(Self::Proxy), Proxy "proxy", Browser "browser" }
words! { Diagnostics, None, Reference "reference", Full "full", Off "off" }
words! { Link, None, Browser "browser", Page "page", Proxy "proxy", Provider "provider", Model "model" }

record! { Consent { text "text", url "url" } }
record! { Config {
    title "title", subtitle "subtitle", greeting "greeting", suggestions "suggestions", notice "notice",
    diagnostics "diagnostics", provider "provider", model "model", keeps "keeps", consent "consent", linking "linking",
    message_chars "message_chars", version "version", time "time",
} }
record! { Visitor { token "token", created_at "created_at" } }
record! { NewVisitor { code "code" } }
record! { LinkCode { code "code", expires_at "expires_at" } }
record! { Conversation {
    id "id", title "title", preview "preview", created_at "created_at", updated_at "updated_at", unread "unread",
} }
record! { Conversations { conversations "conversations", next "next" } }
record! { ConversationChange { title "title", unread "unread" } }
record! { Message {
    id "id", role "role", content "content", status "status", created_at "created_at", error "error",
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
    fn read(value: &JsValue) -> Option<Self> {
        Some(Self {
            problem_type: field(value, "type")?,
            title: field(value, "title")?,
            detail: field(value, "detail")?,
            status: field(value, "status")?,
            cause: field(value, "cause")?,
            link: field(value, "link")?,
            retryable: field(value, "retryable")?,
            reference: field::<Option<String>>(value, "reference")?.unwrap_or_default(),
            time: field(value, "time")?,
            upstream: field(value, "upstream")?,
        })
    }

    fn write(&self) -> JsValue {
        let object = object();
        for (name, value) in [
            ("type", self.problem_type.write()),
            ("title", self.title.write()),
            ("detail", self.detail.write()),
            ("status", self.status.write()),
            ("cause", self.cause.write()),
            ("link", self.link.write()),
            ("retryable", self.retryable.write()),
            ("reference", Some(&self.reference).filter(|text| !text.is_empty()).cloned().write()),
            ("time", self.time.write()),
            ("upstream", self.upstream.write()),
        ] {
            set(&object, name, &value);
        }
        object
    }
}

/// Reads an event of a reply. `Some(None)` is one of a name that this version does not know, to be passed over; `None` is no
/// event.
pub fn event(name: &str, data: &str) -> Option<Option<ReplyEvent>> {
    let value = parse(data);
    Some(Some(match name {
        "start" => ReplyEvent::Start(Json::read(&value)?),
        "delta" => ReplyEvent::Delta(Json::read(&value)?),
        "done" => ReplyEvent::Done(Json::read(&value)?),
        "error" => ReplyEvent::Error(Box::new(Json::read(&value)?)),
        _ => return Some(None),
    }))
}

/// The data of an event of a reply.
pub fn event_data(event: &ReplyEvent) -> String {
    stringify(&match event {
        ReplyEvent::Start(start) => start.write(),
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
