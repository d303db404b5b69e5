//! What visitors think of answers: told by them, and read by the owner.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use candor_protocol::cause::known;
use candor_protocol::wire::{COMMENT_CHARS, Feedback, RatedAnswers, Rating};

use super::Path;
use super::body::{Fields, FromFields, invalid_request};
use super::callers::Owner;
use super::problem::ApiProblem;
use crate::App;
use crate::config::Keep;
use crate::store::VisitorId;

/// `PUT …/feedback`: what the visitor thinks of an answer, in the place of what they thought before.
#[utoipa::path(
    put,
    path = "/conversations/{conversation}/messages/{message}/feedback",
    params(
        ("conversation" = String, Path, description = "The conversation’s id"),
        ("message" = String, Path, description = "The id of the answer")
    ),
    request_body(content = Feedback),
    responses((status = 204, description = "It is kept"))
)]
pub async fn give(
    State(app): State<App>,
    visitor: VisitorId,
    Path((conversation, message)): Path<(String, String)>,
    fields: Fields,
) -> Result<StatusCode, ApiProblem> {
    check_asked_for(&app)?;
    let feedback = fields.read()?;
    let model = app.settings.provider.model();
    app.store.rate(&visitor, &conversation, &message, Some(&feedback), model).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE …/feedback`: the visitor takes it back.
#[utoipa::path(
    delete,
    path = "/conversations/{conversation}/messages/{message}/feedback",
    params(
        ("conversation" = String, Path, description = "The conversation’s id"),
        ("message" = String, Path, description = "The id of the answer")
    ),
    responses((status = 204, description = "There is none"))
)]
pub async fn take_back(
    State(app): State<App>,
    visitor: VisitorId,
    Path((conversation, message)): Path<(String, String)>,
) -> Result<StatusCode, ApiProblem> {
    check_asked_for(&app)?;
    app.store.rate(&visitor, &conversation, &message, None, "").await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What all visitors think of answers, the latest first.
#[utoipa::path(
    get,
    path = "/diagnostics/feedback",
    security(("owner" = [])),
    responses((status = 200, body = RatedAnswers, description = "The latest first"))
)]
pub async fn list(State(app): State<App>, _: Owner) -> Result<Json<RatedAnswers>, ApiProblem> {
    Ok(Json(app.store.rated_answers().await?))
}

fn check_asked_for(app: &App) -> Result<(), ApiProblem> {
    match app.settings.feedback && app.settings.keep != Keep::Nothing {
        true => Ok(()),
        false => Err(ApiProblem::new(&known::no_route, StatusCode::NOT_FOUND)),
    }
}

impl FromFields for Feedback {
    fn from_fields(fields: &mut Fields) -> Result<Self, ApiProblem> {
        let rating = fields.text("rating")?.as_deref().and_then(Rating::of);
        Ok(Self {
            rating: rating.ok_or_else(|| invalid_request("The field rating must be up or down."))?,
            comment: fields.text("comment")?.as_deref().map(checked_comment).transpose()?,
        })
    }
}

fn checked_comment(comment: &str) -> Result<String, ApiProblem> {
    let comment = comment.trim();
    if comment.is_empty() {
        return Err(invalid_request("The field comment must not be empty."));
    }
    if comment.chars().count() > COMMENT_CHARS {
        return Err(invalid_request(format!(
            "The field comment may have {COMMENT_CHARS} characters at most."
        )));
    }
    Ok(comment.to_owned())
}
