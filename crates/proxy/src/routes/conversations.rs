//! `GET, POST conversations` and `GET, PATCH, DELETE conversations/{id}`.

use std::ops::RangeInclusive;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use candor_protocol::wire::{Conversation, ConversationChange, Conversations, NewConversation, TITLE_CHARS};
use serde::Deserialize;

use super::body::{Fields, idempotency_key, invalid_request};
use super::problem::ApiProblem;
use super::replies::check_keeps;
use super::{Path, paging};
use crate::App;
use crate::access::address::ClientAddress;
use crate::config::limits::What;
use crate::store::{Change, Page, VisitorId};

/// How many conversations a page has where nobody says, and how many may be asked for.
const USUAL_PAGE: u32 = 50;
const ALLOWED_PAGE: RangeInclusive<u32> = 1..=100;

/// The most characters that are searched for.
const MAX_SEARCH_CHARS: usize = 200;

/// Which conversations are asked for.
#[derive(Deserialize)]
pub struct Asked {
    before: Option<String>,
    limit: Option<u32>,
    search: Option<String>,
}

/// A page of the visitor's conversations, newest first.
#[utoipa::path(
    get,
    path = "/conversations",
    params(
        ("before" = Option<String>, Query, description = "`next` of the page before"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 100, description = "The most conversations; 50 without"),
        ("search" = Option<String>, Query, max_length = 200, description = "Words that the title or a message must have; `preview` is then the place that was found")
    ),
    responses((status = 200, body = Conversations, description = "The latest first"))
)]
pub async fn list(
    State(app): State<App>,
    visitor: VisitorId,
    from: ClientAddress,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Conversations>, ApiProblem> {
    let Query(asked) = asked.map_err(|_| paging::unreadable())?;
    let limit = paging::limit(asked.limit, USUAL_PAGE, &ALLOWED_PAGE)?;
    let search = asked.search.unwrap_or_default().replace('\0', "");
    if search.chars().count() > MAX_SEARCH_CHARS {
        return Err(invalid_request(format!(
            "The query search may have {MAX_SEARCH_CHARS} characters at most."
        )));
    }
    let before = paging::before(asked.before)?;
    if !search.is_empty() {
        app.count(What::Searches, from).await?;
    }
    Ok(Json(app.store.conversations(&visitor, &Page { before, search, limit }).await?))
}

/// A new conversation.
#[utoipa::path(
    post,
    path = "/conversations",
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200, description = "Makes a second sending harmless")),
    request_body(content = Option<NewConversation>),
    responses((status = 201, body = Conversation, description = "The new conversation"))
)]
pub async fn create(
    State(app): State<App>,
    visitor: VisitorId,
    from: ClientAddress,
    headers: HeaderMap,
    fields: Fields,
) -> Result<(StatusCode, Json<Conversation>), ApiProblem> {
    let key = idempotency_key(&headers)?;
    let NewConversation { title } = fields.read()?;
    let title = title.as_deref().map(checked_title).transpose()?.unwrap_or_default();
    check_keeps(&app)?;
    app.count(What::Conversations, from).await?;
    let conversation = app.store.create_conversation(&visitor, key.as_deref(), &title).await?;
    Ok((StatusCode::CREATED, Json(conversation)))
}

/// One conversation.
#[utoipa::path(
    get,
    path = "/conversations/{conversation}",
    params(("conversation" = String, Path, description = "The conversation’s id")),
    responses((status = 200, body = Conversation, description = "The conversation"))
)]
pub async fn show(
    State(app): State<App>,
    visitor: VisitorId,
    Path(id): Path<String>,
) -> Result<Json<Conversation>, ApiProblem> {
    Ok(Json(app.store.conversation(&visitor, &id).await?))
}

/// Another title, or the mark that there is something unread.
#[utoipa::path(
    patch,
    path = "/conversations/{conversation}",
    params(("conversation" = String, Path, description = "The conversation’s id")),
    request_body(content = ConversationChange),
    responses((status = 200, body = Conversation, description = "The conversation as it is now"))
)]
pub async fn change(
    State(app): State<App>,
    visitor: VisitorId,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Json<Conversation>, ApiProblem> {
    let ConversationChange { title, unread } = fields.read()?;
    let title = title.as_deref().map(checked_title).transpose()?;
    if title.is_none() && unread.is_none() {
        return Err(invalid_request("The field title or unread is missing."));
    }
    Ok(Json(app.store.change_conversation(&visitor, &id, &Change { title, unread }).await?))
}

/// Deletes a conversation, and stops a reply in it.
#[utoipa::path(
    delete,
    path = "/conversations/{conversation}",
    params(("conversation" = String, Path, description = "The conversation’s id")),
    responses((status = 204, description = "It is gone"))
)]
pub async fn delete(
    State(app): State<App>,
    visitor: VisitorId,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiProblem> {
    let under_way = app.store.delete_conversation(&visitor, &id).await?;
    if let Some(reply) = under_way.and_then(|id| app.jobs.find(&id)) {
        reply.stop();
    }
    Ok(StatusCode::NO_CONTENT)
}

fn checked_title(title: &str) -> Result<String, ApiProblem> {
    let title = title.trim();
    if title.is_empty() {
        return Err(invalid_request("The field title must not be empty."));
    }
    if title.chars().count() > TITLE_CHARS {
        return Err(invalid_request(format!("The field title may have {TITLE_CHARS} characters at most.")));
    }
    if title.chars().any(char::is_control) {
        return Err(invalid_request("The field title must be one line."));
    }
    Ok(title.to_owned())
}
