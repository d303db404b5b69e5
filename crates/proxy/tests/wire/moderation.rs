//! Moderation by the provider's own endpoint: what it flags, and what it cannot look at, is not sent to the model.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use candor_protocol::problem::Problem;
use candor_protocol::wire::ReplyEvent;
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::upstream;

/// How moderation answers.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// It flags what has the word “bad”.
    Works,
    /// There is none.
    IsMissing,
    /// It has no time.
    IsOverloaded,
    /// Something else answers with a success.
    IsSomethingElse,
    /// It says nothing of the last text.
    IsShort,
}

#[derive(Clone)]
struct Provider {
    manner: Manner,
    /// What the model was asked, and what moderation was to look at.
    asked: Arc<Mutex<Vec<Value>>>,
    looked_at: Arc<Mutex<Vec<Value>>>,
}

async fn complete(State(provider): State<Provider>, Json(request): Json<Value>) -> Response {
    provider.asked.lock().unwrap().push(request);
    let chunk = json!({ "choices": [{ "delta": { "content": "Good." }, "finish_reason": "stop" }] });
    ([("content-type", "text/event-stream")], Body::from(format!("data: {chunk}\n\ndata: [DONE]\n\n")))
        .into_response()
}

async fn moderate(State(provider): State<Provider>, Json(request): Json<Value>) -> Response {
    assert_eq!(request["model"], "omni-moderation-latest");
    provider.looked_at.lock().unwrap().push(request["input"].clone());
    let verdict = |text: &Value| {
        let is_bad = text.as_str().unwrap().contains("bad");
        json!({ "flagged": is_bad, "categories": { "violence": is_bad, "hate": is_bad, "sexual": false } })
    };
    let mut results: Vec<_> = request["input"].as_array().unwrap().iter().map(verdict).collect();
    match provider.manner {
        Manner::IsMissing => StatusCode::NOT_FOUND.into_response(),
        Manner::IsOverloaded => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Manner::IsSomethingElse => Json(json!({ "object": "list", "data": [] })).into_response(),
        Manner::Works | Manner::IsShort => {
            if matches!(provider.manner, Manner::IsShort) {
                results.pop();
            }
            Json(json!({ "id": "modr-1", "results": results })).into_response()
        }
    }
}

async fn provider(manner: Manner) -> (SocketAddr, Provider) {
    let provider = Provider { manner, asked: Arc::default(), looked_at: Arc::default() };
    let router = Router::new()
        .route("/v1/chat/completions", post(complete))
        .route("/v1/moderations", post(moderate))
        .with_state(provider.clone());
    (upstream::serve(router).await, provider)
}

/// A visitor of an app whose model costs a tenth of a cent a token, where everybody may spend what one question is expected to cost.
async fn visitor(address: SocketAddr, more: &[(&str, &str)]) -> Client {
    let url = format!("http://{address}/v1");
    let usual = [
        ("CANDOR_PROVIDER", "openai"),
        ("CANDOR_BASE_URL", url.as_str()),
        ("CANDOR_API_KEY", "k"),
        ("CANDOR_MODEL", "m"),
        ("CANDOR_INPUT_PRICE", "1000"),
        ("CANDOR_OUTPUT_PRICE", "1000"),
        // A question of eight tokens, and an answer of 500.
        ("CANDOR_LIMITS_CENTS_SITE_DAY", "51"),
        ("CANDOR_LIMITS_ANSWERS_VISITOR_MINUTE", "0"),
    ];
    Client::visitor_of_real(&[&usual, more].concat()).await
}

const ON: &[(&str, &str)] = &[("CANDOR_MODERATION", "true")];

fn problem(answer: &Answer) -> Problem {
    match answer.last() {
        ReplyEvent::Error(problem) => *problem,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_flagged_or_cannot_be_looked_at_is_not_sent_and_costs_nothing() {
    for (manner, cause, retryable) in [
        (Manner::Works, "message_flagged", false),
        (Manner::IsMissing, "moderation_refused", false),
        (Manner::IsSomethingElse, "moderation_refused", false),
        (Manner::IsShort, "moderation_refused", false),
        (Manner::IsOverloaded, "moderation_unavailable", true),
    ] {
        let (address, provider) = provider(manner).await;
        let visitor = visitor(address, ON).await;
        for _ in 0..3 {
            let conversation = visitor.conversation().await;
            let found = problem(&visitor.say(&conversation, "something bad", &[]).await);
            assert_eq!((found.cause.as_str(), found.retryable), (cause, retryable), "{manner:?}");
        }
        assert!(provider.asked.lock().unwrap().is_empty(), "{manner:?}");
    }
}

#[tokio::test]
async fn the_owner_reads_the_categories_and_a_visitor_the_kind_alone() {
    let (address, _) = provider(Manner::Works).await;
    let owner_token = "only-the-owner";
    let visitor = visitor(address, &[ON, &[("CANDOR_OWNER_TOKEN", owner_token)]].concat()).await;
    let conversation = visitor.conversation().await;
    let told = problem(&visitor.say(&conversation, "something bad", &[]).await);
    let said = told.upstream.unwrap();
    assert_eq!((said.code.as_deref(), said.message), (Some("flagged"), None));
    let errors = visitor.with_token(Some(owner_token)).get("/diagnostics/errors").await.json();
    assert_eq!(
        errors["errors"][0]["latest"]["upstream"]["message"],
        "Flagged by moderation: hate, violence."
    );
}

#[tokio::test]
async fn it_is_off_until_the_owner_wants_it() {
    let (address, provider) = provider(Manner::IsMissing).await;
    let visitor = visitor(address, &[]).await;
    let conversation = visitor.conversation().await;
    assert_eq!(visitor.say(&conversation, "something bad", &[]).await.text(), "Good.");
    assert!(provider.looked_at.lock().unwrap().is_empty());
}

#[tokio::test]
async fn each_message_is_looked_at_once() {
    let (address, provider) = provider(Manner::Works).await;
    let visitor = visitor(address, &[ON, &[("CANDOR_LIMITS_CENTS_SITE_DAY", "1000")]].concat()).await;
    let conversation = visitor.conversation().await;
    for words in ["one", "two"] {
        assert_eq!(visitor.say(&conversation, words, &[]).await.text(), "Good.");
    }
    assert_eq!(*provider.looked_at.lock().unwrap(), [json!(["one"]), json!(["two"])]);
}
