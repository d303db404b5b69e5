//! The addresses of the wire; `docs/protocol.md` describes each.

mod body;
mod config;
mod conversations;
mod diagnostics;
mod health;
mod messages;
mod openapi;
mod paging;
mod replies;
mod unkept;
pub mod visitors;

use std::any::Any;
use std::convert::Infallible;
use std::time::Instant;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Request};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Router, extract};
use candor_protocol::MOUNT;
use candor_protocol::cause::known;
use futures_util::{Stream, StreamExt};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa_axum::routes;

use crate::problem::Refusal;
use crate::store::{Bound, StoreError};
use crate::{App, assets, origin};

/// The whole proxy as one service: the wire under [`MOUNT`], the widget everywhere else.
pub fn app(app: App) -> Router {
    let described = openapi::described()
        .routes(routes!(config::show))
        .routes(routes!(health::show))
        .routes(routes!(visitors::create, visitors::delete))
        .routes(routes!(visitors::create_code))
        .routes(routes!(visitors::end_others))
        .routes(routes!(conversations::list, conversations::create))
        .routes(routes!(conversations::show, conversations::change, conversations::delete))
        .routes(routes!(messages::list, messages::create))
        .routes(routes!(replies::follow, replies::retry, replies::stop))
        .routes(routes!(unkept::create))
        .routes(routes!(unkept::follow, unkept::stop))
        .routes(routes!(diagnostics::run_checks))
        .routes(routes!(diagnostics::list_errors));
    let wire = openapi::publish(described)
        .fallback(no_route)
        .method_not_allowed_fallback(no_method)
        .layer(middleware::from_fn_with_state(app.clone(), visitors::renew_tokens))
        .layer(middleware::from_fn(to_the_end))
        .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(middleware::from_fn_with_state(app.clone(), origin::guard));
    Router::new()
        .nest(MOUNT, wire)
        .fallback(assets::serve)
        .layer(CatchPanicLayer::custom(interrupted))
        .layer(SetResponseHeaderLayer::overriding(
            X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(middleware::from_fn(log))
        .with_state(app)
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

/// The refusal of an address that nothing is at.
pub async fn no_route(uri: Uri) -> Refusal {
    let path: String = uri.path().chars().take(200).collect();
    Refusal::new(&known::no_route, StatusCode::NOT_FOUND).detail(format!("Nothing is at {path}."))
}

/// The refusal of a method that an address does not know.
pub async fn no_method(method: Method) -> Refusal {
    Refusal::new(&known::no_route, StatusCode::METHOD_NOT_ALLOWED)
        .detail(format!("The method {method} is not known at this address."))
}

/// Handles a request to its end even where whoever sent it has left: what stops half-way would leave a message without a
/// reply, and cost a connection to the database. The stream of a response is not kept by it.
async fn to_the_end(request: Request, next: Next) -> Response {
    match tokio::spawn(next.run(request)).await {
        Ok(response) => response,
        Err(error) => interrupted(error.try_into_panic().unwrap_or_else(|_| Box::new("it was cancelled"))),
    }
}

fn interrupted(panic: Box<dyn Any + Send>) -> Response {
    let reason = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(reason, "a request was interrupted by a fault of the proxy");
    Refusal::new(&known::interrupted, StatusCode::INTERNAL_SERVER_ERROR).into_response()
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
#[from_request(via(extract::Path), rejection(Refusal))]
struct Path<T>(T);

impl From<PathRejection> for Refusal {
    fn from(_: PathRejection) -> Self {
        Self::new(&known::no_route, StatusCode::NOT_FOUND)
    }
}

/// The refusal of a conversation that is too long to go on.
fn too_many_messages() -> Refusal {
    Refusal::new(&known::too_many, StatusCode::TOO_MANY_REQUESTS)
        .detail("Your message is kept. Start a new conversation to go on.")
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UnknownVisitor => Self::new(&known::unauthorized, StatusCode::UNAUTHORIZED),
            StoreError::UnknownCode => Self::new(&known::link_code_unknown, StatusCode::NOT_FOUND),
            StoreError::NotFound => Self::new(&known::not_found, StatusCode::NOT_FOUND),
            StoreError::UnderWay => Self::new(&known::conflict, StatusCode::CONFLICT),
            StoreError::Unavailable => {
                Self::new(&known::database_unavailable, StatusCode::SERVICE_UNAVAILABLE)
            }
            StoreError::OtherContent => Self::new(&known::invalid_request, StatusCode::UNPROCESSABLE_ENTITY)
                .detail("This Idempotency-Key was used for another message."),
            StoreError::Full(bound) => {
                let refusal = Self::new(&known::too_many, StatusCode::TOO_MANY_REQUESTS);
                match bound {
                    Bound::Everybody => refusal,
                    Bound::Messages => too_many_messages(),
                    Bound::Replies => refusal.detail(
                        "Your message is kept. Wait for an answer that is under way, then send again.",
                    ),
                }
            }
        }
    }
}
