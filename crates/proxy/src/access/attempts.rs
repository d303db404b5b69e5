//! Wrong tries of a secret: few a minute, so that it cannot be guessed.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long a wrong try counts.
const WINDOW: Duration = Duration::from_secs(60);

/// Counts wrong tries, whoever makes them: whoever guesses can come from anywhere. A right try waits too once they are used
/// up, else guessing could go on.
#[derive(Debug)]
pub struct AttemptLimiter {
    max_wrong: usize,
    wrong: Mutex<VecDeque<Instant>>,
}

impl AttemptLimiter {
    /// At most so many wrong tries a minute.
    pub fn new(max_wrong: usize) -> Self {
        Self { max_wrong, wrong: Mutex::default() }
    }

    /// Lets one more try be made.
    ///
    /// # Errors
    /// The seconds until the next, where there were too many wrong ones.
    pub fn check(&self) -> Result<(), u64> {
        let mut wrong = self.wrong();
        while wrong.front().is_some_and(|when| when.elapsed() >= WINDOW) {
            wrong.pop_front();
        }
        match wrong.front().filter(|_| wrong.len() >= self.max_wrong) {
            Some(oldest) => Err((WINDOW - oldest.elapsed().min(WINDOW)).as_secs() + 1),
            None => Ok(()),
        }
    }

    /// The try was wrong.
    pub fn count_wrong(&self) {
        self.wrong().push_back(Instant::now());
    }

    fn wrong(&self) -> MutexGuard<'_, VecDeque<Instant>> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
