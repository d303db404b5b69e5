use axum::body::Body;
use axum::http::{Method, StatusCode};

use crate::client::Client;

const ALLOWED: [(&str, &str); 1] = [("CANDOR_ALLOWED_ORIGINS", "https://shop.example")];

#[tokio::test]
async fn a_page_that_is_not_allowed_can_read_why() {
    let stranger = Client::stranger(&ALLOWED).await;
    for (method, path) in [(Method::GET, "/config"), (Method::POST, "/visitors")] {
        let answer = stranger.send(method, path, &[("origin", "https://evil.example")], Body::empty()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(answer.header("access-control-allow-origin"), "https://evil.example");
        let problem = answer.problem();
        assert_eq!(problem.cause, "origin_not_allowed");
        for words in ["https://evil.example", "CANDOR_ALLOWED_ORIGINS"] {
            assert!(problem.detail.contains(words), "{}", problem.detail);
        }
    }
}

#[tokio::test]
async fn allowed_pages_and_requests_without_a_page_pass() {
    let stranger = Client::stranger(&ALLOWED).await;
    let allowed =
        stranger.send(Method::GET, "/config", &[("origin", "https://shop.example")], Body::empty()).await;
    assert_eq!(allowed.status, StatusCode::OK);
    assert_eq!(allowed.header("access-control-allow-origin"), "https://shop.example");
    assert_eq!(allowed.header("access-control-allow-credentials"), "", "no cookie is ever asked for");
    assert!(allowed.header("vary").contains("Origin"));
    let own = [("origin", "https://chat.example"), ("host", "chat.example")];
    assert_eq!(stranger.send(Method::GET, "/config", &own, Body::empty()).await.status, StatusCode::OK);
    assert_eq!(stranger.get("/config").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_preflight_is_always_answered() {
    let headers = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    let answer =
        Client::stranger(&ALLOWED).await.send(Method::OPTIONS, "/visitors", &headers, Body::empty()).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    for name in ["Authorization", "Idempotency-Key", "Last-Event-ID"] {
        assert!(answer.header("access-control-allow-headers").contains(name), "{name}");
    }
}

#[tokio::test]
async fn with_a_real_provider_only_the_own_pages_may_chat() {
    let openai = [("CANDOR_PROVIDER", "openai"), ("CANDOR_API_KEY", "sk-test"), ("CANDOR_MODEL", "m")];
    let answer = Client::stranger(&openai)
        .await
        .send(Method::GET, "/config", &[("origin", "https://shop.example")], Body::empty())
        .await;
    assert_eq!(answer.problem().cause, "origin_not_allowed");
}
