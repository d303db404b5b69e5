//! The list of conversations: its pages, the search, the mark of what is unread, and deleting everything.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use candor_protocol::wire::Messages;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::client::Client;

async fn list(visitor: &Client, query: &str) -> Value {
    let answer = visitor.get(&format!("/conversations{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    answer.json()
}

fn titles(list: &Value) -> Vec<&str> {
    list["conversations"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect()
}

async fn titled(visitor: &Client, title: &str) -> String {
    let answer = visitor.post("/conversations", &json!({ "title": title }).to_string()).await;
    format!("/conversations/{}", answer.json()["id"].as_str().unwrap())
}

#[tokio::test]
async fn the_list_comes_in_pages_without_a_gap_even_where_it_grows_meanwhile() {
    let visitor = Client::visitor(&[]).await;
    for number in 0..7 {
        titled(&visitor, &format!("talk {number}")).await;
    }
    let first = list(&visitor, "?limit=3").await;
    assert_eq!(titles(&first), ["talk 6", "talk 5", "talk 4"]);
    titled(&visitor, "a new one").await;
    let second = list(&visitor, &format!("?limit=3&before={}", first["next"].as_str().unwrap())).await;
    assert_eq!(titles(&second), ["talk 3", "talk 2", "talk 1"]);
    let third = list(&visitor, &format!("?limit=3&before={}", second["next"].as_str().unwrap())).await;
    assert_eq!(titles(&third), ["talk 0"]);
    assert_eq!(third.get("next"), None);
    assert_eq!(list(&visitor, "?limit=8").await.get("next"), None, "a full last page is the last");
    for wrong in ["?limit=0", "?limit=101", "?limit=x", "?before=yesterday"] {
        assert_eq!(visitor.get(&format!("/conversations{wrong}")).await.problem().cause, "invalid_request");
    }
}

#[tokio::test]
async fn messages_come_in_pages_from_the_latest_on_without_a_gap_even_where_some_are_written_meanwhile() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    for number in 0..4 {
        visitor.say(&conversation, &format!("fail: overloaded {number}"), &[]).await;
    }
    let whole = visitor.messages(&conversation).await;
    assert_eq!(whole.len(), 8);
    let page = async |query: &str| -> Messages {
        let answer = visitor.get(&format!("{conversation}/messages{query}")).await;
        serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
    };
    let latest = page("?limit=3").await;
    assert_eq!(latest.messages, whole[5..]);
    visitor.say(&conversation, "fail: overloaded", &[]).await;
    let middle = page(&format!("?limit=3&before={}", latest.next.unwrap())).await;
    assert_eq!(middle.messages, whole[2..5]);
    let first = page(&format!("?limit=3&before={}", middle.next.unwrap())).await;
    assert_eq!((first.messages.as_slice(), first.next), (&whole[..2], None));
    assert_eq!(page("?limit=10").await.next, None, "a full last page is the last");
    for wrong in ["?limit=0", "?limit=201", "?limit=x", "?before=yesterday"] {
        let answer = visitor.get(&format!("{conversation}/messages{wrong}")).await;
        assert_eq!(answer.problem().cause, "invalid_request", "{wrong}");
    }
}

#[tokio::test]
async fn the_search_looks_into_titles_and_messages_whatever_their_case_and_shows_the_place() {
    let visitor = Client::visitor(&[]).await;
    let (greeting, sale) = (visitor.conversation().await, titled(&visitor, "Über 50%_off").await);
    visitor.say(&greeting, "hello", &[]).await;
    visitor.say(&sale, "What can you do?", &[]).await;
    let other = visitor.another().await;
    other.say(&other.conversation().await, "hello", &[]).await;

    let found = list(&visitor, "?search=AND%20WELCOME").await;
    assert_eq!(titles(&found), ["hello"], "in a reply, and in none of another visitor's");
    let preview = found["conversations"][0]["preview"].as_str().unwrap();
    assert!(preview.starts_with("Hello, and welcome."), "{preview}");
    assert_eq!(titles(&list(&visitor, "?search=%C3%BCber").await), ["Über 50%_off"], "in a title");
    assert_eq!(titles(&list(&visitor, "?search=50%25_").await), ["Über 50%_off"]);
    assert_eq!(titles(&list(&visitor, "?search=50x_").await), [""; 0], "a sign of a pattern is only itself");
    assert_eq!(titles(&list(&visitor, "?search=%20").await).len(), 2, "no words are all");
}

#[tokio::test]
async fn a_reply_that_nobody_followed_to_its_end_is_unread_until_the_visitor_says_otherwise() {
    let visitor = Client::visitor(&[]).await;
    let (seen, missed) = (visitor.conversation().await, visitor.conversation().await);
    visitor.say(&seen, "hello", &[]).await;
    let left = timeout(Duration::from_millis(100), visitor.say(&missed, "hello", &[])).await;
    assert!(left.is_err(), "the connection ends before the reply");
    while visitor.messages(&missed).await[1].content.is_empty()
        || visitor.messages(&missed).await[1].status != candor_protocol::wire::MessageStatus::Complete
    {}
    let unread: Vec<bool> = list(&visitor, "").await["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["unread"] == true)
        .collect();
    assert_eq!(unread, [true, false]);
    let retry = async || {
        let message = &visitor.messages(&missed).await[0].id;
        let path = format!("{missed}/messages/{message}/reply");
        let told = visitor.send(Method::POST, &path, &[("accept", "application/json")], Body::empty()).await;
        told.json()["reply"]["id"].clone()
    };
    let whole = visitor.messages(&missed).await[1].id.clone();
    assert_eq!(retry().await, whole, "nobody pays for another");
    let read = visitor.patch(&missed, r#"{"unread":false}"#).await.json();
    assert_eq!((read["unread"].as_bool(), read["title"].as_str()), (Some(false), Some("hello")));
    assert_eq!(visitor.patch(&missed, r#"{"unread":1}"#).await.problem().cause, "invalid_request");
    assert_eq!(visitor.patch(&missed, "{}").await.problem().cause, "invalid_request");
}

#[tokio::test]
async fn a_conversation_that_is_asked_for_twice_with_one_key_is_one() {
    let visitor = Client::visitor(&[]).await;
    let headers = [("idempotency-key", "key-1"), ("content-type", "application/json")];
    let make = |visitor: Client| async move {
        let answer = visitor.send(Method::POST, "/conversations", &headers, "{}").await;
        answer.json()["id"].as_str().unwrap().to_owned()
    };
    let (one, two) = tokio::join!(make(visitor.clone()), make(visitor.clone()));
    assert_eq!(one, two);
    assert_ne!(make(visitor.another().await).await, one, "a key is its visitor's own");
    assert_eq!(titles(&list(&visitor, "").await).len(), 1);
}

#[tokio::test]
async fn a_visitor_who_deletes_everything_leaves_nothing_behind() {
    let visitor = Client::visitor(&[]).await;
    let other = visitor.another().await;
    let conversation = visitor.conversation().await;
    visitor.say(&conversation, "hello", &[]).await;
    other.say(&other.conversation().await, "hello", &[]).await;
    assert_eq!(visitor.delete("/visitors").await.status, StatusCode::NO_CONTENT);
    for path in ["/conversations", &conversation] {
        assert_eq!(visitor.get(path).await.problem().cause, "unauthorized");
    }
    assert_eq!(titles(&list(&other, "").await).len(), 1);
}
