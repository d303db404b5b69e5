//! Problems as responses: the proxy's own refusals, and a provider's failure.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::{Cause, known};
use candor_protocol::problem::{self, Problem};

use crate::clock::now;
use crate::random::reference;
use crate::store::{Bound, StoreError};

/// The proxy's own refusal of a request.
#[derive(Debug)]
pub struct ApiProblem(Box<Problem>);

impl ApiProblem {
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

impl IntoResponse for ApiProblem {
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

/// The refusal of an address that nothing is at.
pub async fn no_route(uri: Uri) -> ApiProblem {
    let path: String = uri.path().chars().take(200).collect();
    ApiProblem::new(&known::no_route, StatusCode::NOT_FOUND).detail(format!("Nothing is at {path}."))
}

/// The refusal of a method that an address does not know.
pub async fn no_method(method: Method) -> ApiProblem {
    ApiProblem::new(&known::no_route, StatusCode::METHOD_NOT_ALLOWED)
        .detail(format!("The method {method} is not known at this address."))
}

/// The refusal of a conversation that is too long to go on.
pub fn too_many_messages() -> ApiProblem {
    ApiProblem::new(&known::too_many, StatusCode::TOO_MANY_REQUESTS)
        .detail("Your message is kept. Start a new conversation to go on.")
}

impl From<StoreError> for ApiProblem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::UnknownVisitor => Self::new(&known::unauthorized, StatusCode::UNAUTHORIZED),
            StoreError::UnknownCode => Self::new(&known::link_code_unknown, StatusCode::NOT_FOUND),
            StoreError::NotFound => Self::new(&known::not_found, StatusCode::NOT_FOUND),
            StoreError::UnderWay => Self::new(&known::conflict, StatusCode::CONFLICT),
            StoreError::Unavailable(_) => {
                Self::new(&known::database_unavailable, StatusCode::SERVICE_UNAVAILABLE)
            }
            StoreError::OtherContent => Self::new(&known::invalid_request, StatusCode::UNPROCESSABLE_ENTITY)
                .detail("This Idempotency-Key was used for another message."),
            StoreError::Full(bound) => {
                let problem = Self::new(&known::too_many, StatusCode::TOO_MANY_REQUESTS);
                match bound {
                    Bound::Everybody => problem,
                    Bound::Messages => too_many_messages(),
                    Bound::Replies => problem.detail(
                        "Your message is kept. Wait for an answer that is under way, then send again.",
                    ),
                }
            }
        }
    }
}
