//! Problems as responses: a refusal of the proxy's own, and a provider's failure as a problem.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::Cause;
use candor_protocol::problem::{self, Problem};

use crate::clock::now;
use crate::random::reference;

/// The proxy's own refusal of a request.
#[derive(Debug)]
pub struct Refusal(Box<Problem>);

impl Refusal {
    /// A refusal in the cause's own words.
    pub fn new(cause: &Cause, status: StatusCode) -> Self {
        Self(Box::new(Problem::new(cause, status.as_u16(), reference(), now())))
    }

    /// The same with a more exact second sentence.
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self(Box::new(self.0.with_detail(detail)))
    }

    /// The same with the seconds to wait before the next try.
    pub fn retry_after(self, seconds: u64) -> Self {
        let said = ApiError { retry_after: Some(seconds), ..ApiError::default() };
        Self(Box::new(self.0.with_upstream(said)))
    }

    /// The problem that is sent.
    pub fn problem(&self) -> &Problem {
        &self.0
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let problem = &self.0;
        tracing::info!(
            cause = problem.cause,
            status = problem.status,
            reference = problem.reference,
            "refused a request"
        );
        response(problem)
    }
}

/// The problem as a response, with the headers that belong to its status.
pub fn response(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_vec(problem).unwrap_or_default();
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(problem::CONTENT_TYPE));
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = problem.upstream.as_ref().and_then(|upstream| upstream.retry_after) {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
