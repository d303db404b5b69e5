//! Visitors: new ones, and their other devices.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use candor_protocol::cause::known;
use candor_protocol::wire::{AuditAction, LinkCode, NewVisitor, Visitor};

use super::body::Fields;
use super::callers::bearer;
use super::challenge;
use super::problem::{ApiProblem, too_many_tries};
use crate::App;
use crate::access::address::ClientAddress;
use crate::config::limits::What;
use crate::store::{StoreError, VisitorId};

/// A new visitor, who has solved the challenge where there is one; or with a code from another device, that device's visitor.
#[utoipa::path(
    post,
    path = "/visitors",
    security((), ("visitor" = [])),
    request_body(content = Option<NewVisitor>),
    responses((status = 201, body = Visitor, description = "The visitor’s token"))
)]
pub async fn create(
    State(app): State<App>,
    from: ClientAddress,
    headers: HeaderMap,
    fields: Fields,
) -> Result<(StatusCode, Json<Visitor>), ApiProblem> {
    let NewVisitor { challenge, code } = fields.read()?;
    let visitor = match code {
        None => {
            if app.challenge.is_on() && challenge.is_none() {
                return Err(ApiProblem::new(&known::challenge_required, StatusCode::FORBIDDEN));
            }
            // Wrong solutions count as well, since checking them costs something.
            app.count(What::Visitors, from).await?;
            if let Some(solution) = challenge {
                challenge::check(&app, &solution, &headers).await?;
            }
            app.store.create_visitor().await?
        }
        Some(code) => {
            check_linking(&app)?;
            app.count(What::Codes, from).await?;
            link(&app, &code, &headers, from).await?
        }
    };
    Ok((StatusCode::CREATED, Json(visitor)))
}

/// A code that makes another device this visitor.
#[utoipa::path(post, path = "/visitors/code", responses((status = 201, body = LinkCode, description = "The code, which works once")))]
pub async fn create_code(
    State(app): State<App>,
    visitor: VisitorId,
    from: ClientAddress,
    fields: Fields,
) -> Result<(StatusCode, Json<LinkCode>), ApiProblem> {
    fields.nothing_else()?;
    check_linking(&app)?;
    app.count(What::Codes, from).await?;
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

async fn link(
    app: &App,
    code: &str,
    headers: &HeaderMap,
    from: ClientAddress,
) -> Result<Visitor, ApiProblem> {
    // A device without a visitor, or whose visitor is gone, has nothing to bring along.
    let own = match bearer(headers) {
        Some(token) => app.store.visitor(token).await.ok().map(|recognised| recognised.visitor),
        None => None,
    };
    app.store.link(code, own.as_ref(), from).await.map_err(|error| match error {
        StoreError::TooManyTries(seconds) => too_many_tries(&known::link_code_unknown, seconds),
        error => error.into(),
    })
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
    // It is done, whether it can be noted or not; the store has logged why.
    let _ = app
        .store
        .note(AuditAction::Erased, None, None, Some("everything of a visitor, who asked for it"))
        .await;
    Ok(StatusCode::NO_CONTENT)
}
