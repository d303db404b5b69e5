//! Leases: what replies under way take of the counters of how many there may be at a time. One that nobody renews ends, with what it
//! takes.

use std::collections::BTreeMap;

use candor_protocol::Millis;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::counters::{Change, change};
use super::database::{Transaction, integer};
use super::{Store, StoreError};
use crate::access::quota::{Charge, Window};
use crate::clock::now;

/// How long a reply counts as being written after its proxy was heard of last.
const ALIVE_MS: Millis = 30_000;

/// How often each counter, by its name and subject, is taken.
pub(super) type Held = BTreeMap<(String, String), i64>;

/// Until when a reply counts as being written of which nothing more is heard.
pub(super) fn alive_until() -> i64 {
    integer(now() + ALIVE_MS)
}

/// Notes what a reply takes as long as it is under way.
pub(super) async fn add(transaction: &mut Transaction, reply: &str, held: &[&Charge]) -> sqlx::Result<()> {
    let rows: Vec<_> =
        (0..held.len()).map(|row| format!("($1, ${}, ${}, $2)", 2 * row + 3, 2 * row + 4)).collect();
    let statement =
        format!("INSERT INTO leases (reply, counter, subject, expires_at) VALUES {}", rows.join(", "));
    let mut query = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(reply).bind(alive_until());
    for charge in held {
        query = query.bind(charge.limit.name).bind(&charge.subject);
    }
    query.execute(&mut **transaction).await?;
    Ok(())
}

/// What leases held that are deleted, as rows of counter and subject.
fn held(leases: &[AnyRow]) -> sqlx::Result<Held> {
    let mut held = Held::new();
    for lease in leases {
        *held.entry((lease.try_get("counter")?, lease.try_get("subject")?)).or_default() += 1;
    }
    Ok(held)
}

/// The changes by which it is given back.
pub(super) fn given_back(held: &Held) -> impl Iterator<Item = Change<'_>> {
    held.iter().map(|((counter, subject), count)| Change {
        counter,
        subject,
        window: Window::ENDLESS,
        amount: -count,
        most: None,
    })
}

/// Ends what a reply holds, and gives what that is.
pub(super) async fn end(transaction: &mut Transaction, reply: &str) -> sqlx::Result<Held> {
    let leases = sqlx::query("DELETE FROM leases WHERE reply = $1 RETURNING counter, subject")
        .bind(reply)
        .fetch_all(&mut **transaction)
        .await?;
    held(&leases)
}

impl Store {
    /// Says that these replies go on, so that what they take is not given back.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn renew_leases(&self, replies: &[&str]) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        for reply in replies {
            sqlx::query("UPDATE leases SET expires_at = $1 WHERE reply = $2")
                .bind(alive_until())
                .bind(*reply)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Gives back what replies have taken whose proxy is gone: all, where `all` says that nobody else writes here.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn end_leases(&self, all: bool) -> Result<(), StoreError> {
        let before = if all { i64::MAX } else { integer(now()) };
        let mut transaction = self.database.begin().await?;
        let leases = sqlx::query("DELETE FROM leases WHERE expires_at < $1 RETURNING counter, subject")
            .bind(before)
            .fetch_all(&mut *transaction)
            .await?;
        let held = held(&leases)?;
        change(&mut transaction, given_back(&held).collect()).await?;
        Ok(transaction.commit().await?)
    }
}
