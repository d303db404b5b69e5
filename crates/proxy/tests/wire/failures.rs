use axum::http::StatusCode;
use axum::{Json, Router};
use candor_protocol::problem::Problem;
use candor_protocol::wire::{MessageStatus, ReplyEvent};
use serde_json::json;

use crate::client::Client;
use crate::upstream;

/// The message of the support thread that Candor was born from.
const MISSING_SCOPE: &str = "You have insufficient permissions for this operation. Missing scopes: model.request. Check that \
    you have the correct role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if you're using a \
    restricted API key, that it has the necessary scopes.";

async fn fail(visitor: &Client, conversation: &str, failure: &str) -> Problem {
    let answer = visitor.say(conversation, &format!("fail: {failure}"), &[]).await;
    match answer.last() {
        ReplyEvent::Error(problem) => *problem,
        other => panic!("{failure}: {other:?}"),
    }
}

#[tokio::test]
async fn every_failure_of_the_demo_is_told_as_the_provider_would() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    // Failure; status of the problem; cause; status, type and code of the provider.
    for (failure, status, cause, upstream, kind, code) in [
        ("missing scopes", 502, "missing_scope", 403, Some("invalid_request_error"), None),
        ("invalid key", 502, "invalid_key", 401, Some("invalid_request_error"), Some("invalid_api_key")),
        ("no quota", 502, "quota_exhausted", 429, Some("insufficient_quota"), Some("insufficient_quota")),
        (
            "unknown model",
            502,
            "model_not_found",
            404,
            Some("invalid_request_error"),
            Some("model_not_found"),
        ),
        ("firewall", 502, "ip_blocked", 403, None, None),
        ("broken stream", 502, "stream_cut", 200, None, None),
        ("length limit", 502, "token_limit", 200, None, None),
        ("stalled stream", 504, "stream_stalled", 200, None, None),
        ("timeout", 504, "timeout", 0, None, None),
    ] {
        let problem = fail(&visitor, &conversation, failure).await;
        assert_eq!((problem.status, problem.cause.as_str()), (status, cause), "{failure}");
        let said = problem.upstream.unwrap_or_default();
        assert_eq!(
            (said.status, said.error_type.as_deref(), said.code.as_deref()),
            (upstream, kind, code),
            "{failure}"
        );
    }
    let limited = fail(&visitor, &conversation, "rate limit").await;
    assert_eq!(
        (limited.status, limited.retryable, limited.upstream.unwrap().retry_after),
        (429, true, Some(20))
    );
    assert_eq!(limited.detail, "Your message is kept. Try again in 20 seconds.");
    assert_eq!(fail(&visitor, &conversation, "overloaded").await.status, 503);
}

#[tokio::test]
async fn a_missing_scope_comes_through_word_for_word() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    let problem = fail(&visitor, &conversation, "missing scopes").await;
    assert_eq!(problem.upstream.as_ref().unwrap().message.as_deref(), Some(MISSING_SCOPE));
    assert_eq!(problem.title, "The assistant can’t answer right now.");
    let kept = visitor.messages(&conversation).await.pop().unwrap();
    assert_eq!((kept.status, kept.error), (MessageStatus::Failed, Some(problem)));
}

#[tokio::test]
async fn what_had_arrived_before_a_failure_is_kept() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    for failure in ["broken stream", "stalled stream"] {
        let answer = visitor.say(&conversation, &format!("fail: {failure}"), &[]).await;
        assert!(answer.text().len() > 10, "{failure}");
        assert_eq!(visitor.messages(&conversation).await.pop().unwrap().content, answer.text());
    }
}

#[tokio::test]
async fn the_owner_decides_what_a_visitor_may_see() {
    for (diagnostics, may_know_type) in [("reference", true), ("off", false)] {
        let visitor = Client::visitor(&[("CANDOR_DIAGNOSTICS", diagnostics)]).await;
        let conversation = visitor.conversation().await;
        let stream = visitor.say(&conversation, "fail: missing scopes", &[]).await.body;
        let json =
            visitor.say(&conversation, "fail: missing scopes", &[("accept", "application/json")]).await.body;
        let list = visitor.get(&format!("{conversation}/messages")).await.body;
        for body in [stream, json, list] {
            assert!(
                !body.contains("insufficient permissions") && !body.contains("req_"),
                "{diagnostics}: {body}"
            );
            assert_eq!(body.contains("invalid_request_error"), may_know_type, "{diagnostics}: {body}");
            assert!(body.contains("CR-"), "a reference to quote: {body}");
        }
    }
}

#[tokio::test]
async fn a_key_that_looks_like_none_is_told_nobody_where_the_provider_says_it_back() {
    const KEY: &str = "north4Window7Harbour2";
    let refuse = || async {
        let words = format!("{KEY} may not do that, nor may nort…7Harbour2.");
        (StatusCode::FORBIDDEN, Json(json!({ "error": { "message": words, "code": KEY } })))
    };
    let url = format!("http://{}/v1", upstream::serve(Router::new().fallback(refuse)).await);
    let visitor = Client::visitor_of_real(&[
        ("CANDOR_PROVIDER", "openai"),
        ("CANDOR_BASE_URL", &url),
        ("CANDOR_API_KEY", KEY),
        ("CANDOR_MODEL", "m"),
        ("CANDOR_DIAGNOSTICS", "full"),
        ("CANDOR_OWNER_TOKEN", "only-the-owner"),
    ])
    .await;
    let conversation = visitor.conversation().await;
    let owner = visitor.with_token(Some("only-the-owner"));
    let told = [
        visitor.say(&conversation, "hello", &[]).await.body,
        visitor.get(&format!("{conversation}/messages")).await.body,
        owner.post("/diagnostics/checks", "{}").await.body,
        owner.get("/diagnostics/errors").await.body,
    ];
    for told in told {
        assert!(told.contains("[key] may not do that, nor may nort…[key]."), "{told}");
        assert!(!told.contains("Harbour"), "{told}");
    }
}
