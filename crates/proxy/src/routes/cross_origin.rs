//! The rules of cross-origin requests.
//!
//! A page whose origin is not allowed still gets a readable answer that names the origin and the setting to change,
//! since a browser alone would tell nothing but "failed to fetch". No cookie and no credentials are involved.

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use candor_protocol::cause::known;

use super::problem::ApiProblem;
use crate::App;

/// Answers preflights, refuses foreign pages, and lets the page read what it gets.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(ORIGIN).cloned() else {
        let mut response = next.run(request).await;
        response.headers_mut().append(VARY, HeaderValue::from_static("Origin"));
        return response;
    };
    // Every preflight is granted: refused, the browser would hide from the page why the request itself was refused.
    if request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        make_readable(headers, origin);
        headers
            .insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE"));
        headers.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static(
                "Accept, Authorization, Candor-Authorization, Candor-Owner, Content-Type, Idempotency-Key, Last-Event-ID",
            ),
        );
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
        return response;
    }
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let mut response = match origin.to_str() {
        Ok(text) if app.settings.allowed_origins.allow(text, host) => next.run(request).await,
        text => {
            let named: String = text.unwrap_or("unreadable").chars().take(200).collect();
            ApiProblem::new(&known::origin_not_allowed, StatusCode::FORBIDDEN)
                .detail(format!(
                    "The origin {named} is not allowed. The site’s owner can add it to allowed_origins (CANDOR_ALLOWED_ORIGINS)."
                ))
                .into_response()
        }
    };
    make_readable(response.headers_mut(), origin);
    response
}

fn make_readable(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Candor-Token, Date, Retry-After, WWW-Authenticate"),
    );
    headers.append(VARY, HeaderValue::from_static("Origin"));
}
