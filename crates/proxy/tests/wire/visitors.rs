use axum::body::Body;
use axum::http::{Method, StatusCode};

use crate::client::Client;

#[tokio::test]
async fn a_visitor_is_known_by_a_token_of_256_bits() {
    let stranger = Client::stranger(&[]).await;
    let (one, other) = (stranger.post("/visitors", "{}").await, stranger.post("/visitors", "").await);
    assert_eq!(one.status, StatusCode::CREATED);
    let token = one.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(token.len(), "ct_".len() + 64);
    assert_ne!(token, other.json()["token"].as_str().unwrap());
    assert_eq!(one.header("set-cookie"), "");
    assert_eq!(one.header("cache-control"), "no-store");
}

#[tokio::test]
async fn without_a_known_token_nothing_is_told() {
    let stranger = Client::stranger(&[]).await;
    let unknown = format!("ct_{}", "0".repeat(64));
    for token in [None, Some("ct_wrong"), Some(unknown.as_str())] {
        let answer = stranger.with_token(token).get("/conversations").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(answer.problem().cause, "unauthorized");
        assert!(answer.header("www-authenticate").starts_with("Bearer"));
    }
    let basic =
        stranger.send(Method::GET, "/conversations", &[("authorization", "Basic abc")], Body::empty()).await;
    assert_eq!(basic.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn config_and_health_need_no_visitor() {
    let stranger = Client::stranger(&[("CANDOR_TITLE", "Harbour Cycles")]).await;
    let config = stranger.get("/config").await.json();
    assert_eq!(config["title"], "Harbour Cycles");
    assert_eq!(config["diagnostics"], "full");
    assert_eq!(config["provider"], "demo");
    assert_eq!(stranger.get("/health").await.json()["status"], "ok");
}

#[tokio::test]
async fn whom_visitors_can_turn_to_is_told_as_a_link_has_it() {
    let config =
        Client::stranger(&[("CANDOR_CONTACT", "help@shop.example")]).await.get("/config").await.json();
    assert_eq!(config["contact"], "mailto:help@shop.example");
    let config = Client::stranger(&[]).await.get("/config").await.json();
    assert!(config.get("contact").is_none(), "{config}");
}

#[tokio::test]
async fn a_visitor_who_may_not_see_everything_is_not_told_the_model() {
    let config = Client::stranger(&[("CANDOR_DIAGNOSTICS", "reference")]).await.get("/config").await.json();
    assert!(config.get("model").is_none() && config.get("provider").is_none(), "{config}");
}
