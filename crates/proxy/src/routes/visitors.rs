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

/// The visitor whose token the request carries.
impl FromRequestParts<App> for VisitorId {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or(StoreError::UnknownVisitor)?;
        Ok(app.store.visitor(token).await?)
    }
}
