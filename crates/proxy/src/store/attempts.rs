//! Tries of secrets that several proxies share. One statement counts a wrong one and decides about it, and about a right one in its
//! turn: of many at the same time, at however many proxies, no more count as tried than may be.

use sqlx::{AnyConnection, Row};

use super::database::integer;
use super::{Store, StoreError};
use crate::access::address::ClientAddress;
use crate::access::attempts::{SharedSecret, WINDOW};
use crate::clock::{millis, now};
use crate::config::limits::Per;

/// Takes a try from whoever is called so. Whether it was the last that may be wrong for now.
///
/// # Errors
/// [`StoreError::TooManyTries`], also where it is right, else guessing could go on; [`StoreError::Unavailable`].
pub(super) async fn attempt(
    connection: &mut AnyConnection,
    secret: SharedSecret,
    subject: &str,
    is_right: bool,
) -> Result<bool, StoreError> {
    let (wrong, time, most) = (i64::from(!is_right), integer(now()), integer(secret.max_wrong));
    // A right one changes nothing, and yet waits for its turn behind the wrong ones before it.
    let counted = sqlx::query(
        "INSERT INTO counters (counter, subject, window_start, used, expires_at) VALUES ($1, $2, 0, $3, $4)
         ON CONFLICT (counter, subject, window_start) DO UPDATE SET
           used = CASE WHEN counters.expires_at <= $5 THEN 0 ELSE counters.used END + $3,
           expires_at = CASE WHEN counters.expires_at <= $5 THEN $4 ELSE counters.expires_at END
         WHERE counters.expires_at <= $5 OR counters.used < $6
         RETURNING used",
    )
    .bind(secret.counter)
    .bind(subject)
    .bind(wrong)
    .bind(time + integer(millis(WINDOW)))
    .bind(time)
    .bind(most)
    .fetch_optional(&mut *connection)
    .await?;
    if let Some(counted) = counted {
        return Ok(!is_right && counted.try_get::<i64, _>(0)? >= most);
    }
    let until = sqlx::query(
        "SELECT expires_at FROM counters WHERE counter = $1 AND subject = $2 AND window_start = 0",
    )
    .bind(secret.counter)
    .bind(subject)
    .fetch_optional(connection)
    .await?;
    let until = until.map_or(Ok(time), |row| row.try_get(0))?;
    let wait_ms = u64::try_from(until - time).unwrap_or_default();
    Err(StoreError::TooManyTries(wait_ms.div_ceil(1000).max(1)))
}

impl Store {
    /// Takes a try of a secret from an address. Whether it was the last that may be wrong for now.
    ///
    /// # Errors
    /// [`StoreError::TooManyTries`], also where it is right, else guessing could go on; [`StoreError::Unavailable`].
    pub async fn attempt(
        &self,
        secret: SharedSecret,
        from: ClientAddress,
        is_right: bool,
    ) -> Result<bool, StoreError> {
        let subject = self.address_name(from, Per::Day).await?;
        attempt(&mut *self.database.writer().await?, secret, &subject, is_right).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::attempts::OWNER_TOKENS;

    fn from(address: &str) -> ClientAddress {
        ClientAddress::of(address.parse().unwrap())
    }

    #[tokio::test]
    async fn five_wrong_tries_a_minute_and_no_more_also_no_right_one() {
        let store = Store::in_memory().await.unwrap();
        let (here, there) = (from("192.0.2.1"), from("192.0.2.2"));
        let attempt = async |from, is_right| store.attempt(OWNER_TOKENS, from, is_right).await;
        for wrong in 1..=OWNER_TOKENS.max_wrong {
            assert!(!attempt(here, true).await.unwrap(), "right ones do not count");
            assert_eq!(attempt(here, false).await.unwrap(), wrong == OWNER_TOKENS.max_wrong);
        }
        for is_right in [false, true] {
            let refused = attempt(here, is_right).await;
            assert!(matches!(refused, Err(StoreError::TooManyTries(1..=60))), "{refused:?}");
        }
        assert!(!attempt(there, true).await.unwrap(), "the owner is elsewhere");
        sqlx::query("UPDATE counters SET expires_at = $1")
            .bind(integer(now()))
            .execute(&mut *store.database.writer().await.unwrap())
            .await
            .unwrap();
        assert!(!attempt(here, false).await.unwrap(), "the minute is over");
    }
}
