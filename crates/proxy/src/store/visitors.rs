//! Visitors and their tokens.

use candor_protocol::Millis;
use candor_protocol::wire::{LinkCode, Visitor};
use sha2::{Digest, Sha256};
use sqlx::Row;

use super::attempts::attempt;
use super::database::{Transaction, integer};
use super::{Recognised, Store, StoreError, VisitorId};
use crate::access::address::ClientAddress;
use crate::access::attempts::LINK_CODES;
use crate::clock::{millis, now};
use crate::config::limits::Per;
use crate::random;

/// How exactly it is known when a visitor was here last.
/// How exactly it is known when a visitor was last here: not every request writes.
pub(super) const SEEN_PRECISION_MS: Millis = 60 * 60 * 1000;

/// How soon after a new token nobody needs one more.
const MOMENT_MS: Millis = 60 * 1000;

fn hash(secret: &str) -> String {
    random::hex(&Sha256::digest(secret.as_bytes()))
}

/// A code as it was made, however it was typed.
fn typed(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
}

/// Keeps others from changing the visitor until the transaction ends.
///
/// # Errors
/// [`StoreError::UnknownVisitor`] where the visitor was deleted meanwhile, [`StoreError::Unavailable`].
pub(super) async fn lock(transaction: &mut Transaction, visitor: &VisitorId) -> Result<(), StoreError> {
    let locked = sqlx::query("UPDATE visitors SET seen_at = seen_at WHERE id = $1")
        .bind(&visitor.0)
        .execute(&mut **transaction)
        .await?;
    match locked.rows_affected() {
        0 => Err(StoreError::UnknownVisitor),
        _ => Ok(()),
    }
}

/// A new token, which has not been used.
async fn add_token(
    transaction: &mut Transaction,
    visitor: &str,
    replaces: Option<&str>,
) -> sqlx::Result<Visitor> {
    let (token, created_at) = (random::token(), now());
    sqlx::query("INSERT INTO tokens (hash, visitor_id, created_at, replaces) VALUES ($1, $2, $3, $4)")
        .bind(hash(&token))
        .bind(visitor)
        .bind(integer(created_at))
        .bind(replaces)
        .execute(&mut **transaction)
        .await?;
    Ok(Visitor { token, created_at })
}

