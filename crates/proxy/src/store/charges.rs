//! What is taken of the owner's limits. One statement counts and decides, so that however many ask at the same time, no more get
//! through than there is room for.

use std::collections::HashMap;

use super::counters::{Change, change};
use super::database::{Transaction, integer};
use super::leases::{self, given_back};
use super::{PendingCommit, Store, StoreError};
use crate::access::quota::{Charge, Exceeded};
use crate::config::limits::Per;
use crate::metrics::LIMITS_NEAR;

/// From how much of a limit of the whole site on its owner is told.
const NEAR_PERCENT: u64 = 80;

/// Takes all of these or none; what counts only as long as the reply is under way, until its lease ends.
///
/// # Errors
/// [`StoreError::Exceeded`] with the first limit that is reached, [`StoreError::Unavailable`].
async fn charge(
    transaction: &mut Transaction,
    charges: &[Charge],
    reply: Option<&str>,
) -> Result<(), StoreError> {
    let too_large = charges.iter().find(|charge| charge.amount > charge.most);
    let changed = match too_large {
        Some(_) => HashMap::new(),
        None => {
            let changes = charges.iter().map(|charge| Change {
                counter: charge.limit.name,
                subject: &charge.subject,
                window: charge.window,
                amount: integer(charge.amount),
                most: Some(charge.most),
            });
            change(transaction, changes.collect()).await?
        }
    };
    let reached = charges.iter().find(|charge| !changed.contains_key(charge.limit.name));
    if let Some(Charge { limit, most, window, .. }) = too_large.or(reached) {
        tracing::info!(limit = limit.name, most, "a limit is reached");
        return Err(StoreError::Exceeded(Exceeded {
            limit,
            until: too_large.is_none().then_some(window.end),
        }));
    }
    for charge in charges {
        warn_when_near(charge, integer(charge.amount), changed.get(charge.limit.name).copied());
    }
    let held: Vec<_> = charges.iter().filter(|charge| charge.limit.per == Some(Per::AtOnce)).collect();
    match reply {
        Some(reply) if !held.is_empty() => Ok(leases::add(transaction, reply, &held).await?),
        _ => Ok(()),
    }
}

/// Puts right what was taken for a reply that has ended, and gives back what it took as long as it was under way.
pub(super) async fn settle(
    transaction: &mut Transaction,
    reply: &str,
    used: &[(Charge, u64)],
) -> sqlx::Result<()> {
    let held = leases::end(transaction, reply).await?;
    let corrections = used.iter().filter(|(charge, used)| charge.amount != *used);
    let corrections: Vec<_> =
        corrections.map(|(charge, used)| (charge, integer(*used) - integer(charge.amount))).collect();
    let changes = corrections.iter().map(|(charge, amount)| Change {
        counter: charge.limit.name,
        subject: &charge.subject,
        window: charge.window,
        amount: *amount,
        most: None,
    });
    let changed = change(transaction, changes.chain(given_back(&held)).collect()).await?;
    for (charge, amount) in corrections {
        warn_when_near(charge, amount, changed.get(charge.limit.name).copied());
    }
    Ok(())
}

/// Tells the owner, once, that most of what everybody has together is used up: when `added` brings it past that, to `used`.
fn warn_when_near(charge: &Charge, added: i64, used: Option<i64>) {
    let is_near = used.is_some_and(|used| brings_near(charge.most, added, used));
    if is_near && charge.limit.is_lasting_of_site() {
        LIMITS_NEAR.get_or_create(&[("limit", charge.limit.name)]).inc();
        tracing::warn!(limit = charge.limit.name, "{NEAR_PERCENT}% of a limit of the whole site are used up");
    }
}

/// Whether it was not near before.
fn brings_near(most: u64, added: i64, used: i64) -> bool {
    let near = integer((most.saturating_mul(NEAR_PERCENT)).div_ceil(100));
    used >= near && used - added < near
}

impl PendingCommit {
    /// Takes all of these together with what is to be kept, or none; what counts only as long as the reply is under way, until
    /// it is settled, or nobody renews its lease any more.
    ///
    /// # Errors
    /// [`StoreError::Exceeded`], [`StoreError::Unavailable`]. Nothing is kept then.
    pub async fn charge(mut self, reply: &str, charges: &[Charge]) -> Result<Self, StoreError> {
        charge(&mut self.0, charges, Some(reply)).await?;
        Ok(self)
    }
}

impl Store {
    /// Takes all of these or none.
    ///
    /// # Errors
    /// [`StoreError::Exceeded`] with the first limit that is reached, [`StoreError::Unavailable`].
    pub async fn charge(&self, charges: &[Charge]) -> Result<(), StoreError> {
        self.take(charges, None).await
    }

    /// The same for a reply of which nothing is kept: what counts only as long as it is under way, until it is settled, or nobody
    /// renews its lease any more.
    ///
    /// # Errors
    /// [`StoreError::Exceeded`] with the first limit that is reached, [`StoreError::Unavailable`].
    pub async fn charge_reply(&self, reply: &str, charges: &[Charge]) -> Result<(), StoreError> {
        self.take(charges, Some(reply)).await
    }

    async fn take(&self, charges: &[Charge], reply: Option<&str>) -> Result<(), StoreError> {
        if charges.is_empty() {
            return Ok(());
        }
        let mut transaction = self.database.begin().await?;
        charge(&mut transaction, charges, reply).await?;
        Ok(transaction.commit().await?)
    }

    /// Puts right what was taken for a reply of which nothing is kept: so much was used of each, which may be more than there was
    /// room for. What it took as long as it was under way is given back. [`Self::finish`] does so where it is kept.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn settle(&self, reply: &str, used: &[(Charge, u64)]) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        settle(&mut transaction, reply, used).await?;
        Ok(transaction.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_all_that_come_near_a_limit_one_is_told() {
        let told = |most| (1..=most).filter(|used| brings_near(most, 1, integer(*used))).collect::<Vec<_>>();
        assert_eq!(told(10), [8]);
        assert_eq!(told(4), [4], "not before");
        assert!(brings_near(100, 90, 90) && !brings_near(100, -5, 85) && !brings_near(100, -5, 75));
    }
}
