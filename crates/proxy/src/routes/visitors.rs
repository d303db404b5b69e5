//! Visitors: new ones, and their other devices.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use candor_protocol::cause::known;
use candor_protocol::wire::{LinkCode, NewVisitor, Visitor};

use super::body::Fields;
use super::callers::bearer;
use super::problem::ApiProblem;
use crate::App;
use crate::store::{StoreError, VisitorId};

/// A new visitor; or with a code from another device, that device's visitor.
#[utoipa::path(
    post,
    path = "/visitors",
    security((), ("visitor" = [])),
    request_body(content = Option<NewVisitor>),
    responses((status = 201, body = Visitor, description = "The visitor’s token"))
)]
pub async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<(StatusCode, Json<Visitor>), ApiProblem> {
    let NewVisitor { code } = fields.read()?;
    let visitor = match code {
        None => app.store.create_visitor().await?,
        Some(code) => {
            check_linking(&app)?;
            link(&app, &code, &headers).await?
        }
    };
    Ok((StatusCode::CREATED, Json(visitor)))
}

/// A code that makes another device this visitor.
#[utoipa::path(post, path = "/visitors/code", responses((status = 201, body = LinkCode, description = "The code, which works once")))]
pub async fn create_code(
    State(app): State<App>,
    visitor: VisitorId,
    fields: Fields,
) -> Result<(StatusCode, Json<LinkCode>), ApiProblem> {
    fields.nothing_else()?;
    check_linking(&app)?;
    Ok((StatusCode::CREATED, Json(app.store.create_link_code(&visitor).await?)))
}

/// Ends the visitor's tokens on all other devices.
#[utoipa::path(delete, path = "/visitors/others", responses((status = 204, description = "This device’s token alone is valid")))]
pub async fn end_others(
    State(app): State<App>,
    visitor: VisitorId,
    headers: HeaderMap,
) -> Result<StatusCode, ApiProblem> {
    app.store.end_other_tokens(&visitor, bearer(&headers).unwrap_or_default()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn check_linking(app: &App) -> Result<(), ApiProblem> {
    match app.settings.linking {
        true => Ok(()),
        false => Err(ApiProblem::new(&known::linking_off, StatusCode::FORBIDDEN)),
    }
}

async fn link(app: &App, code: &str, headers: &HeaderMap) -> Result<Visitor, ApiProblem> {
    app.link_attempts.check().map_err(|seconds| {
        ApiProblem::new(&known::link_code_unknown, StatusCode::TOO_MANY_REQUESTS)
            .detail(format!("There were too many wrong tries. Try again in {seconds} seconds."))
            .retry_after(seconds)
    })?;
    // A device without a visitor, or whose visitor is gone, has nothing to bring along.
    let own = match bearer(headers) {
        Some(token) => app.store.visitor(token).await.ok().map(|recognised| recognised.visitor),
        None => None,
    };
    let linked = app.store.link(code, own.as_ref()).await;
    if matches!(linked, Err(StoreError::UnknownCode)) {
        app.link_attempts.count_wrong();
    }
    Ok(linked?)
}

/// Deletes the visitor with every conversation, and stops replies in them.
#[utoipa::path(delete, path = "/visitors", responses((status = 204, description = "Nothing is kept of the visitor any more")))]
pub async fn delete(State(app): State<App>, visitor: VisitorId) -> Result<StatusCode, ApiProblem> {
    for id in app.store.delete_visitor(&visitor).await? {
        if let Some(reply) = app.jobs.find(&id) {
            reply.stop();
        }
    }
    for reply in app.ephemeral.forget(&visitor) {
        reply.stop();
    }
    Ok(StatusCode::NO_CONTENT)
}
