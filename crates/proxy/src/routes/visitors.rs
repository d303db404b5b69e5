//! `POST visitors`, and who a request comes from.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use candor_protocol::wire::Visitor;

use super::body::Fields;
use crate::App;
use crate::problem::Refusal;
use crate::store::{StoreError, VisitorId};

/// A new visitor.
#[utoipa::path(post, path = "/visitors", security(()), responses((status = 201, body = Visitor, description = "The visitor’s token")))]
pub async fn create(State(app): State<App>, fields: Fields) -> Result<(StatusCode, Json<Visitor>), Refusal> {
    fields.nothing_else()?;
    Ok((StatusCode::CREATED, Json(app.store.create_visitor().await?)))
}

/// Deletes the visitor with every conversation, and stops replies in them.
#[utoipa::path(delete, path = "/visitors", responses((status = 204, description = "Nothing is kept of the visitor any more")))]
pub async fn delete(State(app): State<App>, visitor: VisitorId) -> Result<StatusCode, Refusal> {
    for id in app.store.delete_visitor(&visitor).await? {
        if let Some(reply) = app.jobs.find(&id) {
            reply.stop();
        }
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The token that the request carries.
pub fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, token) = parts.headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The visitor whose token the request carries.
impl FromRequestParts<App> for VisitorId {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let token = bearer(parts).ok_or(StoreError::UnknownVisitor)?;
        Ok(app.store.visitor(token).await?)
    }
}
