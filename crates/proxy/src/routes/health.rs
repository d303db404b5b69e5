//! `GET health`: whether the proxy itself is well. The provider is not asked.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use candor_protocol::VERSION;
use candor_protocol::cause::known;
use candor_protocol::wire::Health;

use super::problem::ApiProblem;
use crate::App;
use crate::clock::now;

/// `ok`, or the problem `stopping` while the proxy shuts down.
#[utoipa::path(get, path = "/health", security(()), responses((status = 200, body = Health, description = "The proxy is well")))]
pub async fn show(State(app): State<App>) -> Result<Json<Health>, ApiProblem> {
    if app.jobs.is_stopping() {
        return Err(ApiProblem::new(&known::stopping, StatusCode::SERVICE_UNAVAILABLE));
    }
    Ok(Json(Health { status: "ok".to_owned(), version: VERSION.to_owned(), time: now() }))
}
