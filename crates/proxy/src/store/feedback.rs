//! What visitors think of answers. It stands in the answer's own row, so that it goes wherever that one goes.

use candor_protocol::wire::{Feedback, RatedAnswer, RatedAnswers, Rating};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::conversations::time;
use super::database::integer;
use super::{Store, StoreError, VisitorId};
use crate::clock::now;

/// The most rated answers that are listed.
const MAX_LISTED: i64 = 200;

/// The most characters of a question and of an answer in the list.
const QUOTED_CHARS: i64 = 2_000;

/// The rating in a row, where there is one that this version knows.
pub(super) fn rating(row: &AnyRow) -> sqlx::Result<Option<Rating>> {
    let name: Option<String> = row.try_get("rating")?;
    Ok(name.as_deref().and_then(Rating::of))
}

impl Store {
    /// Keeps what a visitor thinks of an answer that has ended, in the place of what they thought before; without `feedback` they take
    /// it back.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::UnderWay`], [`StoreError::Unavailable`].
    pub async fn rate(
        &self,
        visitor: &VisitorId,
        conversation: &str,
        message: &str,
        feedback: Option<&Feedback>,
        model: &str,
    ) -> Result<(), StoreError> {
        self.conversation(visitor, conversation).await?;
        let rated = sqlx::query(
            "UPDATE messages SET rating = $1, comment = $2, rated_at = $3, rated_model = $4
             WHERE id = $5 AND conversation_id = $6 AND role = 'assistant' AND status <> 'streaming'",
        )
        .bind(feedback.map(|feedback| feedback.rating.name()))
        .bind(feedback.and_then(|feedback| feedback.comment.as_deref()))
        .bind(feedback.map(|_| integer(now())))
        .bind(feedback.map(|_| model))
        .bind(message)
        .bind(conversation)
        .execute(&mut *self.database.writer().await?)
        .await?;
        if rated.rows_affected() > 0 {
            return Ok(());
        }
        let under_way = sqlx::query(
            "SELECT 1 FROM messages WHERE id = $1 AND conversation_id = $2 AND status = 'streaming'",
        )
        .bind(message)
        .bind(conversation)
        .fetch_optional(&mut *self.database.reader().await?)
        .await?;
        Err(under_way.map_or(StoreError::NotFound, |_| StoreError::UnderWay))
    }

    /// The answers that were rated, the latest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn rated_answers(&self) -> Result<RatedAnswers, StoreError> {
        let rows = sqlx::query(
            "SELECT answers.id, answers.conversation_id, answers.rating, answers.comment, answers.rated_at, answers.rated_model,
                    SUBSTR(answers.content, 1, CAST($1 AS INTEGER)) AS answer,
                    SUBSTR(questions.content, 1, CAST($1 AS INTEGER)) AS question
             FROM messages AS answers LEFT JOIN messages AS questions
               ON questions.conversation_id = answers.conversation_id AND questions.number = answers.number - 1
             WHERE answers.rated_at IS NOT NULL ORDER BY answers.rated_at DESC, answers.id LIMIT $2",
        )
        .bind(QUOTED_CHARS)
        .bind(MAX_LISTED)
        .fetch_all(&mut *self.database.reader().await?)
        .await?;
        let mut feedback = Vec::with_capacity(rows.len());
        for row in &rows {
            let Some(rating) = rating(row)? else { continue };
            feedback.push(RatedAnswer {
                conversation: row.try_get("conversation_id")?,
                message: row.try_get("id")?,
                rating,
                comment: row.try_get("comment")?,
                time: time(row, "rated_at")?,
                question: row.try_get::<Option<String>, _>("question")?.unwrap_or_default(),
                answer: row.try_get("answer")?,
                model: row.try_get::<Option<String>, _>("rated_model")?.unwrap_or_default(),
            });
        }
        Ok(RatedAnswers { feedback })
    }
}
