//! The audit log: what owners did, and from where. Bounded in number for each action, so that none pushes others out.

use std::collections::BTreeMap;

use candor_protocol::Millis;
use candor_protocol::wire::{AuditAction, AuditEntry, AuditLog};
use sha2::{Digest, Sha256};
use sqlx::Row;

use super::database::integer;
use super::{Store, StoreError};
use crate::clock::now;
use crate::config::Secret;
use crate::random;

/// The most entries of one action; the oldest go first.
const MAX_ENTRIES_OF_ACTION: u64 = 1_000;

/// The most entries of one action that are listed: visitors who erase a lot hide no owner's sign-in.
const MAX_LISTED_OF_ACTION: u64 = 200;

/// How long an entry is kept, and an address from which an owner has signed in is known.
pub const KEPT_MS: Millis = 365 * 24 * 60 * 60 * 1000;

impl Store {
    /// Notes what was done, now.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn note(
        &self,
        action: AuditAction,
        owner: Option<&str>,
        address: Option<&str>,
        detail: Option<&str>,
    ) -> Result<(), StoreError> {
        tracing::debug!(action = action.name(), owner, detail, "noted in the audit log");
        sqlx::query(
            "INSERT INTO audit_log (id, time, action, owner, address, detail) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(random::id("a_"))
        .bind(integer(now()))
        .bind(action.name())
        .bind(owner)
        .bind(address)
        .bind(detail)
        .execute(&mut *self.database.writer().await?)
        .await?;
        Ok(())
    }

    /// Whether an owner has signed in from there within the time that entries are kept.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn has_signed_in(&self, owner: &str, address: &str) -> Result<bool, StoreError> {
        let row = sqlx::query(
            "SELECT 1 FROM audit_log WHERE action = $1 AND owner = $2 AND address = $3 AND time > $4 LIMIT 1",
        )
        .bind(AuditAction::SignedIn.name())
        .bind(owner)
        .bind(address)
        .bind(integer(now().saturating_sub(KEPT_MS)))
        .fetch_optional(&mut *self.database.reader().await?)
        .await?;
        Ok(row.is_some())
    }

    /// What was done lately, the latest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn audit_log(&self) -> Result<AuditLog, StoreError> {
        let rows = sqlx::query(
            "SELECT time, action, owner, address, detail FROM
               (SELECT id, time, action, owner, address, detail,
                  ROW_NUMBER() OVER (PARTITION BY action ORDER BY time DESC, id) AS place FROM audit_log) AS placed
             WHERE place <= $1 ORDER BY time DESC, id",
        )
        .bind(integer(MAX_LISTED_OF_ACTION))
        .fetch_all(&mut *self.database.reader().await?)
        .await?;
        let mut entries = Vec::with_capacity(rows.len());
        for row in &rows {
            // One that this version does not know was noted by a newer one.
            let Some(action) = AuditAction::of(&row.try_get::<String, _>("action")?) else { continue };
            entries.push(AuditEntry {
                time: row.try_get::<i64, _>("time")?.try_into().unwrap_or_default(),
                action,
                owner: row.try_get("owner")?,
                address: row.try_get("address")?,
                detail: row.try_get("detail")?,
            });
        }
        Ok(AuditLog { entries })
    }

    /// Notes which settings are others than when a proxy was started last, by their names alone. What was never started has
    /// changed nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn note_settings(&self, settings: &BTreeMap<&'static str, Secret>) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        let rows =
            sqlx::query("SELECT name, salt, hash FROM started_settings").fetch_all(&mut *transaction).await?;
        let mut before = BTreeMap::new();
        for row in &rows {
            let (salt, hash): (String, String) = (row.try_get("salt")?, row.try_get("hash")?);
            before.insert(row.try_get::<String, _>("name")?, (salt, hash));
        }
        let mut changed = Vec::new();
        for (name, value) in settings {
            match before.remove(*name) {
                Some((salt, hash)) if salted(&salt, value) == hash => continue,
                _ => changed.push((*name).to_owned()),
            }
        }
        changed.extend(before.into_keys());
        changed.sort();
        if !changed.is_empty() {
            sqlx::query("DELETE FROM started_settings").execute(&mut *transaction).await?;
            for (name, value) in settings {
                let salt = random::secret();
                sqlx::query("INSERT INTO started_settings (name, salt, hash) VALUES ($1, $2, $3)")
                    .bind(*name)
                    .bind(&salt)
                    .bind(salted(&salt, value))
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        transaction.commit().await?;
        match rows.is_empty() || changed.is_empty() {
            true => Ok(()),
            false => self.note(AuditAction::SettingsChanged, None, None, Some(&changed.join(", "))).await,
        }
    }

    /// Deletes what is too old, and of each action what is too much.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(super) async fn purge_audit_log(&self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM audit_log WHERE time < $1")
            .bind(integer(now().saturating_sub(KEPT_MS)))
            .execute(&mut *self.database.writer().await?)
            .await?;
        sqlx::query(
            "DELETE FROM audit_log WHERE id IN (SELECT id FROM
               (SELECT id, ROW_NUMBER() OVER (PARTITION BY action ORDER BY time DESC, id) AS place FROM audit_log) AS placed
             WHERE place > $1)",
        )
        .bind(integer(MAX_ENTRIES_OF_ACTION))
        .execute(&mut *self.database.writer().await?)
        .await?;
        Ok(())
    }
}

