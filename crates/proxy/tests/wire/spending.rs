//! The spending cap, before a provider that says what an answer has cost, that lies about it, and that says nothing.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::upstream;

/// An answer of a hundred tokens, by its length.
const WORDS: usize = 80;

const OWNER: &str = "only-the-owner";

/// How a provider answers.
#[derive(Clone, Copy)]
enum Manner {
    /// It says that it took so many tokens, and wrote so many.
    Says(u64, u64),
    /// It says nothing.
    IsSilent,
    /// It says nothing, and the answer breaks off.
    BreaksOff,
    /// It does not know the question for tokens.
    RefusesToSay,
}

#[derive(Clone)]
struct Provider {
    manner: Manner,
    asked: Arc<Mutex<Vec<Value>>>,
}

async fn complete(State(provider): State<Provider>, Json(request): Json<Value>) -> Response {
    provider.asked.lock().unwrap().push(request.clone());
    if matches!(provider.manner, Manner::RefusesToSay) && request.get("stream_options").is_some() {
        let error = json!({ "error": { "message": "Unknown parameter: 'stream_options'.", "type": "invalid_request_error" } });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    let mut chunks = vec![json!({ "choices": [{ "delta": { "content": "word ".repeat(WORDS) } }] })];
    if !matches!(provider.manner, Manner::BreaksOff) {
        chunks.push(json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] }));
    }
    if let Manner::Says(input, output) = provider.manner {
        assert_eq!(request["stream_options"], json!({ "include_usage": true }));
        chunks
            .push(json!({ "choices": [], "usage": { "prompt_tokens": input, "completion_tokens": output } }));
    }
    let mut body: String = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    if !matches!(provider.manner, Manner::BreaksOff) {
        body += "data: [DONE]\n\n";
    }
    ([("content-type", "text/event-stream")], Body::from(body)).into_response()
}

async fn provider(manner: Manner) -> (SocketAddr, Provider) {
    let provider = Provider { manner, asked: Arc::default() };
    let router = Router::new().route("/v1/chat/completions", post(complete)).with_state(provider.clone());
    (upstream::serve(router).await, provider)
}

/// A visitor of an app whose model costs a tenth of a cent a token, with this cap.
async fn visitor(address: SocketAddr, cents_a_day: &str) -> Client {
    let url = format!("http://{address}/v1");
    Client::visitor_of_real(&[
        ("CANDOR_PROVIDER", "openai"),
        ("CANDOR_BASE_URL", &url),
        ("CANDOR_API_KEY", "k"),
        ("CANDOR_MODEL", "m"),
        ("CANDOR_INPUT_PRICE", "1000"),
        ("CANDOR_OUTPUT_PRICE", "1000"),
        ("CANDOR_LIMITS_CENTS_SITE_DAY", cents_a_day),
        ("CANDOR_OWNER_TOKEN", OWNER),
        ("CANDOR_LIMITS_TURNS_QUESTION", "1"),
        ("CANDOR_LIMITS_ANSWERS_VISITOR_MINUTE", "0"),
    ])
    .await
}

/// How many answers there are until the cap, and the refusal at it.
async fn answers_until_refused(manner: Manner, cents_a_day: &str) -> (usize, Answer) {
    let visitor = visitor(provider(manner).await.0, cents_a_day).await;
    for answers in 0..40 {
        // Each in a conversation of its own, so that all cost the same.
        let conversation = visitor.conversation().await;
        let answer = visitor.say(&conversation, "hello", &[]).await;
        if !answer.status.is_success() {
            assert!(visitor.messages(&conversation).await.is_empty(), "nothing of it is kept");
            return (answers, answer);
        }
    }
    panic!("the cap is not met");
}

