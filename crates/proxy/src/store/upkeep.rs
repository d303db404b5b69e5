//! What a store needs from time to time: replies that nobody writes any more are ended, and what is too old is deleted.

use candor_protocol::Millis;
use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use sqlx::Row;

use super::database::integer;
use super::errors::MAX_ERRORS;
use super::messages::error_json;
use super::{Store, StoreError};
use crate::clock::now;
use crate::random::reference;

/// How long a visitor without a conversation is kept.
const IDLE_MS: Millis = 24 * 60 * 60 * 1000;

/// How many were deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Purged {
    /// Conversations with their messages.
    pub conversations: u64,
    /// Visitors who have no conversation left.
    pub visitors: u64,
    /// Errors of the owner's log.
    pub errors: u64,
}

impl Store {
    /// Ends the replies whose proxy is gone: all that are under way where `all` says that nobody else writes here, else
    /// those whose proxy has not been heard of for a while. Gives their problems, for the owner's log.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn end_abandoned(&self, all: bool) -> Result<Vec<Problem>, StoreError> {
        let before = if all { i64::MAX } else { integer(now()) };
        let mut transaction = self.database.begin().await?;
        let rows =
            sqlx::query("SELECT id, content FROM messages WHERE status = 'streaming' AND alive_until < $1")
                .bind(before)
                .fetch_all(&mut *transaction)
                .await?;
        let mut problems = Vec::with_capacity(rows.len());
        for row in &rows {
            let (id, content): (String, String) = (row.try_get(0)?, row.try_get(1)?);
            let problem = Problem::new(&known::reply_interrupted, 500, reference(), now());
            sqlx::query(
                "UPDATE messages SET status = 'failed', error = $1, folded = $2, alive_until = NULL
                 WHERE id = $3 AND status = 'streaming'",
            )
            .bind(error_json(Some(&problem)))
            .bind(content.to_lowercase())
            .bind(id)
            .execute(&mut *transaction)
            .await?;
            problems.push(problem);
        }
        transaction.commit().await?;
        Ok(problems)
    }

    /// Deletes conversations that were last written in before a time, of visitors who have none and have not been here
    /// for a day, and of errors before another time.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn purge(&self, conversations: Option<Millis>, errors: Millis) -> Result<Purged, StoreError> {
        let mut purged = Purged::default();
        if let Some(before) = conversations {
            let deleted = sqlx::query(
                "DELETE FROM conversations WHERE updated_at < $1 AND NOT EXISTS
                   (SELECT 1 FROM messages WHERE conversation_id = conversations.id AND status = 'streaming')",
            )
            .bind(integer(before))
            .execute(self.database.writer())
            .await?;
            purged.conversations = deleted.rows_affected();
        }
        let idle = integer(now().saturating_sub(IDLE_MS));
        let deleted = sqlx::query(
            // Not NOT EXISTS, which PostgreSQL answers by reading all conversations.
            "DELETE FROM visitors WHERE seen_at < $1 AND
               (SELECT id FROM conversations WHERE visitor_id = visitors.id LIMIT 1) IS NULL",
        )
        .bind(idle)
        .execute(self.database.writer())
        .await?;
        purged.visitors = deleted.rows_affected();
        // Old ones by their time, and those behind the most that are kept.
        let surplus = sqlx::query("SELECT time FROM errors ORDER BY time DESC LIMIT 1 OFFSET $1")
            .bind(integer(MAX_ERRORS as u64 - 1))
            .fetch_optional(self.database.writer())
            .await?;
        let oldest = surplus.map(|row| row.try_get::<i64, _>(0)).transpose()?.unwrap_or(0);
        let deleted = sqlx::query("DELETE FROM errors WHERE time < $1")
            .bind(integer(errors).max(oldest))
            .execute(self.database.writer())
            .await?;
        purged.errors = deleted.rows_affected();
        Ok(purged)
    }
}
