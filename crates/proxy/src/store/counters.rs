//! How much of each limit is used up, for whom, and since when.

use std::collections::HashMap;

use sqlx::Row;

use super::database::{Transaction, integer};
use super::{Store, StoreError};
use crate::access::quota::Window;
use crate::clock::now;

/// So much more of a counter, or less.
pub(super) struct Change<'a> {
    pub(super) counter: &'a str,
    pub(super) subject: &'a str,
    pub(super) window: Window,
    pub(super) amount: i64,
    /// What the counter may come to; `None` where it may be anything.
    pub(super) most: Option<u64>,
}

/// How many columns of [`change`] a row has.
const COLUMNS: usize = 5;

/// Changes counters as far as they may be, all in one statement, and gives by their names what those that were changed have come to.
pub(super) async fn change(
    transaction: &mut Transaction,
    mut changes: Vec<Change<'_>>,
) -> sqlx::Result<HashMap<String, i64>> {
    if changes.is_empty() {
        return Ok(HashMap::new());
    }
    // Everybody takes them in one order, so that no two wait for each other; and those of the whole site, which all wait for, last.
    changes.sort_by_key(|change| (change.subject.is_empty(), change.counter, change.subject));
    let rows: Vec<String> = (0..changes.len())
        .map(|row| {
            let columns: Vec<_> =
                (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column)).collect();
            format!("({})", columns.join(", "))
        })
        .collect();
    let mut statement = format!(
        "INSERT INTO counters (counter, subject, window_start, used, expires_at) VALUES {}
         ON CONFLICT (counter, subject, window_start) DO UPDATE SET used = counters.used + excluded.used",
        rows.join(", ")
    );
    let limited: Vec<_> = changes.iter().filter_map(|change| Some((change.counter, change.most?))).collect();
    if !limited.is_empty() {
        statement += " WHERE counters.used + excluded.used <= CASE excluded.counter";
        for place in (changes.len() * COLUMNS + 1..).step_by(2).take(limited.len()) {
            statement += &format!(" WHEN ${place} THEN CAST(${} AS BIGINT)", place + 1);
        }
        statement += " END";
    }
    statement += " RETURNING counter, used";
    let mut query = sqlx::query(sqlx::AssertSqlSafe(statement));
    for Change { counter, subject, window, amount, .. } in &changes {
        query = query.bind(*counter).bind(*subject).bind(integer(window.start));
        query = query.bind(*amount).bind(integer(window.end));
    }
    for (counter, most) in limited {
        query = query.bind(counter).bind(integer(most));
    }
    let changed = query.fetch_all(&mut **transaction).await?;
    changed.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

impl Store {
    /// Deletes what no window counts any more, and the keys of days and months that are over.
    pub(super) async fn purge_counters(&self) -> Result<(), StoreError> {
        for expired in
            ["DELETE FROM counters WHERE expires_at <= $1", "DELETE FROM address_keys WHERE expires_at <= $1"]
        {
            sqlx::query(expired).bind(integer(now())).execute(&mut *self.database.writer().await?).await?;
        }
        // Of what counts only as long as it lasts.
        sqlx::query("DELETE FROM counters WHERE expires_at = $1 AND used <= 0")
            .bind(integer(Window::ENDLESS.end))
            .execute(&mut *self.database.writer().await?)
            .await?;
        Ok(())
    }
}
