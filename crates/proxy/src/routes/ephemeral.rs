//! `POST replies` and `GET, DELETE replies/{id}`: replies in conversations that the visitor's browser keeps.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use candor_diagnosis::completions::ChatMessage;
use candor_protocol::cause::known;
use candor_protocol::wire::{ChatTurn, NewReply, ReplyStart, Role, Signed, TURNS};

use super::Path;
use super::body::{Fields, idempotency_key, invalid_request};
use super::language::VisitorLanguage;
use super::messages::{check_content, paying};
use super::problem::{ApiProblem, too_many_messages};
use super::replies::{check_open, new_message, new_reply, respond};
use crate::App;
use crate::access::address::ClientAddress;
use crate::config::Keep;
use crate::replies::context::ContextTurn;
use crate::replies::jobs::Asker;
use crate::replies::signature::AnswerSigner;
use crate::replies::{Ending, Reply};
use crate::store::VisitorId;

/// A reply to what was said, of which nothing is kept.
#[utoipa::path(
    post,
    path = "/replies",
    params(
        ("Accept-Language" = Option<String>, Header, description = "The visitor’s language, in which the model is asked to answer where the owner says so"),
        ("Candor-Owner" = Option<String>, Header, description = "The owner’s token: the message is a rehearsal, which the demo plays"),
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 200, description = "Makes a second sending harmless")
    ),
    request_body(content = NewReply),
    responses((
        status = 200,
        description = "The reply as it is written; as JSON once it has ended, where only that is accepted",
        content((String = "text/event-stream"), (Signed<ReplyStart> = "application/json"))
    ))
)]
pub async fn create(
    State(app): State<App>,
    visitor: VisitorId,
    from: ClientAddress,
    VisitorLanguage(language): VisitorLanguage,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, ApiProblem> {
    if app.settings.keep != Keep::Nothing {
        return Err(ApiProblem::new(&known::invalid_request, StatusCode::CONFLICT)
            .detail("This site keeps conversations: send messages to one of them."));
    }
    let key = idempotency_key(&headers)?;
    let asker = Asker { caller: paying(&app, &headers, &visitor, from).await?, language };
    let NewReply { messages: turns } = fields.read()?;
    if turns.len() > 2 * TURNS {
        return Err(too_many_messages());
    }
    let Some(latest) = turns.last().filter(|last| last.role == Role::User) else {
        return Err(invalid_request("The last of messages must be the visitor’s."));
    };
    check_content(&app, &latest.content)?;
    check_open(&app)?;
    let signer = AnswerSigner::new(app.store.answer_secret().await?, &visitor);
    let proven = proven(&turns, &signer)?;
    let reply = Reply::new(new_message(latest.content.clone()), new_reply()).signed_by(signer);
    let reply = Arc::new(reply);
    let reply = match app.ephemeral.begin(&visitor, key, &turns, &reply)? {
        Some(known) => known,
        None => {
            let begun = async {
                app.jobs.announce(&reply)?;
                app.jobs.begin_ephemeral(&reply, proven, &asker).await
            };
            if let Err(error) = begun.await {
                app.jobs.forget(reply.id());
                app.ephemeral.remove(reply.id());
                let problem = ApiProblem::from(error);
                // Whoever has sent the same once more meanwhile follows it.
                reply.end(Ending::Failed(Box::new(problem.problem().clone())));
                return Err(problem);
            }
            reply
        }
    };
    Ok(respond(&app, reply, &headers).await)
}

/// The turns, and which of them are known to be what they are called: of the answers, those that are signed.
///
/// # Errors
/// `forged_turn` where a signature is not under that turn.
fn proven(turns: &[ChatTurn], signer: &AnswerSigner) -> Result<Vec<ContextTurn>, ApiProblem> {
    let mut before = None;
    let mut proven = Vec::with_capacity(turns.len());
    for turn in turns {
        let asked = before.replace(turn).filter(|before: &&ChatTurn| before.role == Role::User);
        let is_proven = match (turn.role, &turn.signature, asked) {
            (Role::User, None, _) => true,
            (Role::Assistant, None, _) => false,
            (Role::Assistant, Some(signature), Some(asked))
                if signer.verifies(&asked.content, &turn.content, signature) =>
            {
                true
            }
            (Role::User | Role::Assistant, Some(_), _) => {
                return Err(ApiProblem::new(&known::forged_turn, StatusCode::BAD_REQUEST));
            }
        };
        let message = ChatMessage::new(turn.role.name(), turn.content.clone());
        proven.push(ContextTurn { message, is_proven });
    }
    Ok(proven)
}

/// The reply from the start or behind `Last-Event-ID`, for as long as it is remembered.
#[utoipa::path(
    get,
    path = "/replies/{reply}",
    params(
        ("reply" = String, Path, description = "The reply’s id"),
        ("Last-Event-ID" = Option<String>, Header, description = "Goes on behind the event of this id")
    ),
    responses((
        status = 200,
        description = "The reply as it is written; as JSON once it has ended, where only that is accepted",
        content((String = "text/event-stream"), (Signed<ReplyStart> = "application/json"))
    ))
)]
pub async fn follow(
    State(app): State<App>,
    visitor: VisitorId,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiProblem> {
    let reply = app.ephemeral.find(&visitor, &id)?;
    Ok(respond(&app, reply, &headers).await)
}

/// Stops the reply. One that has ended already is left as it is.
#[utoipa::path(
    delete,
    path = "/replies/{reply}",
    params(("reply" = String, Path, description = "The reply’s id")),
    responses((status = 204, description = "It has stopped"))
)]
pub async fn stop(
    State(app): State<App>,
    visitor: VisitorId,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiProblem> {
    let reply = app.ephemeral.find(&visitor, &id)?;
    reply.stop();
    reply.ended().await;
    Ok(StatusCode::NO_CONTENT)
}
