//! Who the owner is: whoever has the owner token. Wrong tries are few a minute, so that it cannot be guessed.

use std::fmt;

use sha2::{Digest, Sha256};

use super::attempts::AttemptLimiter;

/// The most wrong tries a minute.
const MAX_WRONG_A_MINUTE: usize = 5;

/// Tells the owner from everybody else.
pub struct OwnerGate {
    hash: Option<[u8; 32]>,
    attempts: AttemptLimiter,
}

/// Why somebody is not let in as the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// No owner token is set.
    NotSet,
    /// The token is another one.
    Wrong,
    /// There were too many wrong tries; seconds until the next.
    Wait(u64),
}

impl OwnerGate {
    /// A gate for this token, or for nobody.
    pub fn new(token: Option<&str>) -> Self {
        Self { hash: token.map(hash), attempts: AttemptLimiter::new(MAX_WRONG_A_MINUTE) }
    }

    /// Lets the owner in.
    ///
    /// # Errors
    /// Where the token is wrong, or has been wrong too often.
    pub fn check(&self, token: &str) -> Result<(), Denied> {
        let expected = self.hash.ok_or(Denied::NotSet)?;
        self.attempts.check().map_err(Denied::Wait)?;
        // Of hashes even a comparison that takes its time to the first difference tells nothing about the token.
        if hash(token) == expected {
            return Ok(());
        }
        self.attempts.count_wrong();
        Err(Denied::Wrong)
    }
}

impl fmt::Debug for OwnerGate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnerGate").field("is_set", &self.hash.is_some()).finish()
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn five_wrong_tries_a_minute_and_no_more() {
        let gate = OwnerGate::new(Some("the right one"));
        for _ in 0..MAX_WRONG_A_MINUTE {
            assert_eq!(gate.check("wrong"), Err(Denied::Wrong));
        }
        assert_eq!(gate.check("the right one"), Err(Denied::Wait(61)));
        tokio::time::advance(std::time::Duration::from_secs(60)).await;
        assert_eq!(gate.check("the right one"), Ok(()));
    }

    #[test]
    fn right_tries_are_not_counted_and_without_a_token_nobody_is_the_owner() {
        let gate = OwnerGate::new(Some("right"));
        assert!((0..20).all(|_| gate.check("right").is_ok()));
        assert_eq!(OwnerGate::new(None).check(""), Err(Denied::NotSet));
        assert!(!format!("{gate:?}").contains("right"));
    }
}
