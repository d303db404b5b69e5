//! What Prometheus reads of a proxy, who may read it, and what is shipped for it: each metric that the dashboard, the alert
//! rules and the documents name is there.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use candor_diagnosis::catalogue;
use candor_proxy::App;
use candor_proxy::assets::Assets;
use candor_proxy::config::Settings;
use candor_proxy::provider::demo::Demo;
use candor_proxy::routes;
use candor_proxy::store::Store;
use serde_json::{Value, json};
use tower::ServiceExt;

const TOKEN: &str = "for-prometheus-alone";

async fn app(variables: &[(&str, &str)]) -> App {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let settings = Settings::from_sources(None, variables).unwrap();
    App::with(settings, Arc::new(Demo), Store::in_memory().await.unwrap(), Assets::default())
}

async fn ask(router: &Router, method: &str, path: &str, token: Option<&str>, body: String) -> Response<Body> {
    let mut request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap()
}

async fn text(response: Response<Body>) -> String {
    String::from_utf8(to_bytes(response.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap()
}

/// A visitor whose answers are whole, fail, and are refused.
async fn chat(router: &Router) {
    let post = async |path: &str, token: Option<&str>, body: Value| -> String {
        text(ask(router, "POST", &format!("/candor/v1{path}"), token, body.to_string()).await).await
    };
    let field = |json: String, name: &str| {
        serde_json::from_str::<Value>(&json).unwrap()[name].as_str().unwrap().to_owned()
    };
    let token = field(post("/visitors", None, json!({})).await, "token");
    let conversation = field(post("/conversations", Some(&token), json!({})).await, "id");
    let messages = format!("/conversations/{conversation}/messages");
    for words in ["hello", "fail: overloaded", "hello again"] {
        post(&messages, Some(&token), json!({ "content": words })).await;
    }
}

/// The value of a sample that stands so in what Prometheus reads.
fn sample(exposition: &str, name: &str) -> Option<f64> {
    exposition.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[tokio::test]
async fn answers_words_tokens_money_refusals_streams_and_the_database_are_counted() {
    let app = app(&[
        ("CANDOR_METRICS_TOKEN", TOKEN),
        ("CANDOR_INPUT_PRICE", "1"),
        ("CANDOR_OUTPUT_PRICE", "2"),
        ("CANDOR_LIMITS_ANSWERS_VISITOR_DAY", "2"),
        ("CANDOR_MAX_STREAMS", "7"),
        // Two answers are all of it, and so at least 80%.
        ("CANDOR_LIMITS_ANSWERS_SITE_DAY", "2"),
    ])
    .await;
    let router = routes::app(app);
    chat(&router).await;
    let response = ask(&router, "GET", "/metrics", Some(TOKEN), String::new()).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    let told = text(response).await;
    for (name, value) in [
        (r#"candor_answers_total{outcome="complete",cause=""}"#, 1.0),
        (r#"candor_answers_total{outcome="failed",cause="overloaded"}"#, 1.0),
        (r#"candor_refusals_total{cause="visitor_limit",limit="answers_visitor_day"}"#, 1.0),
        (r#"candor_refusals_total{cause="spending_cap",limit="cents_site_day"}"#, 0.0),
        (r#"candor_limits_near_total{limit="answers_site_day"}"#, 1.0),
        (r#"candor_limits_near_total{limit="cents_site_month"}"#, 0.0),
        ("candor_first_word_seconds_count", 1.0),
        ("candor_streams", 0.0),
        ("candor_max_streams", 7.0),
    ] {
        assert_eq!(sample(&told, name), Some(value), "{name} in:\n{told}");
    }
    let (input, output) = (
        sample(&told, r#"candor_tokens_total{kind="input"}"#).unwrap(),
        sample(&told, r#"candor_tokens_total{kind="output"}"#).unwrap(),
    );
    assert!(input > 0.0 && output > 0.0, "{told}");
    let cost = sample(&told, "candor_cost_dollars_total").unwrap();
    assert!((cost - (input + 2.0 * output) / 1e6).abs() < 1e-9, "{cost} for {input} and {output}");
    for operation in ["read", "write"] {
        let name = format!(r#"candor_database_seconds_count{{operation="{operation}"}}"#);
        assert!(sample(&told, &name).unwrap() > 3.0, "{name} in:\n{told}");
    }
    assert!(!told.contains("hello") && told.ends_with("# EOF\n"), "{told}");
}

#[tokio::test]
async fn nobody_reads_them_who_has_no_token_and_is_not_at_their_own_address() {
    let status =
        async |router: &Router, token| ask(router, "GET", "/metrics", token, String::new()).await.status();
    let off = routes::app(app(&[]).await);
    assert_eq!(status(&off, Some(TOKEN)).await, StatusCode::NOT_FOUND, "they are off without a setting");

    let guarded = routes::app(app(&[("CANDOR_METRICS_TOKEN", TOKEN)]).await);
    assert_eq!(status(&guarded, Some(TOKEN)).await, StatusCode::OK);
    for wrong in [None, Some("ct_0"), Some("for-prometheus-alon"), Some("for-prometheus-alone!")] {
        assert_eq!(status(&guarded, wrong).await, StatusCode::UNAUTHORIZED, "{wrong:?}");
    }
    assert_eq!(status(&guarded, Some("a fifth guess")).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&guarded, Some(TOKEN)).await, StatusCode::TOO_MANY_REQUESTS, "no sixth try");

    let address = [("CANDOR_METRICS_ADDR", "127.0.0.1:9464")];
    let own = app(&address).await;
    assert_eq!(
        status(&routes::app(own.clone()), None).await,
        StatusCode::NOT_FOUND,
        "not where visitors are"
    );
    assert_eq!(status(&routes::metrics_app(own.clone()), None).await, StatusCode::OK);
    let other = ask(&routes::metrics_app(own), "GET", "/candor/v1/health", None, String::new()).await;
    assert_eq!(other.status(), StatusCode::NOT_FOUND, "and nothing else there");

    let both = app(&[address[0], ("CANDOR_METRICS_TOKEN", TOKEN)]).await;
    assert_eq!(status(&routes::app(both.clone()), Some(TOKEN)).await, StatusCode::NOT_FOUND);
    assert_eq!(status(&routes::metrics_app(both.clone()), None).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(&routes::metrics_app(both), Some(TOKEN)).await, StatusCode::OK);
}

/// The names of metrics in a text.
fn names(text: &str) -> BTreeSet<&str> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    text.split(|letter| !is_part(letter)).filter(|word| word.starts_with("candor_")).collect()
}

#[tokio::test]
async fn every_metric_and_cause_that_is_named_elsewhere_is_there() {
    let app = app(&[("CANDOR_LIMITS_ANSWERS_VISITOR_DAY", "2")]).await;
    chat(&routes::app(app.clone())).await;
    let told = text(ask(&routes::metrics_app(app), "GET", "/metrics", None, String::new()).await).await;
    let samples: BTreeSet<&str> = told
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split(['{', ' ']).next())
        .collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |file: &str| fs::read_to_string(root.join(file)).unwrap();
    let (dashboard, alerts, deploy) =
        (read("deploy/grafana.json"), read("deploy/alerts.yml"), read("docs/deploy.md"));
    for (file, text, least) in [("grafana.json", &dashboard, 8), ("alerts.yml", &alerts, 6)] {
        let names = names(text);
        assert!(names.len() >= least, "{file} names {names:?}");
        let missing: Vec<_> = names.difference(&samples).collect();
        assert!(missing.is_empty(), "{file} names {missing:?}, and there are {samples:?}");
    }
    let panels: Value = serde_json::from_str(&dashboard).unwrap();
    assert!(panels["panels"].as_array().unwrap().iter().all(|panel| panel["targets"][0]["expr"].is_string()));
    // Such as cause="spending_cap" and cause=~"invalid_key|missing_scope".
    let matched =
        alerts.split("cause=").skip(1).filter_map(|rest| rest.trim_start_matches('~').split('"').nth(1));
    let causes: Vec<&str> = matched.flat_map(|causes| causes.split('|')).collect();
    assert!(causes.len() > 3);
    for cause in causes {
        assert!(catalogue::find(cause).is_some(), "there is no cause {cause}");
    }
    // Of a histogram the documents name what its samples have in common.
    let documented = names(&deploy);
    for name in samples {
        let base =
            ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert!(documented.contains(base), "docs/deploy.md does not name {base}");
    }
}
