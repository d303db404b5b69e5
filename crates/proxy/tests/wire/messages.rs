use axum::http::{Method, StatusCode};
use candor_protocol::wire::{MessageStatus, ReplyEvent, Role};

use crate::client::Client;

#[tokio::test]
async fn a_message_is_answered_by_a_stream_and_kept() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    let answer = visitor.say(&conversation, "hello", &[]).await;
    assert_eq!(answer.header("cache-control"), "no-cache, no-store, no-transform");
    assert_eq!(answer.header("x-accel-buffering"), "no");
    let events = answer.events();
    assert!(events.len() > 10, "word by word: {} events", events.len());
    let ReplyEvent::Done(done) = answer.last() else { panic!("{:?}", answer.last()) };
    assert_eq!(done.reply.content, answer.text());
    assert_eq!(done.reply.status, MessageStatus::Complete);
    assert!(answer.text().starts_with("Hello, and welcome."));

    let kept = visitor.messages(&conversation).await;
    assert_eq!(kept.iter().map(|message| message.role).collect::<Vec<_>>(), [Role::User, Role::Assistant]);
    assert_eq!((kept[0].content.as_str(), &kept[1]), ("hello", &done.reply));
}

#[tokio::test]
async fn who_accepts_only_json_gets_the_whole_reply_or_the_problem() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    let json = [("accept", "application/json")];
    let whole = visitor.say(&conversation, "hello", &json).await.json();
    assert_eq!(whole["message"]["content"], "hello");
    assert_eq!(whole["reply"]["status"], "complete");
    let failed = visitor.say(&conversation, "fail: missing scopes", &json).await;
    assert_eq!((failed.status, failed.problem().cause.as_str()), (StatusCode::BAD_GATEWAY, "missing_scope"));
}

#[tokio::test]
async fn the_same_key_never_makes_a_second_message() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    let key = [("idempotency-key", "key-1")];
    let (one, two) =
        tokio::join!(visitor.say(&conversation, "hello", &key), visitor.say(&conversation, "hello", &key));
    let three = visitor.say(&conversation, "hello", &key).await;
    assert_eq!(one.text(), two.text());
    assert_eq!(one.message(), three.message());
    assert_eq!(one.text(), three.text());
    assert_eq!(visitor.messages(&conversation).await.len(), 2);

    let other = visitor.say(&conversation, "something else", &key).await;
    assert_eq!(
        (other.status, other.problem().cause.as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid_request")
    );
    let long = "k".repeat(201);
    assert_eq!(
        visitor.say(&conversation, "hello", &[("idempotency-key", &long)]).await.status,
        StatusCode::UNPROCESSABLE_ENTITY
    );
}

#[tokio::test]
async fn a_second_message_waits_for_the_reply_under_way() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    let (first, second) =
        tokio::join!(visitor.say(&conversation, "hello", &[]), visitor.say(&conversation, "hey", &[]));
    let (answered, refused) = if first.status == StatusCode::OK { (first, second) } else { (second, first) };
    assert_eq!(answered.status, StatusCode::OK);
    assert_eq!((refused.status, refused.problem().cause.as_str()), (StatusCode::CONFLICT, "conflict"));
}

#[tokio::test]
async fn every_bad_body_has_its_own_clear_error_and_nothing_is_kept() {
    let visitor = Client::visitor(&[("CANDOR_MESSAGE_CHARS", "20")]).await;
    let conversation = visitor.conversation().await;
    let messages = format!("{conversation}/messages");
    let large = format!(r#"{{"content":"{}"}}"#, "x".repeat(300 * 1024));
    for (body, status, cause, words) in [
        ("{", 400, "invalid_json", "line 1, column 1"),
        ("[]", 422, "invalid_request", "must be a JSON object"),
        ("{}", 422, "invalid_request", "content is missing"),
        (r#"{"content":5}"#, 422, "invalid_request", "content must be a text"),
        (r#"{"content":"  "}"#, 422, "invalid_request", "must not be empty"),
        (r#"{"content":"x","model":"gpt-4"}"#, 422, "invalid_request", "The field model"),
        (r#"{"content":"x","role":"system"}"#, 400, "invalid_request", "no other role"),
        (r#"{"content":"123456789012345678901"}"#, 413, "body_too_large", "20 characters at most"),
        (large.as_str(), 413, "body_too_large", "shorten"),
    ] {
        let problem = visitor.post(&messages, body).await.problem();
        assert_eq!((problem.status, problem.cause.as_str()), (status, cause), "{:.60}", body);
        assert!(problem.detail.contains(words), "{}", problem.detail);
    }
    let plain = visitor.send(Method::POST, &messages, &[("content-type", "text/plain")], "hello").await;
    assert_eq!(plain.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(visitor.messages(&conversation).await, []);
    assert_eq!(visitor.say("/conversations/c_0", "hello", &[]).await.problem().cause, "not_found");
}
