//! The addresses of the wire; `docs/protocol.md` describes each.

mod addresses;
mod assets;
mod body;
mod callers;
mod challenge;
mod config;
mod conversations;
mod cross_origin;
mod diagnostics;
mod ephemeral;
mod feedback;
mod health;
mod language;
mod messages;
mod metrics;
mod openapi;
mod paging;
mod problem;
mod ready;
mod replies;
mod requests;
mod trace;
mod visitors;

use std::convert::Infallible;
use std::time::Instant;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, extract};
use candor_protocol::MOUNT;
use candor_protocol::cause::known;
use futures_util::{Stream, StreamExt};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tracing::Instrument;
use utoipa_axum::routes;

use crate::App;
use crate::metrics::Refusal;
use problem::{ApiProblem, no_method, no_route};

/// The whole proxy as one service: the wire under [`MOUNT`], the widget everywhere else.
pub fn app(app: App) -> Router {
    let described = openapi::described()
        .routes(routes!(config::show))
        .routes(routes!(health::show))
        .routes(routes!(challenge::show))
        .routes(routes!(visitors::create, visitors::delete))
        .routes(routes!(visitors::create_code))
        .routes(routes!(visitors::end_others))
        .routes(routes!(conversations::list, conversations::create))
        .routes(routes!(conversations::show, conversations::change, conversations::delete))
        .routes(routes!(messages::list, messages::create))
        .routes(routes!(replies::follow, replies::retry, replies::stop))
        .routes(routes!(feedback::give, feedback::take_back))
        .routes(routes!(ephemeral::create))
        .routes(routes!(ephemeral::follow, ephemeral::stop))
        .routes(routes!(diagnostics::run_checks))
        .routes(routes!(diagnostics::list_errors))
        .routes(routes!(diagnostics::show_audit_log))
        .routes(routes!(feedback::list));
    let wire = openapi::publish(described)
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn_with_state(app.clone(), callers::renew_tokens))
        .layer(middleware::from_fn(to_the_end))
        .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(middleware::from_fn_with_state(app.clone(), cross_origin::guard));
    Router::new()
        .nest(MOUNT, wire)
        .merge(metrics::public(&app.settings))
        .route("/ready", get(ready::show))
        .fallback(assets::serve)
        .layer(CatchPanicLayer::custom(|_| interrupted()))
        .layer(SetResponseHeaderLayer::overriding(
            X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(middleware::from_fn_with_state(app.clone(), count_refusals))
        .layer(middleware::from_fn(log))
        .layer(middleware::from_fn_with_state(app.clone(), trace::trace))
        .with_state(app)
}

/// What Prometheus asks for, for an address of its own.
pub fn metrics_app(app: App) -> Router {
    metrics::route().with_state(app)
}

/// Counts what is refused.
async fn count_refusals(extract::State(app): extract::State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Some(refusal) = response.extensions().get::<Refusal>() {
        app.metrics.refused(*refusal);
    }
    response
}

/// One line for each request, without what was said in it.
async fn log(request: Request, next: Next) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let started = Instant::now();
    let response = next.run(request).await;
    let (status, milliseconds) = (response.status().as_u16(), started.elapsed().as_millis());
    tracing::debug!(%method, path, status, milliseconds, "answered");
    response
}

/// Handles a request to its end even where whoever sent it has left: what stops half-way would leave a message without a
/// reply, and cost a connection to the database. The stream of a response is not kept by it.
async fn to_the_end(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request).in_current_span()).await {
        Ok(response) => response,
        Err(_) => interrupted(),
    }
}

/// The answer where a fault of the proxy ended the request; the log has it from `panics`.
fn interrupted() -> Response {
    ApiProblem::new(&known::interrupted, StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

/// Server-sent events as a response that nothing on the way may keep, change or hold back.
fn event_stream(events: impl Stream<Item = String> + Send + 'static) -> Response {
    let headers = [
        (CONTENT_TYPE.as_str(), "text/event-stream"),
        (CACHE_CONTROL.as_str(), "no-cache, no-store, no-transform"),
        // nginx holds a stream back unless it is told not to.
        ("x-accel-buffering", "no"),
    ];
    (headers, Body::from_stream(events.map(Ok::<_, Infallible>))).into_response()
}

/// The variables in an address.
#[derive(FromRequestParts)]
#[from_request(via(extract::Path), rejection(ApiProblem))]
struct Path<T>(T);

impl From<PathRejection> for ApiProblem {
    fn from(_: PathRejection) -> Self {
        Self::new(&known::no_route, StatusCode::NOT_FOUND)
    }
}
