//! Visitors and their tokens.

use candor_protocol::wire::{Millis, Visitor};
use sha2::{Digest, Sha256};
use sqlx::Row;

use super::{Store, StoreError, VisitorId};
use crate::clock::now;
use crate::random;

/// How exactly it is known when a visitor was here last.
const DAY: Millis = 24 * 60 * 60 * 1000;

fn hash(token: &str) -> String {
    random::hex(&Sha256::digest(token.as_bytes()))
}

fn millis(time: Millis) -> i64 {
    i64::try_from(time).unwrap_or(i64::MAX)
}

impl Store {
    /// A new visitor with a new token, of which only the hash is kept.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn create_visitor(&self) -> Result<Visitor, StoreError> {
        let (id, token, time) = (random::id("v_"), random::token(), now());
        let mut transaction = self.database.begin().await?;
        sqlx::query("INSERT INTO visitors (id, created_at, seen_at) VALUES ($1, $2, $2)")
            .bind(&id)
            .bind(millis(time))
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT INTO tokens (hash, visitor_id, created_at) VALUES ($1, $2, $3)")
            .bind(hash(&token))
            .bind(&id)
            .bind(millis(time))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(Visitor { token, created_at: time })
    }

    /// Whose token it is.
    ///
    /// # Errors
    /// [`StoreError::UnknownVisitor`], [`StoreError::Unavailable`].
    pub async fn visitor(&self, token: &str) -> Result<VisitorId, StoreError> {
        let known = sqlx::query(
            "SELECT visitors.id, visitors.seen_at FROM tokens JOIN visitors ON visitors.id = tokens.visitor_id
             WHERE tokens.hash = $1",
        )
        .bind(hash(token))
        .fetch_optional(&mut *self.database.reader().await?)
        .await?
        .ok_or(StoreError::UnknownVisitor)?;
        let (id, seen): (String, i64) = (known.try_get(0)?, known.try_get(1)?);
        let time = millis(now());
        if time - seen > millis(DAY) {
            sqlx::query("UPDATE visitors SET seen_at = $1 WHERE id = $2")
                .bind(time)
                .bind(&id)
                .execute(self.database.writer())
                .await?;
        }
        Ok(VisitorId(id))
    }

    /// Deletes a visitor with everything that is kept of them. Gives the ids of replies that were under way, for them to
    /// be stopped.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn delete_visitor(&self, visitor: &VisitorId) -> Result<Vec<String>, StoreError> {
        let mut transaction = self.database.begin().await?;
        let under_way = sqlx::query(
            "SELECT messages.id FROM messages JOIN conversations ON conversations.id = messages.conversation_id
             WHERE conversations.visitor_id = $1 AND messages.status = 'streaming'",
        )
        .bind(&visitor.0)
        .fetch_all(&mut *transaction)
        .await?;
        sqlx::query("DELETE FROM visitors WHERE id = $1").bind(&visitor.0).execute(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(under_way.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }
}
