//! Visitors: new ones, their other devices, and who a request comes from.

use std::sync::{Arc, OnceLock};

use axum::Json;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use candor_protocol::cause::known;
use candor_protocol::wire::{LinkCode, NewVisitor, Visitor};

use super::body::Fields;
use crate::App;
use crate::problem::Refusal;
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
    mut fields: Fields,
) -> Result<(StatusCode, Json<Visitor>), Refusal> {
    let code = fields.text("code")?;
    fields.nothing_else()?;
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
) -> Result<(StatusCode, Json<LinkCode>), Refusal> {
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
) -> Result<StatusCode, Refusal> {
    app.store.end_other_tokens(&visitor, bearer(&headers).unwrap_or_default()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn check_linking(app: &App) -> Result<(), Refusal> {
    match app.settings.linking {
        true => Ok(()),
        false => Err(Refusal::new(&known::linking_off, StatusCode::FORBIDDEN)),
    }
}

async fn link(app: &App, code: &str, headers: &HeaderMap) -> Result<Visitor, Refusal> {
    app.link_tries.check().map_err(|seconds| {
        Refusal::new(&known::link_code_unknown, StatusCode::TOO_MANY_REQUESTS)
            .detail(format!("There were too many wrong tries. Try again in {seconds} seconds."))
            .retry_after(seconds)
    })?;
    // A device without a visitor, or whose visitor is gone, has nothing to bring along.
    let own = match bearer(headers) {
        Some(token) => app.store.visitor(token).await.ok().map(|recognised| recognised.visitor),
        None => None,
    };
    let linked = app.store.link(code, own.as_ref()).await;
    if linked == Err(StoreError::UnknownCode) {
        app.link_tries.count_wrong();
    }
    Ok(linked?)
}

/// Deletes the visitor with every conversation, and stops replies in them.
#[utoipa::path(delete, path = "/visitors", responses((status = 204, description = "Nothing is kept of the visitor any more")))]
pub async fn delete(State(app): State<App>, visitor: VisitorId) -> Result<StatusCode, Refusal> {
    for id in app.store.delete_visitor(&visitor).await? {
        if let Some(reply) = app.jobs.find(&id) {
            reply.stop();
        }
    }
    for reply in app.unkept.forget(&visitor) {
        reply.stop();
    }
    Ok(StatusCode::NO_CONTENT)
}

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
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
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
