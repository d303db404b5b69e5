//! The owner's error log, bounded in number and age.

use candor_protocol::Millis;
use candor_protocol::problem::Problem;
use sqlx::Row;

use super::database::integer;
use super::{Store, StoreError};

/// The most errors that are kept; the oldest go first.
pub const MAX_ERRORS: usize = 10_000;

impl Store {
    /// Keeps an error. It comes redacted; see [`candor_diagnosis::redact`].
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn keep_error(&self, problem: &Problem) -> Result<(), StoreError> {
        let Ok(json) = serde_json::to_string(problem) else { return Ok(()) };
        sqlx::query(
            "INSERT INTO errors (reference, time, problem) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(&problem.reference)
        .bind(integer(problem.time))
        .bind(json)
        .execute(self.database.writer())
        .await?;
        Ok(())
    }

    /// The errors since a time, the latest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn errors(&self, since: Millis) -> Result<Vec<Problem>, StoreError> {
        let rows =
            sqlx::query("SELECT problem FROM errors WHERE time >= $1 ORDER BY time DESC, reference LIMIT $2")
                .bind(integer(since))
                .bind(integer(MAX_ERRORS as u64))
                .fetch_all(&mut *self.database.reader().await?)
                .await?;
        let texts = rows.iter().map(|row| row.try_get::<String, _>(0)).collect::<Result<Vec<_>, _>>()?;
        // One of another version's form is left out rather than hiding all others.
        Ok(texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
    }
}
