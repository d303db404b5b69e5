//! Secrets that all proxies of one database share.

use sqlx::Row;

use super::{Store, StoreError};
use crate::config::Secret;
use crate::random;

/// What answers are signed with that browsers keep.
const ANSWERS: &str = "answers";

impl Store {
    /// The secret that answers are signed with which browsers keep. Made where it is missing, and remembered.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn answer_secret(&self) -> Result<&Secret, StoreError> {
        self.answer_secret.get_or_try_init(|| self.shared_secret(ANSWERS)).await
    }

    async fn shared_secret(&self, name: &str) -> Result<Secret, StoreError> {
        sqlx::query("INSERT INTO secrets (name, secret) VALUES ($1, $2) ON CONFLICT DO NOTHING")
            .bind(name)
            .bind(random::secret())
            .execute(&mut *self.database.writer().await?)
            .await?;
        // It may be one that another proxy has made.
        let row = sqlx::query("SELECT secret FROM secrets WHERE name = $1")
            .bind(name)
            .fetch_one(&mut *self.database.writer().await?)
            .await?;
        Ok(row.try_get::<String, _>(0)?.as_str().into())
    }
}
