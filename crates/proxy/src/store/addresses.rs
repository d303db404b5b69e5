//! What addresses are called where something is counted for them, and whether they can be told apart.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sqlx::Row;

use super::database::integer;
use super::{Store, StoreError};
use crate::access::address::ClientAddress;
use crate::access::quota::Window;
use crate::clock::{millis, now};
use crate::config::limits::Per;
use crate::random;

/// The counter that says that a proxy stands before this one which the owner has not named; its subject is the header.
const UNNAMED_PROXY: &str = "unnamed_proxy";

/// How long such a proxy is told of.
const TOLD_FOR: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The secrets of the current day and month.
pub(super) type AddressKeys = Mutex<HashMap<Window, String>>;

impl Store {
    /// What an address is called on this day, or in this month: the same in every proxy that shares the database.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn address_name(&self, address: ClientAddress, per: Per) -> Result<String, StoreError> {
        let time = now();
        let window = Window::of(per, time).unwrap_or(Window { start: 0, end: time });
        let known = self.address_keys.lock().unwrap_or_else(PoisonError::into_inner).get(&window).cloned();
        let secret = match known {
            Some(secret) => secret,
            None => self.address_key(window).await?,
        };
        Ok(address.name(&secret))
    }

    /// The secret of a window, made where it is missing, and remembered.
    async fn address_key(&self, window: Window) -> Result<String, StoreError> {
        let (start, end) = (integer(window.start), integer(window.end));
        sqlx::query(
            "INSERT INTO address_keys (expires_at, window_start, secret) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind(end)
        .bind(start)
        .bind(random::secret())
        .execute(&mut *self.database.writer().await?)
        .await?;
        let row = sqlx::query("SELECT secret FROM address_keys WHERE expires_at = $1 AND window_start = $2")
            .bind(end)
            .bind(start)
            .fetch_one(&mut *self.database.writer().await?)
            .await?;
        let secret: String = row.try_get(0)?;
        let mut keys = self.address_keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|other, _| other.end > window.start);
        keys.insert(window, secret.clone());
        Ok(secret)
    }

    /// Notes that a proxy which the owner has not named showed itself by this header, for `candor check` to tell.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn note_unnamed_proxy(&self, header: &str) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO counters (counter, subject, window_start, used, expires_at) VALUES ($1, $2, 0, 1, $3)
             ON CONFLICT DO NOTHING",
        )
        .bind(UNNAMED_PROXY)
        .bind(header)
        .bind(integer(now() + millis(TOLD_FOR)))
        .execute(&mut *self.database.writer().await?)
        .await?;
        Ok(())
    }

    /// The header by which such a proxy showed itself lately.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn unnamed_proxy(&self) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT subject FROM counters WHERE counter = $1 AND expires_at > $2 LIMIT 1")
            .bind(UNNAMED_PROXY)
            .bind(integer(now()))
            .fetch_optional(&mut *self.database.reader().await?)
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// Forgets it: the settings may have changed.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn forget_unnamed_proxy(&self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM counters WHERE counter = $1")
            .bind(UNNAMED_PROXY)
            .execute(&mut *self.database.writer().await?)
            .await?;
        Ok(())
    }
}
