//! `GET, POST conversations/{id}/messages`.

use std::ops::RangeInclusive;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use candor_protocol::wire::{MessageStatus, Messages, NewMessage, ReplyStart};
use serde::Deserialize;

use super::body::{Fields, idempotency_key, invalid_request, too_large};
use super::language::VisitorLanguage;
use super::problem::ApiProblem;
use super::{Path, paging, replies};
use crate::App;
use crate::access::address::ClientAddress;
use crate::access::quota::Caller;
use crate::replies::jobs::Asker;
use crate::store::VisitorId;

/// The header by which the owner makes a message a rehearsal.
const OWNER_HEADER: &str = "candor-owner";

/// How many messages a page has where nobody says, and how many may be asked for.
const USUAL_PAGE: u32 = 50;
const ALLOWED_PAGE: RangeInclusive<u32> = 1..=200;

/// Which messages are asked for.
#[derive(Deserialize)]
pub struct Asked {
    before: Option<String>,
    limit: Option<u32>,
}

/// A page of the conversation's messages, oldest first; a reply under way with what has arrived of it.
#[utoipa::path(
    get,
    path = "/conversations/{conversation}/messages",
    params(
        ("conversation" = String, Path, description = "The conversation’s id"),
        ("before" = Option<String>, Query, description = "`next` of the page with what was written after"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 200, description = "The most messages; 50 without")
    ),
    responses((status = 200, body = Messages, description = "The oldest first"))
)]
pub async fn list(
    State(app): State<App>,
    visitor: VisitorId,
    Path(conversation): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Messages>, ApiProblem> {
    let Query(asked) = asked.map_err(|_| paging::unreadable())?;
    let limit = paging::limit(asked.limit, USUAL_PAGE, &ALLOWED_PAGE)?;
    let before = paging::before(asked.before)?;
    let mut page = app.store.messages(&visitor, &conversation, before, limit).await?;
    for message in &mut page.messages {
        if message.status == MessageStatus::Streaming
            && let Some(reply) = app.jobs.find(&message.id)
        {
            *message = reply.snapshot();
        }
        message.error = message.error.take().map(|problem| problem.for_visitor(app.settings.diagnostics));
    }
    Ok(Json(page))
}

/// A new message, answered by the stream of the reply to it.
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/messages",
    params(
        ("conversation" = String, Path, description = "The conversation’s id"),
        ("Accept-Language" = Option<String>, Header, description = "The visitor’s language, in which the model is asked to answer where the owner says so"),
        ("Candor-Owner" = Option<String>, Header, description = "The owner’s token: the message is a rehearsal, which the demo plays"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200, description = "Makes a second sending harmless")
    ),
    request_body(content = NewMessage),
    responses((
        status = 200,
        description = "The reply as it is written; as JSON once it has ended, where only that is accepted",
        content((String = "text/event-stream"), (ReplyStart = "application/json"))
    ))
)]
pub async fn create(
    State(app): State<App>,
    visitor: VisitorId,
    from: ClientAddress,
    VisitorLanguage(language): VisitorLanguage,
    Path(conversation): Path<String>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, ApiProblem> {
    let key = idempotency_key(&headers)?;
    let asker = Asker { caller: paying(&app, &headers, &visitor, from).await?, language };
    let NewMessage { content } = fields.read()?;
    check_content(&app, &content)?;
    let reply = replies::begin(&app, visitor, asker, conversation, key, content).await?;
    Ok(replies::respond(&app, reply, &headers).await)
}

/// Refuses a message without a word, and one that is too long.
pub fn check_content(app: &App, content: &str) -> Result<(), ApiProblem> {
    if content.trim().is_empty() {
        return Err(invalid_request("The field content must not be empty."));
    }
    let most = app.settings.message_chars;
    if content.chars().count() > most {
        return Err(
            too_large().detail(format!("Your message is kept. It may have {most} characters at most."))
        );
    }
    Ok(())
}

/// Who is to be counted for an answer. Nobody where the owner asks for a failure to be played: by the owner's token, beside the
/// visitor's own.
pub async fn paying(
    app: &App,
    headers: &HeaderMap,
    visitor: &VisitorId,
    from: ClientAddress,
) -> Result<Option<Caller>, ApiProblem> {
    match headers.get(OWNER_HEADER) {
        None => Ok(Some(app.caller(Some(visitor), from).await?)),
        Some(token) => {
            app.owner(token.to_str().unwrap_or_default(), from).await?;
            Ok(None)
        }
    }
}
