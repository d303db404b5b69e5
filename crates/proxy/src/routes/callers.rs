//! Who sends a request: a visitor or the owner, by the token that it carries.

use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use candor_protocol::cause::known;

use super::problem::{ApiProblem, too_many_tries};
use crate::access::address::ClientAddress;
use crate::access::owner::Denied;
use crate::store::{StoreError, VisitorId};
use crate::{App, OwnerError, random};

/// The token that the request carries.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The header that gives a visitor another token in the place of the one that the request carries.
pub const NEW_TOKEN: &str = "candor-token";

/// Whose old token a request carried, noted while it is handled.
#[derive(Clone, Default)]
struct Old(Arc<OnceLock<VisitorId>>);

/// Gives visitors whose token is old another one, beside what they asked for.
pub async fn renew_tokens(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let old = Old::default();
    request.extensions_mut().insert(old.clone());
    let token = bearer(request.headers()).map(str::to_owned);
    let mut response = next.run(request).await;
    if let (Some(visitor), Some(token)) = (old.0.get(), token)
        && response.status().is_success()
        // Where it cannot be given now, the next request brings it.
        && let Ok(Some(renewed)) = app.store.renew(visitor, &token).await
        && let Ok(renewed) = HeaderValue::from_str(&renewed)
    {
        response.headers_mut().insert(NEW_TOKEN, renewed);
    }
    response
}

/// The visitor whose token the request carries.
impl FromRequestParts<App> for VisitorId {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiProblem> {
        let token = bearer(&parts.headers).ok_or(StoreError::UnknownVisitor)?;
        let recognised = app.store.visitor(token).await?;
        if recognised.is_old
            && let Some(old) = parts.extensions.get::<Old>()
        {
            let _ = old.0.set(recognised.visitor.clone());
        }
        Ok(recognised.visitor)
    }
}

/// The owner, whose token the request carries.
#[derive(Clone, Copy, Debug)]
pub struct Owner;

impl FromRequestParts<App> for Owner {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiProblem> {
        let Ok(from) = ClientAddress::from_request_parts(parts, app).await;
        // Nobody guesses with a visitor's token, or with none: the widget may have sent it by itself.
        let token =
            bearer(&parts.headers).filter(|token| !token.starts_with(random::TOKEN)).ok_or(Denied::Wrong)?;
        app.owner(token, from).await?;
        Ok(Self)
    }
}

impl From<OwnerError> for ApiProblem {
    fn from(error: OwnerError) -> Self {
        match error {
            OwnerError::Denied(denied) => denied.into(),
            OwnerError::Store(error) => error.into(),
        }
    }
}

impl From<Denied> for ApiProblem {
    fn from(denied: Denied) -> Self {
        let problem = Self::new(&known::owner_unauthorized, StatusCode::UNAUTHORIZED);
        match denied {
            Denied::NotSet => problem.detail(
                "No owner token is set. Set CANDOR_OWNER_TOKEN where the chat server runs, and restart it.",
            ),
            Denied::Wrong => problem,
            Denied::Wait(seconds) => too_many_tries(&known::owner_unauthorized, seconds),
        }
    }
}
