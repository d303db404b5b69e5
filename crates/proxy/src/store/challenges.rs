//! Which challenges were solved: each solution counts once, whichever replica it is sent to.

use super::database::integer;
use super::{Store, StoreError};
use crate::challenge::Solved;

/// Beside the limits' counters, which have an end as well, and are purged with it.
const COUNTER: &str = "challenge";

impl Store {
    /// Uses a solution up. Whether it was not used before: one statement notes and decides it, so that of many at the same time
    /// one is the first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn use_up(&self, Solved { id, until }: &Solved) -> Result<bool, StoreError> {
        let noted = sqlx::query(
            "INSERT INTO counters (counter, subject, window_start, used, expires_at) VALUES ($1, $2, 0, 1, $3)
             ON CONFLICT DO NOTHING",
        )
        .bind(COUNTER)
        .bind(id)
        .bind(integer(*until))
        .execute(&mut *self.database.writer().await?)
        .await?;
        Ok(noted.rows_affected() == 1)
    }
}
