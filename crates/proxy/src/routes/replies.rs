//! The reply to a message: begun with it, taken up again, asked for again, stopped.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use candor_protocol::cause::known;
use candor_protocol::wire::{Message, MessageStatus, ReplyStart, Role, Signed};

use super::language::VisitorLanguage;
use super::problem::{ApiProblem, response, too_many_at_once};
use super::{Path, event_stream};
use crate::access::address::ClientAddress;
use crate::clock::now;
use crate::config::Keep;
use crate::replies::Reply;
use crate::replies::jobs::Asker;
use crate::store::{Begun, Turn, TurnId, VisitorId};
use crate::{App, random};

/// `GET …/reply`: the stream of the latest reply, from the start or behind `Last-Event-ID`.
#[utoipa::path(
    get,
    path = "/conversations/{conversation}/messages/{message}/reply",
    params(
        ("conversation" = String, Path, description = "The conversation’s id"),
        ("message" = String, Path, description = "The id of the visitor’s message"),
        ("Last-Event-ID" = Option<String>, Header, description = "Goes on behind the event of this id")
    ),
    responses((
        status = 200,
        description = "The reply as it is written; as JSON once it has ended, where only that is accepted",
        content((String = "text/event-stream"), (ReplyStart = "application/json"))
    ))
)]
pub async fn follow(
    State(app): State<App>,
    visitor: VisitorId,
    Path((conversation, message)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiProblem> {
    let reply = latest(&app, &TurnId { visitor, conversation, message }).await?;
    Ok(respond(&app, reply, &headers).await)
}

/// `POST …/reply`: a new reply in the place of the last one; or that one, where it is whole and unread.
#[utoipa::path(
    post,
    path = "/conversations/{conversation}/messages/{message}/reply",
    params(
        ("conversation" = String, Path, description = "The conversation’s id"),
        ("message" = String, Path, description = "The id of the visitor’s message"),
        ("Accept-Language" = Option<String>, Header, description = "The visitor’s language, in which the model is asked to answer where the owner says so")
    ),
    responses((
        status = 200,
        description = "The reply as it is written; as JSON once it has ended, where only that is accepted",
        content((String = "text/event-stream"), (ReplyStart = "application/json"))
    ))
)]
pub async fn retry(
    State(app): State<App>,
    visitor: VisitorId,
    from: ClientAddress,
    VisitorLanguage(language): VisitorLanguage,
    Path((conversation, message)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiProblem> {
    check_keeps(&app)?;
    let turn = TurnId { visitor, conversation, message };
    let Turn { message, reply: last } = app.store.turn(&turn).await?;
    if last.status == MessageStatus::Complete && app.store.is_unread(&turn, &last).await? {
        // It is paid for, and whoever could not follow it to its end wants to read it.
        return Ok(respond(&app, Arc::new(Reply::new(message, last)), &headers).await);
    }
    check_open(&app)?;
    let asker = Asker { caller: Some(app.caller(Some(&turn.visitor), from).await?), language };
    let reply = Arc::new(Reply::new(message, new_reply()));
    app.jobs.announce(&reply)?;
    let begun = async {
        let pending = app.store.begin_again(&turn, &reply.snapshot()).await?;
        app.jobs.begin(turn, &reply, pending, &asker).await
    };
    if let Err(error) = begun.await {
        app.jobs.forget(reply.id());
        return Err(error.into());
    }
    Ok(respond(&app, reply, &headers).await)
}

/// `DELETE …/reply`: stops it. One that has ended already is left as it is.
#[utoipa::path(
    delete,
    path = "/conversations/{conversation}/messages/{message}/reply",
    params(
        ("conversation" = String, Path, description = "The conversation’s id"),
        ("message" = String, Path, description = "The id of the visitor’s message")
    ),
    responses((status = 204, description = "It has stopped; what had arrived is kept"))
)]
pub async fn stop(
    State(app): State<App>,
    visitor: VisitorId,
    Path((conversation, message)): Path<(String, String)>,
) -> Result<StatusCode, ApiProblem> {
    let reply = latest(&app, &TurnId { visitor, conversation, message }).await?;
    if !reply.has_ended() && app.jobs.find(reply.id()).is_none() {
        app.jobs.replicas().ask_to_stop(reply.id()).await?;
    }
    reply.stop();
    reply.ended().await;
    Ok(StatusCode::NO_CONTENT)
}

