//! `GET, POST conversations` and `GET, PATCH, DELETE conversations/{id}`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use candor_protocol::wire::{Conversation, ConversationChange, Conversations, TITLE_CHARS};

use super::Path;
use super::body::{Fields, invalid_request};
use crate::App;
use crate::problem::Refusal;
use crate::store::VisitorId;

/// The visitor's conversations, newest first.
#[utoipa::path(get, path = "/conversations", responses((status = 200, body = Conversations, description = "The latest first")))]
pub async fn list(State(app): State<App>, visitor: VisitorId) -> Result<Json<Conversations>, Refusal> {
    Ok(Json(Conversations { conversations: app.store.conversations(visitor).await? }))
}

/// A new conversation.
#[utoipa::path(
    post,
    path = "/conversations",
    request_body(content = Option<ConversationChange>),
    responses((status = 201, body = Conversation, description = "The new conversation"))
)]
pub async fn create(
    State(app): State<App>,
    visitor: VisitorId,
    mut fields: Fields,
) -> Result<(StatusCode, Json<Conversation>), Refusal> {
    let title = fields.text("title")?;
    fields.nothing_else()?;
    let title = title.as_deref().map(checked_title).transpose()?.unwrap_or_default();
    Ok((StatusCode::CREATED, Json(app.store.create_conversation(visitor, title).await?)))
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
) -> Result<Json<Conversation>, Refusal> {
    Ok(Json(app.store.conversation(visitor, &id).await?))
}

/// Another title.
#[utoipa::path(
    patch,
    path = "/conversations/{conversation}",
    params(("conversation" = String, Path, description = "The conversation’s id")),
    request_body(content = ConversationChange),
    responses((status = 200, body = Conversation, description = "The conversation with its new title"))
)]
pub async fn rename(
    State(app): State<App>,
    visitor: VisitorId,
    Path(id): Path<String>,
    mut fields: Fields,
) -> Result<Json<Conversation>, Refusal> {
    let title = fields.text("title")?;
    fields.nothing_else()?;
    let title = title.ok_or_else(|| invalid_request("The field title is missing."))?;
    Ok(Json(app.store.rename_conversation(visitor, &id, checked_title(&title)?).await?))
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
) -> Result<StatusCode, Refusal> {
    let under_way = app.store.delete_conversation(visitor, &id).await?;
    if let Some(reply) = under_way.and_then(|id| app.jobs.find(&id)) {
        reply.stop();
    }
    Ok(StatusCode::NO_CONTENT)
}

fn checked_title(title: &str) -> Result<String, Refusal> {
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
