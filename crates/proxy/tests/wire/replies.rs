use axum::body::Body;
use axum::http::{Method, StatusCode};
use candor_protocol::wire::{MessageStatus, ReplyEvent};

use crate::client::{Answer, Client};

async fn follow(visitor: &Client, reply: &str, last_event_id: &str) -> Answer {
    visitor.send(Method::GET, reply, &[("last-event-id", last_event_id)], Body::empty()).await
}

#[tokio::test]
async fn a_stream_is_taken_up_again_at_any_event_without_a_byte_lost_or_doubled() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    let whole = visitor.say(&conversation, "tell me about markdown", &[]).await;
    let reply = format!("{conversation}/messages/{}/reply", whole.message().id);
    let mut before = String::new();
    for (id, event) in whole.events() {
        if let ReplyEvent::Delta(delta) = &event {
            before.push_str(&delta.content);
        }
        let rest = follow(&visitor, &reply, &id).await;
        assert_eq!(format!("{before}{}", rest.text()), whole.text(), "behind {id}");
        assert_eq!(rest.last(), whole.last());
        assert!(!matches!(rest.events()[0].1, ReplyEvent::Start(_)), "what was seen stays valid");
    }
}

#[tokio::test]
async fn an_event_id_that_fits_nowhere_brings_the_whole_reply() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    let whole = visitor.say(&conversation, "hello", &[]).await;
    let reply = format!("{conversation}/messages/{}/reply", whole.message().id);
    let own = whole.events()[0].0.split_once(':').unwrap().0.to_owned();
    for id in ["", "x", "m_0:3", &format!("{own}:999999"), &format!("{own}:-1"), &format!("{own}:")] {
        let again = follow(&visitor, &reply, id).await;
        assert!(matches!(again.events()[0].1, ReplyEvent::Start(_)), "{id}");
        assert_eq!(again.text(), whole.text());
    }
}

#[tokio::test]
async fn a_reply_goes_on_when_the_connection_is_gone() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    // The request is dropped while its reply is being written.
    let dropped =
        tokio::time::timeout(std::time::Duration::from_millis(100), visitor.say(&conversation, "hello", &[]))
            .await;
    assert!(dropped.is_err());
    let message = visitor.messages(&conversation).await[0].id.clone();
    let rest = visitor.get(&format!("{conversation}/messages/{message}/reply")).await;
    let ReplyEvent::Done(done) = rest.last() else { panic!("{:?}", rest.last()) };
    assert!(done.reply.content.starts_with("Hello, and welcome."));
}

#[tokio::test]
async fn a_reply_is_stopped_and_keeps_what_had_arrived() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    let saying = visitor.say(&conversation, "tell me a long story", &[]);
    let stopping = async {
        let message = loop {
            match visitor.messages(&conversation).await.as_slice() {
                [message, reply] if reply.content.len() > 40 => break message.id.clone(),
                _ => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            }
        };
        visitor.delete(&format!("{conversation}/messages/{message}/reply")).await
    };
    let (said, stopped) = tokio::join!(saying, stopping);
    assert_eq!(stopped.status, StatusCode::NO_CONTENT);
    let ReplyEvent::Done(done) = said.last() else { panic!("{:?}", said.last()) };
    assert_eq!(done.reply.status, MessageStatus::Stopped);
    assert_eq!(done.reply.content, said.text());
    assert!(said.text().len() > 40);
    assert_eq!(visitor.messages(&conversation).await[1], done.reply);
}

#[tokio::test]
async fn a_retry_puts_another_reply_in_the_place_of_the_last() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    let failed = visitor.say(&conversation, "fail: overloaded", &[]).await;
    assert!(matches!(failed.last(), ReplyEvent::Error(_)));
    let reply = format!("{conversation}/messages/{}/reply", failed.message().id);
    let again = visitor.post(&reply, "").await;
    assert_eq!(again.message(), failed.message(), "the visitor's message is the same one");
    let messages = visitor.messages(&conversation).await;
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[1].status, MessageStatus::Failed);
}

#[tokio::test]
async fn one_reply_over_the_owners_limit_is_refused_until_another_has_ended() {
    let one = Client::visitor(&[("CANDOR_MAX_STREAMS", "1")]).await;
    let other = one.another().await;
    let (first, second) = (one.conversation().await, other.conversation().await);
    let story = r#"{"content":"tell me a long story"}"#.to_owned();
    let headers = [("content-type", "application/json")];
    one.begin(Method::POST, &format!("{first}/messages"), &headers, story).await;

    let refused = other.say(&second, "hello", &[]).await;
    assert_eq!(
        (refused.status, refused.problem().cause.as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "too_many_at_once")
    );
    assert!(other.messages(&second).await.is_empty(), "nothing of it is kept");

    let message = one.messages(&first).await[0].id.clone();
    let stopped = one.delete(&format!("{first}/messages/{message}/reply")).await;
    assert_eq!(stopped.status, StatusCode::NO_CONTENT);
    for (visitor, conversation) in [(&other, &second), (&one, &first)] {
        let said = visitor.say(conversation, "hello", &[]).await;
        assert!(matches!(said.last(), ReplyEvent::Done(_)), "the one before it has ended");
    }
    let failed = one.say(&first, "fail: overloaded", &[]).await;
    assert!(matches!(failed.last(), ReplyEvent::Error(_)));
    assert!(matches!(other.say(&second, "hello", &[]).await.last(), ReplyEvent::Done(_)), "a failed one too");
}
