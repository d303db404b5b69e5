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
    /// It says that it took 600 tokens and wrote 10, and has 390 that the model thought in the total alone.
    SaysThoughtsInTotal,
    /// It says nothing.
    IsSilent,
    /// It says nothing, and the answer breaks off.
    BreaksOff,
    /// It says nothing, and fails before the first word, when the model has thought.
    FailsInThought,
    /// It does not know the question for tokens.
    RefusesToSay,
    /// It says nothing, thinks as much as it writes, and wants its thoughts back.
    MissesThoughts,
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
    let comes_without_thoughts =
        |message: &Value| message["role"] == "assistant" && message.get("reasoning_content").is_none();
    let mut messages = request["messages"].as_array().unwrap().iter();
    if matches!(provider.manner, Manner::MissesThoughts) && messages.any(comes_without_thoughts) {
        // https://github.com/anomalyco/opencode/issues/24124
        let words = "The `reasoning_content` in the thinking mode must be passed back to the API.";
        let error = json!({ "error": { "message": words, "type": "invalid_request_error" } });
        return (StatusCode::BAD_REQUEST, Json(error)).into_response();
    }
    let words = "word ".repeat(WORDS);
    let mut chunks = match provider.manner {
        Manner::FailsInThought => vec![
            json!({ "choices": [{ "delta": { "reasoning_content": words } }] }),
            json!({ "error": { "message": "Provider returned error", "status": 503 } }),
        ],
        Manner::MissesThoughts => {
            vec![json!({ "choices": [{ "delta": { "reasoning_content": words, "content": words } }] })]
        }
        _ => vec![json!({ "choices": [{ "delta": { "content": words } }] })],
    };
    if !matches!(provider.manner, Manner::BreaksOff | Manner::FailsInThought) {
        chunks.push(json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] }));
    }
    if let Manner::Says(input, output) = provider.manner {
        assert_eq!(request["stream_options"], json!({ "include_usage": true }));
        chunks
            .push(json!({ "choices": [], "usage": { "prompt_tokens": input, "completion_tokens": output } }));
    }
    if matches!(provider.manner, Manner::SaysThoughtsInTotal) {
        let usage = json!({ "prompt_tokens": 600, "completion_tokens": 10, "total_tokens": 1000 });
        chunks.push(json!({ "choices": [], "usage": usage }));
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
    for manner in [Manner::Says(600, 400), Manner::SaysThoughtsInTotal] {
        let (answers, refused) = answers_until_refused(manner, "250").await;
        let problem = refused.problem();
        assert_eq!((answers, refused.status.as_u16(), problem.cause.as_str()), (2, 429, "spending_cap"));
        assert_eq!(problem.title, "The assistant rests.");
        assert!(
            problem.detail.starts_with("Your message is kept. The assistant is back "),
            "{}",
            problem.detail
        );
        assert!(refused.header("retry-after").parse::<u64>().unwrap() <= 24 * 60 * 60);
    }
}

#[tokio::test]
async fn where_it_is_silent_or_lies_the_cost_is_estimated() {
    // Some 110 tokens each, eleven cents; some fifty are expected of the next.
    for manner in [
        Manner::IsSilent,
        Manner::BreaksOff,
        Manner::FailsInThought,
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
async fn what_a_model_thought_and_gets_back_is_taken_before_and_counted_after() {
    let (address, provider) = provider(Manner::MissesThoughts).await;
    let url = format!("http://{address}/v1");
    let visitor = Client::visitor_of_real(&[
        ("CANDOR_PROVIDER", "openai"),
        ("CANDOR_BASE_URL", &url),
        ("CANDOR_API_KEY", "k"),
        ("CANDOR_MODEL", "m"),
        ("CANDOR_LIMITS_TOKENS_SITE_DAY", "1500"),
    ])
    .await;
    let conversation = visitor.conversation().await;
    // 206 tokens, then 416, of which 100 came back. Of the third 926 are expected, with 200 that come back.
    for requests in [1, 3] {
        assert_eq!(visitor.say(&conversation, "hello", &[]).await.text().trim().len(), 5 * WORDS - 1);
        assert_eq!(provider.asked.lock().unwrap().len(), requests);
    }
    let refused = visitor.say(&conversation, "hello", &[]).await;
    assert_eq!((refused.status.as_u16(), refused.problem().cause.as_str()), (429, "site_limit"));
}

/// Says hello, at a cap of a cent, to this model on this machine, whose prices are not set but by `more`.
async fn say_to_model_nearby(model: &str, more: &[(&str, &str)]) -> Answer {
    let (address, _) = provider(Manner::Says(600, 400)).await;
    let url = format!("http://{address}/v1");
    let variables = [
        ("CANDOR_PROVIDER", "openai"),
        ("CANDOR_BASE_URL", &url),
        ("CANDOR_API_KEY", "k"),
        ("CANDOR_MODEL", model),
        ("CANDOR_LIMITS_CENTS_SITE_DAY", "1"),
    ];
    let visitor = Client::visitor_of_real(&[&variables, more].concat()).await;
    let conversation = visitor.conversation().await;
    visitor.say(&conversation, "hello", &[]).await
}

#[tokio::test]
async fn a_model_on_this_machine_costs_nothing() {
    assert_eq!(say_to_model_nearby("m", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_gateway_on_this_machine_costs_what_the_model_behind_it_costs() {
    // Five hundred tokens of an answer, which are expected, cost 30 cents.
    let refused = say_to_model_nearby("openai/o1-pro", &[]).await;
    assert_eq!((refused.status.as_u16(), refused.problem().cause.as_str()), (429, "spending_cap"));
    let free = [("CANDOR_INPUT_PRICE", "0"), ("CANDOR_OUTPUT_PRICE", "0")];
    assert_eq!(say_to_model_nearby("openai/o1-pro", &free).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_check_is_counted_too() {
    for manner in [Manner::IsSilent, Manner::FailsInThought] {
        let visitor = visitor(provider(manner).await.0, "20").await;
        // Twelve cents each.
        assert_eq!(visitor.post("/diagnostics/checks", "{}").await.status, StatusCode::OK);
        let refused = visitor.post("/diagnostics/checks", "{}").await;
        assert_eq!((refused.status.as_u16(), refused.problem().cause.as_str()), (429, "spending_cap"));
    }
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
