//! Two proxies that share a database: a reply is followed and stopped through either.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use candor_protocol::wire::{MessageStatus, ReplyEvent};
use candor_proxy::App;
use candor_proxy::assets::Assets;
use candor_proxy::provider::demo::Demo;
use candor_proxy::store::{Database, Limits, Store};
use serde_json::json;
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::client::{Client, settings};
use crate::database;

/// One visitor as two proxies know them.
async fn both() -> (Client, Client, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let address = database::shared(&folder).await;
    let store = || async { Store::new(Database::open(&address).await.unwrap(), Limits::default()) };
    let here = Client::of(store().await).await.another().await;
    let there = Client::of(store().await).await.with_token(here.token());
    (here, there, folder)
}

#[tokio::test]
async fn an_answer_that_one_has_signed_is_known_to_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let address = database::shared(&folder).await;
    let app = || async {
        let store = Store::new(Database::open(&address).await.unwrap(), Limits::default());
        let settings = settings(&[("CANDOR_KEEP_DAYS", "0")]);
        Client::of_app(App::with(settings, Arc::new(Demo), store, Assets::default()))
    };
    let here = app().await.another().await;
    let there = app().await.with_token(here.token());
    let question = json!({ "role": "user", "content": "hello" });
    let first = here.post("/replies", &json!({ "messages": [question] }).to_string()).await;
    let answer =
        json!({ "role": "assistant", "content": first.text(), "signature": first.signature().unwrap() });
    let again = json!({ "messages": [question, answer, question] }).to_string();
    assert_eq!(there.post("/replies", &again).await.status, StatusCode::OK);
}

/// The id of the message whose reply has got some way.
pub async fn begun(visitor: &Client, conversation: &str) -> String {
    let looking = async {
        loop {
            match visitor.messages(conversation).await.as_slice() {
                [message, reply] if reply.content.len() > 40 => break message.id.clone(),
                _ => sleep(Duration::from_millis(10)).await,
            }
        }
    };
    timeout(Duration::from_secs(20), looking).await.unwrap()
}

#[tokio::test]
async fn a_reply_is_followed_where_it_is_not_written() {
    let (here, there, _folder) = both().await;
    let conversation = here.conversation().await;
    let following = async {
        let message = begun(&there, &conversation).await;
        there.get(&format!("{conversation}/messages/{message}/reply")).await
    };
    let (said, followed) = tokio::join!(here.say(&conversation, "tell me about markdown", &[]), following);
    assert_eq!(followed.text(), said.text());
    assert_eq!(followed.last(), said.last());
    let deltas = followed.events().len();
    assert!(deltas > 3, "it came as it was written, in {deltas} events");
}

#[tokio::test]
async fn as_many_follow_a_reply_as_may_wherever_it_is_written() {
    let (here, there, _folder) = both().await;
    let conversation = here.conversation().await;
    let json = [("content-type", "application/json")];
    let story = r#"{"content":"tell me a long story"}"#.to_owned();
    here.begin(Method::POST, &format!("{conversation}/messages"), &json, story).await;
    let message = here.messages(&conversation).await[0].id.clone();
    let reply = format!("{conversation}/messages/{message}/reply");
    for client in [&here, &there] {
        let follow = async || client.respond(Method::GET, &reply, &[], Body::empty()).await;
        let mut followers = Vec::new();
        let refused = loop {
            let response = follow().await;
            if !response.status().is_success() {
                break response.status();
            }
            followers.push(response);
            assert!(followers.len() < 1_000, "it is not refused");
        };
        assert_eq!((refused, followers.len()), (StatusCode::TOO_MANY_REQUESTS, 64));
        drop(followers);
        assert_eq!(follow().await.status(), StatusCode::OK, "whoever leaves makes room");
    }
    here.delete(&conversation).await;
}

#[tokio::test]
async fn a_reply_is_stopped_where_it_is_not_written() {
    let (here, there, _folder) = both().await;
    let conversation = here.conversation().await;
    let stopping = async {
        let message = begun(&there, &conversation).await;
        there.delete(&format!("{conversation}/messages/{message}/reply")).await
    };
    let (said, stopped) = tokio::join!(here.say(&conversation, "tell me a long story", &[]), stopping);
    assert_eq!(stopped.status, StatusCode::NO_CONTENT);
    let ReplyEvent::Done(done) = said.last() else { panic!("{:?}", said.last()) };
    assert_eq!(done.reply.status, MessageStatus::Stopped);
}

#[tokio::test]
async fn a_conversation_deleted_there_ends_its_reply_here() {
    let (here, there, _folder) = both().await;
    let conversation = here.conversation().await;
    let deleting = async {
        begun(&there, &conversation).await;
        there.delete(&conversation).await
    };
    let (said, deleted) = tokio::join!(here.say(&conversation, "tell me a long story", &[]), deleting);
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    let ReplyEvent::Done(done) = said.last() else { panic!("{:?}", said.last()) };
    assert_eq!(done.reply.status, MessageStatus::Stopped, "nobody pays for what nobody can read");
}
