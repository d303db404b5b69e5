//! The corpus in `tests/replies`: replies of real providers and middle boxes, each with its source, and what a good reader
//! finds in them.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use candor_diagnosis::explain::{self, Explanation};
use candor_diagnosis::redact::redact;
use serde_json::Value;

fn replies() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/replies");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file| fs::read_to_string(file).unwrap();
    files
        .into_iter()
        .filter(|file| file.extension().is_some_and(|ending| ending == "jsonl"))
        .flat_map(|file| {
            read(file).lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
        })
        .collect()
}

fn explained(reply: &Value) -> Explanation {
    let mut headers = vec![("content-type", reply["content_type"].as_str().unwrap_or_default())];
    headers.extend(
        reply["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap())),
    );
    let status = u16::try_from(reply["http_status"].as_u64().unwrap()).unwrap();
    explain::reply(status, headers, reply["body"].as_str().unwrap().as_bytes())
}

#[test]
fn each_reply_has_a_source_and_a_name_of_its_own() {
    let replies = replies();
    let ids: BTreeSet<_> = replies.iter().map(|reply| reply["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), replies.len(), "two replies share an id");
    assert!(replies.len() >= 120, "{}", replies.len());
    for reply in &replies {
        assert!(!reply["source"].as_str().unwrap().is_empty(), "{}", reply["id"]);
    }
}

#[test]
fn type_code_and_message_are_found() {
    let mut wrong = Vec::new();
    for reply in replies() {
        let error = explained(&reply).error;
        let text =
            |name: &str| reply[name].as_str().map(str::trim).filter(|text| !text.is_empty()).map(redact);
        let wanted = (text("expected_type"), text("expected_code"), text("expected_message"));
        let found = (error.error_type, error.code, error.message);
        if found != wanted {
            wrong.push(format!("{}\n  found    {found:?}\n  expected {wanted:?}", reply["id"]));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn param_request_id_and_wait_are_found_where_the_reply_gives_them() {
    let mut wrong = Vec::new();
    for reply in replies() {
        let error = explained(&reply).error;
        let differs = |name: &str, found: Option<String>| {
            let wanted = reply.get(name).filter(|wanted| !wanted.is_null());
            let wanted = wanted.map(|wanted| wanted.as_str().map_or_else(|| wanted.to_string(), redact));
            (wanted.is_some() && wanted != found)
                .then(|| format!("{} {name}: found {found:?}, expected {wanted:?}", reply["id"]))
        };
        wrong.extend(differs("expected_param", error.param));
        wrong.extend(differs("expected_request_id", error.request_id));
        wrong.extend(differs("expected_retry_after", error.retry_after.map(|seconds| seconds.to_string())));
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_cause_is_recognised() {
    let mut wrong = Vec::new();
    for reply in replies() {
        let explanation = explained(&reply);
        let found = explanation.entry.map_or("none", |entry| entry.id());
        let wanted = reply["expected_category"].as_str().unwrap_or("none");
        if found != wanted {
            let words = explanation.error.message.or(explanation.error.text).unwrap_or_default();
            let words: String = words.chars().take(160).collect();
            wrong.push(format!(
                "{} {} found {found}, expected {wanted}: {words}",
                reply["id"], reply["http_status"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
