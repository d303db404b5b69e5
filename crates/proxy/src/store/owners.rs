//! Owners beside the one of the settings: each has a name and a token, of which only the hash is kept.

use candor_protocol::Millis;
use sha2::{Digest, Sha256};
use sqlx::Row;

use super::database::integer;
use super::{Store, StoreError};
use crate::clock::now;
use crate::random;

/// An owner, as they are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedOwner {
    /// What they are called in the audit log.
    pub name: String,
    /// Since when.
    pub created_at: Millis,
}

impl Store {
    /// Another owner, with a new token. `None` where somebody has that name.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn add_owner(&self, name: &str) -> Result<Option<String>, StoreError> {
        let token = random::owner_token();
        let added = sqlx::query(
            "INSERT INTO owners (name, hash, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(name)
        .bind(hash(&token))
        .bind(integer(now()))
        .execute(&mut *self.database.writer().await?)
        .await?;
        Ok((added.rows_affected() > 0).then_some(token))
    }

    /// Ends an owner's token, in every proxy at once. Whether there was one of that name.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn revoke_owner(&self, name: &str) -> Result<bool, StoreError> {
        let revoked = sqlx::query("DELETE FROM owners WHERE name = $1")
            .bind(name)
            .execute(&mut *self.database.writer().await?)
            .await?;
        Ok(revoked.rows_affected() > 0)
    }

    /// The owners, by their names.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn owners(&self) -> Result<Vec<NamedOwner>, StoreError> {
        let rows = sqlx::query("SELECT name, created_at FROM owners ORDER BY name")
            .fetch_all(&mut *self.database.reader().await?)
            .await?;
        let owner = |row: &sqlx::any::AnyRow| {
            let created_at = row.try_get::<i64, _>("created_at")?.try_into().unwrap_or_default();
            Ok(NamedOwner { name: row.try_get("name")?, created_at })
        };
        rows.iter().map(owner).collect()
    }

    /// The name of the owner whose token it is.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn owner(&self, token: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT name FROM owners WHERE hash = $1")
            .bind(hash(token))
            .fetch_optional(&mut *self.database.reader().await?)
            .await?;
        Ok(row.map(|row| row.try_get("name")).transpose()?)
    }
}

fn hash(token: &str) -> String {
    random::hex(&Sha256::digest(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_owners_token_is_good_until_it_is_revoked() {
        let store = Store::in_memory().await.unwrap();
        let anna = store.add_owner("Anna").await.unwrap().unwrap();
        let ben = store.add_owner("Ben").await.unwrap().unwrap();
        assert_eq!(store.add_owner("Ben").await.unwrap(), None);
        assert_eq!(store.owner(&anna).await.unwrap().as_deref(), Some("Anna"));
        assert_eq!(store.owners().await.unwrap().len(), 2);
        assert!(store.revoke_owner("Anna").await.unwrap() && !store.revoke_owner("Anna").await.unwrap());
        assert_eq!(store.owner(&anna).await.unwrap(), None);
        assert_eq!(store.owner(&ben).await.unwrap().as_deref(), Some("Ben"));
    }
}