fn salted(salt: &str, value: &Secret) -> String {
    random::hex(&Sha256::new().chain_update(salt).chain_update(value.reveal()).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(all: &[(&'static str, &str)]) -> BTreeMap<&'static str, Secret> {
        all.iter().map(|(name, value)| (*name, Secret::from(*value))).collect()
    }

    #[tokio::test]
    async fn changed_settings_are_noted_by_their_names() {
        let store = Store::in_memory().await.unwrap();
        let noted = async |all: &[(&'static str, &str)]| {
            store.note_settings(&settings(all)).await.unwrap();
            let entries = store.audit_log().await.unwrap().entries;
            (entries.len(), entries.into_iter().next().and_then(|entry| entry.detail))
        };
        let first = [("api_key", "sk-planted"), ("model", "one"), ("title", "Shop")];
        assert_eq!(noted(&first).await, (0, None), "the first start");
        assert_eq!(noted(&first).await, (0, None), "nothing has changed");
        let second = [("api_key", "sk-other"), ("model", "one"), ("greeting", "Hello")];
        assert_eq!(noted(&second).await, (1, Some("api_key, greeting, title".to_owned())));
        assert_eq!(noted(&second).await.0, 1);
    }

    #[tokio::test]
    async fn however_often_one_thing_is_done_others_stay_in_the_log() {
        let store = Store::in_memory().await.unwrap();
        store.note(AuditAction::SignedIn, Some("Anna"), Some("192.0.2.1"), None).await.unwrap();
        for _ in 0..MAX_ENTRIES_OF_ACTION + 9 {
            store.note(AuditAction::Erased, None, None, None).await.unwrap();
        }
        let listed = store.audit_log().await.unwrap().entries;
        assert_eq!(listed.len() as u64, MAX_LISTED_OF_ACTION + 1);
        assert!(listed.iter().any(|entry| entry.action == AuditAction::SignedIn), "it is read, too");
        store.purge_audit_log().await.unwrap();
        assert!(store.has_signed_in("Anna", "192.0.2.1").await.unwrap());
        assert!(!store.has_signed_in("Anna", "192.0.2.2").await.unwrap());
        let row = sqlx::query("SELECT COUNT(*) FROM audit_log")
            .fetch_one(&mut *store.database.writer().await.unwrap())
            .await
            .unwrap();
        assert_eq!(row.try_get::<i64, _>(0).unwrap() as u64, MAX_ENTRIES_OF_ACTION + 1);
    }
}
