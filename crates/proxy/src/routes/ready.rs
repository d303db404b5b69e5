//! `GET /ready`: whether this proxy should be sent new requests. For load balancers, and no part of the wire.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use tokio::time::timeout;

use crate::App;

/// How long the database may take to say that it is there.
const DATABASE_TIME: Duration = Duration::from_secs(2);

/// Yes, while its database answers and it is not about to stop.
pub async fn show(State(app): State<App>) -> Response {
    let (status, words) = if app.jobs.is_stopping() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else {
        match timeout(DATABASE_TIME, app.store.ping()).await {
            Ok(Ok(())) => (StatusCode::OK, "ready\n"),
            Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n"),
        }
    };
    (status, [(CACHE_CONTROL, "no-store")], words).into_response()
}
