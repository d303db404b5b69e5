//! `GET health`: whether the proxy itself is well. The provider is not asked.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use candor_protocol::VERSION;
use candor_protocol::cause::known;
use candor_protocol::wire::Health;

use crate::App;
use crate::clock::now;
use crate::problem::Refusal;

/// `ok`, or the problem `stopping` while the proxy shuts down.
#[utoipa::path(get, path = "/health", security(()), responses((status = 200, body = Health, description = "The proxy is well")))]
pub async fn show(State(app): State<App>) -> Result<Json<Health>, Refusal> {
    if app.jobs.is_stopping() {
        return Err(Refusal::new(&known::stopping, StatusCode::SERVICE_UNAVAILABLE));
    }
    Ok(Json(Health { status: "ok".to_owned(), version: VERSION.to_owned(), time: now() }))
}
