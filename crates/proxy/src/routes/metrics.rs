//! `GET /metrics`: what is counted and measured, as Prometheus reads it. Only at an address of its own, or with a token of its
//! own; without either there is no such address.

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use super::callers::bearer;
use crate::App;
use crate::access::address::ClientAddress;
use crate::config::Settings;
use crate::metrics::Load;

/// Where it is.
const PATH: &str = "/metrics";

/// The text format of OpenMetrics, which Prometheus reads.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The route for the address that everybody reaches: nothing but with a token, and where there is no other address for it.
pub fn public(settings: &Settings) -> Router<App> {
    match settings.metrics_token.is_some() && settings.metrics_addr.is_none() {
        true => route(),
        false => Router::new(),
    }
}

/// The route itself.
pub fn route() -> Router<App> {
    Router::new().route(PATH, get(show))
}

/// Everything that is counted, for whoever has the token, where one is set.
async fn show(State(app): State<App>, from: ClientAddress, headers: HeaderMap) -> Response {
    if let Some(token) = &app.settings.metrics_token {
        let attempt = match app.metrics_attempts.attempt(from) {
            Ok(attempt) => attempt,
            Err(seconds) => {
                let wait = [(RETRY_AFTER, HeaderValue::from(seconds))];
                return (StatusCode::TOO_MANY_REQUESTS, wait, "Too many wrong tokens.\n").into_response();
            }
        };
        // Of hashes even a comparison that takes its time to the first difference tells nothing about the token.
        let hash = |token: &str| Sha256::digest(token);
        if bearer(&headers).map(hash) != Some(hash(token.reveal())) {
            let scheme = [(WWW_AUTHENTICATE, "Bearer")];
            let words = "Send the metrics_token of the settings as a bearer token.\n";
            return (StatusCode::UNAUTHORIZED, scheme, words).into_response();
        }
        attempt.was_right();
    }
    let load = Load { streams: app.jobs.count(), connections: app.connections.count() };
    let text = app.metrics.exposition(load);
    ([(CONTENT_TYPE, OPEN_METRICS), (CACHE_CONTROL, "no-store")], text).into_response()
}
