//! Tries of a secret: few wrong ones a minute from an address, so that it cannot be guessed.
//!
//! Those of secrets that several proxies share are counted in the database (`store/attempts.rs`); those of the token for the
//! metrics, which each proxy has of its own and which are read also where the database is away, in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::address::ClientAddress;

/// A kind of secret that several proxies share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharedSecret {
    /// What wrong tries of it are counted as.
    pub counter: &'static str,
    /// The most of them a minute from an address.
    pub max_wrong: u64,
}

/// Owners' tokens.
pub const OWNER_TOKENS: SharedSecret = SharedSecret { counter: "wrong_owner_tokens", max_wrong: 5 };

/// Codes for other devices: of a million million hardly any is valid at a time.
pub const LINK_CODES: SharedSecret = SharedSecret { counter: "wrong_link_codes", max_wrong: 20 };

/// How long a wrong try counts.
pub const WINDOW: Duration = Duration::from_secs(60);

/// The most addresses that are remembered at a time. Whoever has more of them could guess from each anyway.
const MAX_ADDRESSES: usize = 10_000;

/// Counts wrong tries of each address: nobody locks out anybody else. A right try waits too once they are used up, else
/// guessing could go on.
#[derive(Debug)]
pub struct AttemptLimiter {
    max_wrong: usize,
    wrong: Mutex<HashMap<ClientAddress, VecDeque<Instant>>>,
}

/// A try that counts as wrong until it turns out right.
#[derive(Debug)]
#[must_use = "a right try must be said to be right"]
pub struct Attempt<'a> {
    limiter: &'a AttemptLimiter,
    from: ClientAddress,
    made: Instant,
}

impl Attempt<'_> {
    /// The try was right, and counts no more.
    pub fn was_right(self) {
        let mut wrong = self.limiter.wrong();
        if let Some(tries) = wrong.get_mut(&self.from)
            && let Some(place) = tries.iter().position(|made| *made == self.made)
        {
            tries.remove(place);
        }
    }
}

impl AttemptLimiter {
    /// At most so many wrong tries a minute from an address.
    pub fn new(max_wrong: usize) -> Self {
        Self { max_wrong, wrong: Mutex::default() }
    }

    /// Lets one more try be made. It is counted at once, so that of many at the same time no more are made.
    ///
    /// # Errors
    /// The seconds until the next, where there were too many wrong ones.
    pub fn attempt(&self, from: ClientAddress) -> Result<Attempt<'_>, u64> {
        let mut wrong = self.wrong();
        if wrong.len() >= MAX_ADDRESSES && !wrong.contains_key(&from) {
            make_room(&mut wrong);
        }
        let tries = wrong.entry(from).or_default();
        while tries.front().is_some_and(|made| made.elapsed() >= WINDOW) {
            tries.pop_front();
        }
        match tries.front().filter(|_| tries.len() >= self.max_wrong) {
            Some(oldest) => Err((WINDOW - oldest.elapsed().min(WINDOW)).as_secs() + 1),
            None => {
                let made = Instant::now();
                tries.push_back(made);
                Ok(Attempt { limiter: self, from, made })
            }
        }
    }

    fn wrong(&self) -> MutexGuard<'_, HashMap<ClientAddress, VecDeque<Instant>>> {
        self.wrong.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets the addresses whose tries count no more; where that is none, the one that tried longest ago.
fn make_room(wrong: &mut HashMap<ClientAddress, VecDeque<Instant>>) {
    wrong.retain(|_, tries| tries.back().is_some_and(|latest| latest.elapsed() < WINDOW));
    if wrong.len() >= MAX_ADDRESSES {
        let oldest = wrong.iter().min_by_key(|(_, tries)| tries.back()).map(|(from, _)| *from);
        oldest.map(|from| wrong.remove(&from));
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn from(number: u32) -> ClientAddress {
        ClientAddress::of(IpAddr::V4(Ipv4Addr::from_bits(number)))
    }

    #[tokio::test(start_paused = true)]
    async fn wrong_tries_lock_out_the_address_that_made_them_and_nobody_else() {
        let limiter = AttemptLimiter::new(2);
        for _ in 0..2 {
            assert!(limiter.attempt(from(1)).is_ok());
        }
        assert!(matches!(limiter.attempt(from(1)), Err(61)));
        assert!(limiter.attempt(from(2)).is_ok());
        tokio::time::advance(WINDOW).await;
        assert!(limiter.attempt(from(1)).is_ok());
    }

    #[test]
    fn a_right_try_does_not_count() {
        let limiter = AttemptLimiter::new(1);
        for _ in 0..9 {
            limiter.attempt(from(1)).unwrap().was_right();
        }
        assert!(limiter.attempt(from(1)).is_ok());
        assert!(limiter.attempt(from(1)).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn however_many_addresses_try_few_are_remembered() {
        let limiter = AttemptLimiter::new(1);
        for number in 0..=u32::try_from(MAX_ADDRESSES).unwrap() {
            assert!(limiter.attempt(from(number)).is_ok());
            tokio::time::advance(Duration::from_millis(1)).await;
        }
        assert_eq!(limiter.wrong().len(), MAX_ADDRESSES);
        assert!(limiter.attempt(from(MAX_ADDRESSES as u32)).is_err(), "the latest is not forgotten");
    }
}
