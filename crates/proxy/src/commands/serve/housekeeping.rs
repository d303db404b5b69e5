//! What a running proxy does for its store from time to time.

use std::time::Duration;

use candor_protocol::Millis;
use tokio::time::{MissedTickBehavior, interval};

use crate::App;
use crate::clock::{millis, now};
use crate::config::{Keep, Settings};
use crate::store::{Purged, Store, StoreError};

/// How often replies are looked for whose proxy is gone, where several proxies share a database.
const ABANDONED_INTERVAL: Duration = Duration::from_secs(20);

/// How often what is too old is deleted.
const PURGE_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Ends the replies that were left behind, and gives back what they took as long as they were under way; of all, where nobody else
/// writes in the store.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn end_abandoned(app: &App, is_alone: bool) -> Result<(), StoreError> {
    app.store.end_leases(is_alone).await?;
    let problems = app.store.end_abandoned(is_alone).await?;
    if !problems.is_empty() {
        tracing::warn!(count = problems.len(), "replies that a proxy was killed in the middle of are ended");
    }
    for problem in &problems {
        app.store.keep_error(problem).await?;
    }
    Ok(())
}

/// Deletes what is older than the owner's settings say; of every conversation, where nothing is to be kept.
///
/// # Errors
/// [`StoreError::Unavailable`].
pub async fn purge(store: &Store, settings: &Settings) -> Result<Purged, StoreError> {
    let before = |age| now().saturating_sub(millis(age));
    let conversations = match settings.keep {
        Keep::Always => None,
        Keep::For(age) => Some(before(age)),
        Keep::Nothing => Some(Millis::MAX),
    };
    store.purge(conversations, before(settings.error_age)).await
}

/// Keeps house until it is dropped. A database that does not answer is tried again the next time; the store logs why.
pub async fn keep(app: App, is_alone: bool) {
    let (mut abandoned, mut too_old) = (interval(ABANDONED_INTERVAL), interval(PURGE_INTERVAL));
    for each in [&mut abandoned, &mut too_old] {
        each.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    loop {
        let outcome = tokio::select! {
            // A proxy that is alone ended them when it started, but for what it could not give back itself.
            _ = abandoned.tick() => match is_alone {
                true => app.store.end_leases(false).await,
                false => end_abandoned(&app, false).await,
            },
            _ = too_old.tick() => purge(&app.store, &app.settings).await.map(|_| ()),
        };
        let _ = outcome;
    }
}