/// Keeps a new message and begins the reply to it; or finds both, where the idempotency key was here before.
pub async fn begin(
    app: &App,
    visitor: VisitorId,
    asker: Asker,
    conversation: String,
    key: Option<String>,
    content: String,
) -> Result<Arc<Reply>, ApiProblem> {
    check_open(app)?;
    check_keeps(app)?;
    let turn = Turn { message: new_message(content), reply: new_reply() };
    let reply = Arc::new(Reply::new(turn.message.clone(), turn.reply.clone()));
    let id = |message: &Message| TurnId {
        visitor: visitor.clone(),
        conversation: conversation.clone(),
        message: message.id.clone(),
    };
    app.jobs.announce(&reply)?;
    let begun = async {
        match app.store.begin(&visitor, &conversation, key.as_deref(), &turn).await? {
            Begun::New(pending) => {
                app.jobs.begin(id(reply.message()), &reply, pending, &asker).await.map(|()| None)
            }
            Begun::Known(turn) => Ok(Some(turn)),
        }
    };
    match begun.await {
        Ok(None) => Ok(reply),
        Ok(Some(known)) => {
            app.jobs.forget(reply.id());
            latest(app, &id(&known.message)).await
        }
        Err(error) => {
            app.jobs.forget(reply.id());
            Err(error.into())
        }
    }
}

/// The most who follow one reply at a time. A visitor has hardly so many tabs, and whoever waits for JSON is waited for even when
/// they have left.
const MAX_FOLLOWERS: usize = 64;

/// Answers with the reply: as a stream, or once it has ended, where only JSON is accepted.
pub async fn respond(app: &App, reply: Arc<Reply>, headers: &HeaderMap) -> Response {
    if reply.followers() >= MAX_FOLLOWERS {
        return too_many_at_once().into_response();
    }
    let diagnostics = app.settings.diagnostics;
    if wants_json(headers) {
        let ended = reply.ended().await;
        return match ended.error {
            Some(problem) => response(&problem.for_visitor(diagnostics)),
            None => {
                let signature = reply.signature(&ended.content);
                let told = ReplyStart { message: reply.message().clone(), reply: ended };
                Json(Signed { told, signature }).into_response()
            }
        };
    }
    let from =
        headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| reply.resume_at(id));
    event_stream(reply.follow(from, diagnostics))
}

/// The latest reply to a message, whether it is under way, here or in another proxy, or has ended.
async fn latest(app: &App, id: &TurnId) -> Result<Arc<Reply>, ApiProblem> {
    let turn = app.store.turn(id).await?;
    if let Some(running) = app.jobs.find(&turn.reply.id) {
        return Ok(running);
    }
    let is_under_way = turn.reply.status == MessageStatus::Streaming;
    let reply = Reply::new(turn.message, turn.reply);
    Ok(match is_under_way {
        // Or it has ended since it was looked up; the mirror sees that at once.
        true => app.jobs.replicas().mirror(id.clone(), reply),
        false => Arc::new(reply),
    })
}

/// Refuses to keep anything where the owner keeps nothing.
pub fn check_keeps(app: &App) -> Result<(), ApiProblem> {
    match app.settings.keep {
        Keep::Nothing => Err(ApiProblem::new(&known::not_kept, StatusCode::CONFLICT)),
        Keep::Always | Keep::For(_) => Ok(()),
    }
}

/// Refuses to begin a reply in a proxy that is about to stop.
pub fn check_open(app: &App) -> Result<(), ApiProblem> {
    match app.jobs.is_stopping() {
        true => Err(ApiProblem::new(&known::stopping, StatusCode::SERVICE_UNAVAILABLE)),
        false => Ok(()),
    }
}

fn wants_json(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accepted.contains("application/json") && !accepted.contains("text/event-stream")
}

/// A visitor’s message as it is kept.
pub fn new_message(content: String) -> Message {
    Message {
        id: random::id("m_"),
        role: Role::User,
        content,
        status: MessageStatus::Complete,
        created_at: now(),
        error: None,
        rating: None,
    }
}

/// A reply that has no words yet.
pub fn new_reply() -> Message {
    Message { role: Role::Assistant, status: MessageStatus::Streaming, ..new_message(String::new()) }
}
