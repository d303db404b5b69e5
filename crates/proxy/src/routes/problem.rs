//! Problems as responses: the proxy's own refusals, and a provider's failure.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use candor_protocol::Millis;
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::{Cause, Link, known};
use candor_protocol::problem::{self, Problem};
use time::OffsetDateTime;

use crate::access::quota::Exceeded;
use crate::clock::now;
use crate::config::limits::{Per, What, Whom};
use crate::metrics::Refusal;
use crate::random::reference;
use crate::store::StoreError;
use crate::traces;

/// The proxy's own refusal of a request.
#[derive(Debug)]
pub struct ApiProblem {
    problem: Box<Problem>,
    refusal: Refusal,
}

impl ApiProblem {
    /// A refusal in the cause's own words.
    pub fn new(cause: &Cause, status: StatusCode) -> Self {
        Self {
            problem: Box::new(Problem::new(cause, status.as_u16(), reference(), now())),
            refusal: Refusal { cause: cause.id, limit: None },
        }
    }

    /// The same with a more exact second sentence.
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { problem: Box::new(self.problem.with_detail(detail)), ..self }
    }

    /// The same with the seconds to wait before the next try.
    pub fn retry_after(self, seconds: u64) -> Self {
        let said = ApiError { retry_after: Some(seconds), ..ApiError::default() };
        Self { problem: Box::new(self.problem.with_upstream(said)), ..self }
    }

    /// The same where sending it once more cannot succeed, whatever may be done about its cause.
    fn never(self) -> Self {
        Self { problem: Box::new(Problem { retryable: false, ..*self.problem }), ..self }
    }

    /// The same where the limit of this setting was reached.
    fn at_limit(self, limit: &'static str) -> Self {
        Self { refusal: Refusal { limit: Some(limit), ..self.refusal }, ..self }
    }

    /// The problem that is sent.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let Self { problem, refusal } = self;
        tracing::info!(
            cause = problem.cause,
            status = problem.status,
            reference = problem.reference,
            "refused a request"
        );
        traces::refused(refusal.cause, &problem.reference);
        let mut response = response(&problem);
        // Counted where the app is at hand, behind all routes.
        response.extensions_mut().insert(refusal);
        response
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
    let said = problem.upstream.as_ref().and_then(|upstream| upstream.retry_after);
    let is_own_pause = status == StatusCode::SERVICE_UNAVAILABLE && problem.link == Link::Proxy;
    if let Some(seconds) = said.or(is_own_pause.then_some(PAUSE_SECONDS)) {
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

/// The refusal of a try of a secret where too many were wrong.
pub fn too_many_tries(cause: &Cause, seconds: u64) -> ApiProblem {
    ApiProblem::new(cause, StatusCode::TOO_MANY_REQUESTS)
        .detail(format!("There were too many wrong tries. Try again in {seconds} seconds."))
        .retry_after(seconds)
}

/// The refusal where as many answers are under way, or followed, as may be.
pub fn too_many_at_once() -> ApiProblem {
    ApiProblem::new(&known::too_many_at_once, StatusCode::TOO_MANY_REQUESTS).retry_after(AT_ONCE_SECONDS)
}

/// The refusal of a body for which there is no room beside those that arrive at the same time.
pub fn too_much_at_once() -> ApiProblem {
    ApiProblem::new(&known::too_many, StatusCode::TOO_MANY_REQUESTS)
        .detail("Your message is kept. Very many arrive at this moment; please try again.")
        .retry_after(AT_ONCE_SECONDS)
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
            StoreError::TooManyMessages => too_many_messages(),
            StoreError::TooManyTries(seconds) => too_many_tries(&known::unauthorized, seconds),
            StoreError::Exceeded(exceeded) => exceeded.into(),
        }
    }
}

/// When it is worth trying again where the proxy stops or its database is away, for programs, whom `Retry-After` tells.
const PAUSE_SECONDS: u64 = 5;

/// When it is worth trying again where too many replies are under way: about as long as one takes.
const AT_ONCE_SECONDS: u64 = 10;

impl From<Exceeded> for ApiProblem {
    fn from(Exceeded { limit, until }: Exceeded) -> Self {
        if limit.per == Some(Per::AtOnce) {
            let problem = too_many_at_once().at_limit(limit.name);
            return match limit.whom {
                Whom::Visitor => problem
                    .detail("Your message is kept. Wait for an answer that is under way, then send again."),
                Whom::Address | Whom::Site | Whom::Question | Whom::Answer => problem,
            };
        }
        let cause = match (limit.what, limit.whom) {
            (What::Visitors, _) => &known::too_many_visitors,
            (What::Checks | What::Codes | What::Searches, _) => &known::address_limit,
            (What::Cents, _) => &known::spending_cap,
            (_, Whom::Site) => &known::site_limit,
            (_, Whom::Address) => &known::address_limit,
            (_, Whom::Visitor | Whom::Question | Whom::Answer) => &known::visitor_limit,
        };
        let problem = Self::new(cause, StatusCode::TOO_MANY_REQUESTS).at_limit(limit.name);
        let Some(until) = until else {
            return problem.detail("Your message is kept. Shorten it, or start a new conversation.").never();
        };
        let now = now();
        let again = again(now, until);
        let detail = match (limit.what, limit.whom) {
            (What::Visitors | What::Checks | What::Codes | What::Searches, _) => {
                format!("Please try again {again}.")
            }
            (What::Cents, _) | (_, Whom::Site) => {
                format!("Your message is kept. The assistant is back {again}.")
            }
            (_, Whom::Address | Whom::Visitor | Whom::Question | Whom::Answer) => {
                format!("Your message is kept. You can send it again {again}.")
            }
        };
        problem.detail(detail).retry_after(until.saturating_sub(now).div_ceil(1000).max(1))
    }
}

/// A moment in words: `in 42 seconds`, `at 14:05 UTC`, `on 1 December at 00:00 UTC`.
fn again(now: Millis, until: Millis) -> String {
    const SECONDS_MS: Millis = 2 * 60 * 1000;
    const TIME_MS: Millis = 24 * 60 * 60 * 1000;
    let wait = until.saturating_sub(now);
    let moment =
        i64::try_from(until / 1000).ok().and_then(|until| OffsetDateTime::from_unix_timestamp(until).ok());
    match moment {
        Some(moment) if wait > TIME_MS => {
            format!(
                "on {} {} at {:02}:{:02} UTC",
                moment.day(),
                moment.month(),
                moment.hour(),
                moment.minute()
            )
        }
        Some(moment) if wait > SECONDS_MS => format!("at {:02}:{:02} UTC", moment.hour(), moment.minute()),
        _ => match wait.div_ceil(1000).max(1) {
            1 => "in 1 second".to_owned(),
            seconds => format!("in {seconds} seconds"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-28T19:02:37.500Z.
    const NOW: Millis = 1_795_892_557_500;

    #[test]
    fn a_moment_is_told_as_people_tell_it() {
        assert_eq!(again(NOW, NOW), "in 1 second");
        assert_eq!(again(NOW, NOW + 22_500), "in 23 seconds");
        assert_eq!(again(NOW, NOW + 62 * 60_000), "at 20:04 UTC");
        assert_eq!(again(NOW, 1_796_083_200_000), "on 1 December at 00:00 UTC");
    }
}