impl Store {
    /// A new visitor with a new token, of which only the hash is kept.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn create_visitor(&self) -> Result<Visitor, StoreError> {
        let id = random::id("v_");
        let mut transaction = self.database.begin().await?;
        sqlx::query("INSERT INTO visitors (id, created_at, seen_at) VALUES ($1, $2, $2)")
            .bind(&id)
            .bind(integer(now()))
            .execute(&mut *transaction)
            .await?;
        let made = add_token(&mut transaction, &id, None).await?;
        transaction.commit().await?;
        Ok(made)
    }

    /// A code that makes another device this visitor, once. Of a visitor's codes the latest alone is valid.
    ///
    /// # Errors
    /// [`StoreError::UnknownVisitor`] where the visitor was deleted meanwhile, [`StoreError::Unavailable`].
    pub async fn create_link_code(&self, visitor: &VisitorId) -> Result<LinkCode, StoreError> {
        let (code, time) = (random::link_code(), now());
        let expires_at = time + millis(self.limits.code_age);
        let mut transaction = self.database.begin().await?;
        lock(&mut transaction, visitor).await?;
        sqlx::query("DELETE FROM link_codes WHERE visitor_id = $1")
            .bind(&visitor.0)
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM link_codes WHERE expires_at <= $1")
            .bind(integer(time))
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT INTO link_codes (hash, visitor_id, expires_at) VALUES ($1, $2, $3)")
            .bind(hash(&typed(&code)))
            .bind(&visitor.0)
            .bind(integer(expires_at))
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(LinkCode { code, expires_at })
    }

    /// A token for another device of the visitor who was given that code. What the device's own visitor has written so far
    /// moves along.
    ///
    /// # Errors
    /// [`StoreError::UnknownCode`], [`StoreError::TooManyTries`], [`StoreError::Unavailable`].
    pub async fn link(
        &self,
        code: &str,
        own: Option<&VisitorId>,
        from: ClientAddress,
    ) -> Result<Visitor, StoreError> {
        let subject = self.address_name(from, Per::Day).await?;
        let mut transaction = self.database.begin().await?;
        let linked =
            sqlx::query("DELETE FROM link_codes WHERE hash = $1 AND expires_at > $2 RETURNING visitor_id")
                .bind(hash(&typed(code)))
                .bind(integer(now()))
                .fetch_optional(&mut *transaction)
                .await?;
        // Where no more may be tried, a right code stays one.
        attempt(&mut transaction, LINK_CODES, &subject, linked.is_some()).await?;
        let Some(linked) = linked else {
            transaction.commit().await?;
            return Err(StoreError::UnknownCode);
        };
        let visitor: String = linked.try_get(0)?;
        if let Some(own) = own.filter(|own| own.0 != visitor) {
            // The keys that made them are of no use to the other visitor, and could be its own.
            sqlx::query(
                "UPDATE conversations SET visitor_id = $1, idempotency_key = NULL WHERE visitor_id = $2",
            )
            .bind(&visitor)
            .bind(&own.0)
            .execute(&mut *transaction)
            .await?;
            sqlx::query("DELETE FROM visitors WHERE id = $1").bind(&own.0).execute(&mut *transaction).await?;
        }
        let made = add_token(&mut transaction, &visitor, None).await?;
        transaction.commit().await?;
        Ok(made)
    }

    /// Ends every token of the visitor but this one, and a link code that is out.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn end_other_tokens(&self, visitor: &VisitorId, token: &str) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        sqlx::query("DELETE FROM tokens WHERE visitor_id = $1 AND hash <> $2")
            .bind(&visitor.0)
            .bind(hash(token))
            .execute(&mut *transaction)
            .await?;
        sqlx::query("DELETE FROM link_codes WHERE visitor_id = $1")
            .bind(&visitor.0)
            .execute(&mut *transaction)
            .await?;
        Ok(transaction.commit().await?)
    }

    /// Whose token it is. The first use of one that [`Store::renew`] gave ends the one before it.
    ///
    /// # Errors
    /// [`StoreError::UnknownVisitor`], [`StoreError::Unavailable`].
    pub async fn visitor(&self, token: &str) -> Result<Recognised, StoreError> {
        let hash = hash(token);
        let known = sqlx::query(
            "SELECT visitors.id, visitors.seen_at, tokens.created_at, tokens.replaces
             FROM tokens JOIN visitors ON visitors.id = tokens.visitor_id WHERE tokens.hash = $1",
        )
        .bind(&hash)
        .fetch_optional(&mut *self.database.reader().await?)
        .await?
        .ok_or(StoreError::UnknownVisitor)?;
        let (id, seen, made): (String, i64, i64) = (known.try_get(0)?, known.try_get(1)?, known.try_get(2)?);
        let time = integer(now());
        if time - seen > integer(SEEN_PRECISION_MS) {
            sqlx::query("UPDATE visitors SET seen_at = $1 WHERE id = $2")
                .bind(time)
                .bind(&id)
                .execute(&mut *self.database.writer().await?)
                .await?;
        }
        if let Some(replaced) = known.try_get::<Option<String>, _>(3)? {
            let mut transaction = self.database.begin().await?;
            for statement in [
                "UPDATE tokens SET replaces = NULL WHERE hash = $1 AND replaces = $2",
                "DELETE FROM tokens WHERE replaces = $2 AND hash <> $1",
                "DELETE FROM tokens WHERE hash = $2 AND hash <> $1",
            ] {
                sqlx::query(statement).bind(&hash).bind(&replaced).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
        }
        let is_old = time - made >= integer(millis(self.limits.token_age));
        Ok(Recognised { visitor: VisitorId(id), is_old })
    }

    /// Another token for the visitor of an old one, which goes on until the new one is used: the answer that carries it may
    /// be lost. `None` where one was given a moment ago.
    ///
    /// # Errors
    /// [`StoreError::UnknownVisitor`] where the visitor was deleted meanwhile, [`StoreError::Unavailable`].
    pub async fn renew(&self, visitor: &VisitorId, old: &str) -> Result<Option<String>, StoreError> {
        let (old, time) = (hash(old), integer(now()));
        let mut transaction = self.database.begin().await?;
        // Of two requests at once one gets a token.
        lock(&mut transaction, visitor).await?;
        let given = sqlx::query("SELECT created_at FROM tokens WHERE replaces = $1 AND created_at > $2")
            .bind(&old)
            .bind(time - integer(MOMENT_MS))
            .fetch_optional(&mut *transaction)
            .await?;
        if given.is_some() {
            return Ok(None);
        }
        let made = add_token(&mut transaction, &visitor.0, Some(&old)).await?;
        transaction.commit().await?;
        Ok(Some(made.token))
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
