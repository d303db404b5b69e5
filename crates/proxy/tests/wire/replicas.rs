//! Two proxies that share a database: a reply is followed and stopped through either.

use std::time::Duration;

use axum::http::StatusCode;
use candor_protocol::wire::{MessageStatus, ReplyEvent};
use candor_proxy::config::DatabaseAddress;
use candor_proxy::store::{Database, Limits, Store};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::client::Client;
use crate::database;

/// One visitor as two proxies know them.
async fn both() -> (Client, Client, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let address = match database::address().await {
        DatabaseAddress::Memory => DatabaseAddress::File(folder.path().join("candor.db")),
        postgres => postgres,
    };
    let store = || async { Store::new(Database::open(&address).await.unwrap(), Limits::default()) };
    let here = Client::of(store().await).await.another().await;
    let there = Client::of(store().await).await.with_token(here.token());
    (here, there, folder)
}

/// The id of the message whose reply has got some way.
async fn begun(visitor: &Client, conversation: &str) -> String {
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