#[tokio::test]
async fn what_the_provider_says_is_counted_and_at_the_cap_the_assistant_rests() {
    // Each costs 1,000 tokens, a dollar; half of one is expected.
    let (answers, refused) = answers_until_refused(Manner::Says(600, 400), "250").await;
    let problem = refused.problem();
    assert_eq!((answers, refused.status.as_u16(), problem.cause.as_str()), (2, 429, "spending_cap"));
    assert_eq!(problem.title, "The assistant rests.");
    assert!(problem.detail.starts_with("Your message is kept. The assistant is back "), "{}", problem.detail);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() <= 24 * 60 * 60);
}

#[tokio::test]
async fn where_it_is_silent_or_lies_the_cost_is_estimated() {
    // Some 110 tokens each, eleven cents; some fifty are expected of the next.
    for manner in [
        Manner::IsSilent,
        Manner::BreaksOff,
        Manner::RefusesToSay,
        Manner::Says(0, 0),
        Manner::Says(10, 1),
        Manner::Says(u64::MAX, u64::MAX),
        Manner::Says(10, 1 << 40),
    ] {
        let (answers, refused) = answers_until_refused(manner, "100").await;
        assert_eq!(refused.problem().cause, "spending_cap");
        assert_eq!(answers, 5);
    }
}

#[tokio::test]
async fn a_provider_that_does_not_know_the_question_for_tokens_is_asked_without_it() {
    let (address, provider) = provider(Manner::RefusesToSay).await;
    let visitor = visitor(address, "1000").await;
    for _ in 0..2 {
        let conversation = visitor.conversation().await;
        assert_eq!(visitor.say(&conversation, "hello", &[]).await.text().trim().len(), 5 * WORDS - 1);
    }
    let asked = provider.asked.lock().unwrap();
    let asked: Vec<_> = asked.iter().map(|request| request.get("stream_options").is_some()).collect();
    assert_eq!(asked, [true, false, false]);
}

#[tokio::test]
async fn a_model_on_this_machine_costs_nothing() {
    let (address, _) = provider(Manner::Says(600, 400)).await;
    let url = format!("http://{address}/v1");
    let visitor = Client::visitor_of_real(&[
        ("CANDOR_PROVIDER", "openai"),
        ("CANDOR_BASE_URL", &url),
        ("CANDOR_API_KEY", "k"),
        ("CANDOR_MODEL", "m"),
        ("CANDOR_LIMITS_CENTS_SITE_DAY", "1"),
    ])
    .await;
    let conversation = visitor.conversation().await;
    assert_eq!(visitor.say(&conversation, "hello", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_check_is_counted_too() {
    let visitor = visitor(provider(Manner::IsSilent).await.0, "20").await;
    // Twelve cents each.
    assert_eq!(visitor.post("/diagnostics/checks", "{}").await.status, StatusCode::OK);
    let refused = visitor.post("/diagnostics/checks", "{}").await;
    assert_eq!((refused.status.as_u16(), refused.problem().cause.as_str()), (429, "spending_cap"));
}

#[tokio::test]
async fn an_owners_check_costs_what_it_costs_and_no_cap_keeps_them_from_it() {
    let visitor = visitor(provider(Manner::IsSilent).await.0, "70").await;
    let owner = visitor.with_token(Some(OWNER));
    let conversation = visitor.conversation().await;
    for _ in 0..2 {
        assert_eq!(owner.post("/diagnostics/checks", "{}").await.status, StatusCode::OK);
    }
    // Half a dollar is expected of an answer, and a quarter is gone.
    let refused = visitor.say(&conversation, "hello", &[]).await;
    assert_eq!((refused.status.as_u16(), refused.problem().cause.as_str()), (429, "spending_cap"));
    for _ in 0..5 {
        assert_eq!(owner.post("/diagnostics/checks", "{}").await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_check_from_a_moment_ago_costs_nothing() {
    let visitor = visitor(provider(Manner::IsSilent).await.0, "30").await;
    // Twelve cents are taken for each, and given back but for the first.
    for _ in 0..5 {
        assert_eq!(visitor.post("/diagnostics/checks", "{}").await.status, StatusCode::OK);
    }
}
