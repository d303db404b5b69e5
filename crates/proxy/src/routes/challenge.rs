//! `GET challenge`: what a new visitor solves first, where the owner asks for it; and whether they have.

use axum::Json;
use axum::extract::State;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use candor_protocol::cause::known;
use candor_protocol::wire::Challenge;
use url::Url;

use super::problem::ApiProblem;
use crate::App;
use crate::challenge::ChallengeError;

/// A challenge that nobody has solved yet, which service’s widget shows one, or that there is none.
#[utoipa::path(get, path = "/challenge", security(()), responses((status = 200, body = Challenge, description = "What a new visitor solves")))]
pub async fn show(State(app): State<App>) -> Result<Json<Challenge>, ApiProblem> {
    Ok(Json(app.challenge.offer()?))
}

/// Lets a new visitor on who has solved the challenge, and whose solution nobody has used before.
pub async fn check(app: &App, solution: &str, headers: &HeaderMap) -> Result<(), ApiProblem> {
    let Some(solved) = app.challenge.check(solution, host(headers).as_deref()).await? else { return Ok(()) };
    match app.store.use_up(&solved).await? {
        true => Ok(()),
        false => Err(ChallengeError::Failed("it was used before".to_owned()).into()),
    }
}

/// The host of the page that asks, without its port. What is not sent by a page is taken for one of the proxy’s own.
fn host(headers: &HeaderMap) -> Option<String> {
    let said = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let page = said(ORIGIN).map(str::to_owned).or_else(|| Some(format!("http://{}", said(HOST)?)))?;
    Url::parse(&page).ok()?.host_str().map(str::to_owned)
}

impl From<ChallengeError> for ApiProblem {
    fn from(error: ChallengeError) -> Self {
        match error {
            ChallengeError::Failed(_) => {
                tracing::info!("{error}");
                Self::new(&known::challenge_failed, StatusCode::FORBIDDEN)
            }
            ChallengeError::Unavailable(_) => {
                tracing::error!("{error}");
                Self::new(&known::challenge_unavailable, StatusCode::SERVICE_UNAVAILABLE)
            }
        }
    }
}
