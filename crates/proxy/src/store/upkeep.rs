//! What a store needs from time to time: replies that nobody writes any more are ended, and what is too old is deleted.

use candor_protocol::Millis;
use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use sqlx::Row;

use super::database::integer;
use super::messages::error_json;
use super::visitors::SEEN_PRECISION_MS;
use super::{Store, StoreError};
use crate::clock::now;
use crate::random::reference;

/// How long a visitor without a conversation is kept: a day after the last request, of which the time is not known exactly.
const IDLE_MS: Millis = 24 * 60 * 60 * 1000 + SEEN_PRECISION_MS;

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
    /// Asks the database whether it is there.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1").execute(&mut *self.database.reader().await?).await?;
        Ok(())
    }

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
    /// for a day, of errors before another time, and what limits count no more.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn purge(&self, conversations: Option<Millis>, errors: Millis) -> Result<Purged, StoreError> {
        let mut purged = Purged::default();
        self.purge_counters().await?;
        if let Some(before) = conversations {
            let deleted = sqlx::query(
                "DELETE FROM conversations WHERE updated_at < $1 AND NOT EXISTS
                   (SELECT 1 FROM messages WHERE conversation_id = conversations.id AND status = 'streaming')",
            )
            .bind(integer(before))
            .execute(&mut *self.database.writer().await?)
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
        .execute(&mut *self.database.writer().await?)
        .await?;
        purged.visitors = deleted.rows_affected();
        self.purge_audit_log().await?;
        self.count_uncounted_errors().await?;
        purged.errors = self.purge_errors(errors).await?;
        Ok(purged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: Millis = 60 * 60 * 1000;

    #[tokio::test]
    async fn who_was_here_within_the_day_is_kept_whenever_they_came_first() {
        let store = Store::in_memory().await.unwrap();
        let visitor = store.create_visitor().await.unwrap();
        let come_before = async |age: Millis| {
            sqlx::query("UPDATE visitors SET seen_at = $1")
                .bind(integer(now() - age))
                .execute(&mut *store.database.writer().await.unwrap())
                .await
                .unwrap();
        };
        // The first visit is two days ago, the last one now.
        come_before(48 * HOUR_MS).await;
        store.visitor(&visitor.token).await.unwrap();
        assert_eq!(store.purge(None, 0).await.unwrap().visitors, 0);
        // Within the same hour a second request writes nothing.
        come_before(24 * HOUR_MS + HOUR_MS / 2).await;
        assert_eq!(store.purge(None, 0).await.unwrap().visitors, 0, "who may have been here a day ago");
        come_before(23 * HOUR_MS).await;
        store.visitor(&visitor.token).await.unwrap();
        assert!(
            integer(now()) - seen_at(&store).await < integer(HOUR_MS),
            "the second visit counts, not the first alone"
        );
        come_before(26 * HOUR_MS).await;
        assert_eq!(store.purge(None, 0).await.unwrap().visitors, 1);
        assert!(store.visitor(&visitor.token).await.is_err());
    }

    async fn seen_at(store: &Store) -> i64 {
        let row = sqlx::query("SELECT seen_at FROM visitors")
            .fetch_one(&mut *store.database.reader().await.unwrap())
            .await
            .unwrap();
        row.get(0)
    }
}
