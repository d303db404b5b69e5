//! Replies of real providers and middle boxes, each with its source: what a good reader finds in them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use candor_protocol::cause::recognise;
use candor_protocol::reader::{ApiError, read};
use candor_protocol::redact::redact;
use serde_json::Value;

fn replies() -> impl Iterator<Item = Value> {
    include_str!("replies.jsonl").lines().map(|line| serde_json::from_str(line).unwrap())
}

fn read_reply(reply: &Value) -> ApiError {
    let mut headers = vec![("content-type", reply["content_type"].as_str().unwrap_or_default())];
    headers.extend(
        reply["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap())),
    );
    read(reply["http_status"].as_u64().unwrap() as u16, headers, reply["body"].as_str().unwrap().as_bytes())
}

#[test]
fn type_code_and_message_are_found() {
    let mut wrong = Vec::new();
    for reply in replies() {
        let error = read_reply(&reply);
        let expected = |name: &str| reply[name].as_str().map(redact);
        let found = (error.error_type, error.code, error.message);
        let expected = (expected("expected_type"), expected("expected_code"), expected("expected_message"));
        if found != expected {
            wrong.push(format!("{}\n  found    {found:?}\n  expected {expected:?}", reply["id"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_cause_is_recognised() {
    let wrong: Vec<_> = replies()
        .filter(|reply| reply["expected_category"] != recognise(&read_reply(reply)).id)
        .map(|reply| {
            format!("{} {} {}", reply["id"], reply["expected_category"], recognise(&read_reply(&reply)).id)
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
