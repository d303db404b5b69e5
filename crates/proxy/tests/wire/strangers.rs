//! Two visitors, one of them in two tabs, and every order of what they do: whatever one tries with the other's ids finds
//! nothing and changes nothing. The addresses are those that the wire publishes, so that none is forgotten.

use axum::http::{Method, StatusCode};
use futures_util::{StreamExt, stream};
use serde_json::Value;

use crate::client::Client;

/// What happens, to the conversation of the first or the second visitor.
#[derive(Clone, Copy, Debug)]
enum Event {
    FirstSays,
    FirstRenamesInAnotherTab,
    FirstDeletesInAnotherTab,
    SecondSays,
    SecondDeletes,
}

use Event::{FirstDeletesInAnotherTab, FirstRenamesInAnotherTab, FirstSays, SecondDeletes, SecondSays};

fn orders(events: &[Event]) -> Vec<Vec<Event>> {
    if events.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for at in 0..events.len() {
        let mut rest = events.to_vec();
        let first = rest.remove(at);
        all.extend(orders(&rest).into_iter().map(|rest| [vec![first], rest].concat()));
    }
    all
}

/// A conversation and the ids in it.
struct Mine {
    visitor: Client,
    conversation: String,
    messages: Vec<String>,
}

impl Mine {
    async fn new(visitor: Client) -> Self {
        let conversation = visitor.conversation().await;
        Self { visitor, conversation, messages: Vec::new() }
    }

    async fn say(&mut self) {
        let said = self.visitor.say(&self.conversation, "hello", &[("idempotency-key", "k")]).await;
        if said.status == StatusCode::OK {
            let told = self.visitor.messages(&self.conversation).await;
            self.messages = told.into_iter().map(|message| message.id).collect();
        }
    }

    /// Everything that its visitor is shown.
    async fn view(&self) -> [Value; 2] {
        let list = self.visitor.get("/conversations").await.json();
        let messages = self.visitor.get(&format!("{}/messages", self.conversation)).await.json();
        [list["conversations"].clone(), messages["messages"].clone()]
    }

    /// Tries every address that has an id in it, with these ids.
    async fn is_closed_to(&self, stranger: &Client, addresses: &[(Method, String)], when: &str) {
        let unknown = "m_0".to_owned();
        let ids = if self.messages.is_empty() { std::slice::from_ref(&unknown) } else { &self.messages };
        let conversation = self.conversation.trim_start_matches("/conversations/");
        for (method, address) in addresses {
            for id in ids {
                let path = address
                    .replace("{conversation}", conversation)
                    .replace("{message}", id)
                    .replace("{reply}", id);
                let headers = [("content-type", "application/json"), ("idempotency-key", "k")];
                let body = match (method, address.ends_with("/messages")) {
                    (&Method::POST, true) => r#"{"content":"hello"}"#,
                    (&Method::PUT, _) => r#"{"rating":"up"}"#,
                    (&Method::PATCH, _) => r#"{"title":"Mine","unread":true}"#,
                    _ => "",
                };
                let answer = stranger.send(method.clone(), &path, &headers, body).await;
                let what = format!("{method} {address}, {when}: {}", answer.body);
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{what}");
                assert_eq!(answer.problem().cause, "not_found", "{what}");
            }
        }
        let list = stranger.get("/conversations?search=hello").await.body;
        assert!(!list.contains(conversation), "{when}: {list}");
    }
}

/// The addresses of the wire with an id in them.
async fn addresses(stranger: &Client) -> Vec<(Method, String)> {
    let wire = stranger.get("/openapi.json").await.json();
    let mut all = Vec::new();
    for (path, methods) in wire["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|_| path.contains('{')) {
            all.push((method.to_uppercase().parse().unwrap(), path.clone()));
        }
    }
    all
}

#[tokio::test]
async fn in_every_order_of_events_nobody_gets_at_anything_of_another_visitors() {
    let app = Client::stranger(&[]).await;
    let addresses = addresses(&app).await;
    assert!(addresses.len() >= 10, "{addresses:?}");
    let (app, addresses) = (&app, &addresses);
    let all =
        orders(&[FirstSays, FirstRenamesInAnotherTab, FirstDeletesInAnotherTab, SecondSays, SecondDeletes]);
    assert_eq!(all.len(), 120);
    let tried = stream::iter(all).map(|order| async move {
        let mut first = Mine::new(app.another().await).await;
        let mut second = Mine::new(app.another().await).await;
        // Another tab has the token, and nothing else in common.
        let other_tab = first.visitor.clone();
        for (at, event) in order.iter().enumerate() {
            match event {
                FirstSays => first.say().await,
                FirstRenamesInAnotherTab => {
                    other_tab.patch(&first.conversation, r#"{"title":"Renamed"}"#).await;
                }
                FirstDeletesInAnotherTab => {
                    other_tab.delete(&first.conversation).await;
                }
                SecondSays => second.say().await,
                SecondDeletes => {
                    second.visitor.delete(&second.conversation).await;
                }
            }
            let when = format!("{order:?} after {}", at + 1);
            let before = (first.view().await, second.view().await);
            first.is_closed_to(&second.visitor, addresses, &when).await;
            second.is_closed_to(&first.visitor, addresses, &when).await;
            assert_eq!((first.view().await, second.view().await), before, "{when}: nothing was changed");
        }
    });
    assert_eq!(tried.buffer_unordered(16).count().await, 120);
}
