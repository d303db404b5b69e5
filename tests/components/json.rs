//! The browser's JSON reads and writes every type of the wire exactly as serde does, which is what the proxy has.

use std::fmt::Debug;

use candor::json::{self, Json};
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use candor_protocol::visibility::Diagnostics;
use candor_protocol::wire::{
    Config, Consent, Conversation, ConversationChange, Conversations, Keeps, LinkCode, Message,
    MessageStatus, Messages, NewMessage, NewVisitor, Rating, ReplyDelta, ReplyDone, ReplyEvent, ReplyStart,
    Role, Visitor,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen_test::*;

fn agrees<T: Json + Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let (ours, serdes) = (json::to_string(value), serde_json::to_string(value).unwrap());
    assert_eq!(json::from_str::<T>(&serdes).as_ref(), Some(value), "read what serde wrote");
    assert_eq!(serde_json::from_str::<T>(&ours).ok().as_ref(), Some(value), "serde reads what was written");
}

fn problem(is_full: bool) -> Problem {
    let reference = if is_full { "CR-ABCDEFGH" } else { "" };
    let problem = Problem::new(&known::rate_limit, 429, reference.to_owned(), 1_764_300_000_000);
    match is_full {
        true => problem.with_upstream(ApiError {
            status: 429,
            error_type: Some("requests".to_owned()),
            code: Some("rate_limit_exceeded".to_owned()),
            param: Some("model".to_owned()),
            message: Some("“Slow down” — \u{1F6B2}\n\u{2028}".to_owned()),
            request_id: Some("req_1".to_owned()),
            retry_after: Some(20),
            content_type: Some("application/json".to_owned()),
            answered_by: Some("cloudflare".to_owned()),
            text: Some("text".to_owned()),
        }),
        false => problem,
    }
}

fn message(role: Role, status: MessageStatus, error: Option<Problem>) -> Message {
    Message {
        id: "m_1".to_owned(),
        role,
        content: "Hello **there**".to_owned(),
        status,
        created_at: 7,
        error,
        rating: (role == Role::Assistant).then_some(Rating::Down),
    }
}

fn conversation(unread: bool) -> Conversation {
    Conversation {
        id: "c_1".to_owned(),
        title: "Seats".to_owned(),
        preview: String::new(),
        created_at: 1,
        updated_at: 2,
        unread,
    }
}

#[wasm_bindgen_test]
fn every_type_of_the_wire_is_read_and_written_as_serde_does() {
    for (is_full, keeps, diagnostics) in
        [(true, Keeps::Browser, Diagnostics::Reference), (false, Keeps::Proxy, Diagnostics::Off)]
    {
        let text = |text: &str| is_full.then(|| text.to_owned());
        agrees(&Config {
            title: "Harbour".to_owned(),
            subtitle: String::new(),
            greeting: "Good day.".to_owned(),
            suggestions: text("One").into_iter().collect(),
            notice: String::new(),
            diagnostics,
            provider: text("openai"),
            model: text("gpt"),
            keeps,
            consent: is_full.then(|| Consent { text: "Fine?".to_owned(), url: None }),
            contact: is_full.then(|| "mailto:help@shop.example".to_owned()),
            linking: is_full,
            feedback: is_full,
            message_chars: 8000,
            version: "0.1.0".to_owned(),
            time: 1_764_300_000_000,
        });
        agrees(&Consent { text: "Fine?".to_owned(), url: text("https://x.example/") });
        agrees(&NewVisitor { challenge: text("eyJ9"), code: text("ABCD-EFGH") });
        agrees(&conversation(is_full));
        agrees(&Conversations { conversations: vec![conversation(is_full)], next: text("7") });
        agrees(&ConversationChange { title: text("Seats"), unread: is_full.then_some(false) });
        agrees(&problem(is_full));
        let failed = message(Role::Assistant, MessageStatus::Failed, Some(problem(is_full)));
        agrees(&Messages { messages: vec![failed], next: text("m_1") });
    }
    for (role, status) in [
        (Role::User, MessageStatus::Complete),
        (Role::Assistant, MessageStatus::Streaming),
        (Role::Assistant, MessageStatus::Stopped),
    ] {
        agrees(&message(role, status, None));
    }
    agrees(&Visitor { token: "ct_0a1b".to_owned(), created_at: 5 });
    agrees(&LinkCode { code: "ABCD-EFGH".to_owned(), expires_at: 9 });
    agrees(&NewMessage { content: "Hi".to_owned() });
    agrees(&Diagnostics::Full);
}

#[wasm_bindgen_test]
fn events_are_read_as_serde_wrote_them() {
    let (asked, reply) = (
        message(Role::User, MessageStatus::Complete, None),
        message(Role::Assistant, MessageStatus::Streaming, None),
    );
    for event in [
        ReplyEvent::Start(ReplyStart { message: asked, reply: reply.clone() }),
        ReplyEvent::Thinking,
        ReplyEvent::Delta(ReplyDelta { content: "Good".to_owned() }),
        ReplyEvent::Done(ReplyDone { reply }),
        ReplyEvent::Error(Box::new(problem(true))),
    ] {
        let data = event.data().unwrap();
        assert_eq!(json::event(event.name(), &data), Some(Some(event.clone())));
        assert_eq!(ReplyEvent::read(event.name(), &json::event_data(&event)).unwrap(), Some(event));
    }
    assert_eq!(json::event("later", "{}"), Some(None), "a name that this version does not know");
    assert_eq!(json::event("delta", "{}"), None, "what the name promises is missing");
    assert_eq!(json::event("delta", "<html>"), None);
}

#[wasm_bindgen_test]
fn what_is_left_out_or_wrong_is_not_made_up() {
    assert_eq!(json::from_str::<Visitor>(r#"{"created_at":1}"#), None);
    assert_eq!(json::from_str::<Visitor>(r#"{"token":1,"created_at":1}"#), None);
    assert_eq!(json::from_str::<Visitor>("null"), None);
    assert_eq!(json::from_str::<NewMessage>("not JSON"), None);
    let kept: Message = json::from_str(r#"{"id":"m","role":"user","content":"x","created_at":1}"#).unwrap();
    assert_eq!((kept.status, kept.error), (MessageStatus::Complete, None), "as serde's defaults have it");
    assert_eq!(json::from_str::<Message>(r#"{"id":"m","role":"system","content":"x","created_at":1}"#), None);
}
