//! Who an owner is: whoever has the token of the settings, or one that the store knows.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::address::ClientAddress;

/// The most owners with their addresses that are remembered to have been here.
const MAX_SEEN: usize = 1_000;

/// What the audit log calls the owner whose token is in the settings.
pub const OF_SETTINGS: &str = "owner";

/// Who is an owner by the settings, and who has been here.
pub struct OwnerGate {
    hash: Option<[u8; 32]>,
    seen: Mutex<HashSet<(String, ClientAddress)>>,
}

/// Why somebody is not let in as the owner.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// No owner token is set.
    #[error("No owner token is set.")]
    NotSet,
    /// The token is another one.
    #[error("The owner token is wrong.")]
    Wrong,
    /// There were too many wrong tries from this address; seconds until the next.
    #[error("There were too many wrong tries. Try again in {0} seconds.")]
    Wait(u64),
}

impl OwnerGate {
    /// A gate for this token, or for nobody.
    pub fn new(token: Option<&str>) -> Self {
        Self { hash: token.map(hash), seen: Mutex::default() }
    }

    /// Whether the settings name a token.
    pub fn is_set(&self) -> bool {
        self.hash.is_some()
    }

    /// Whether it is the token of the settings.
    pub fn has(&self, token: &str) -> bool {
        // Of hashes even a comparison that takes its time to the first difference tells nothing about the token.
        self.hash.is_some_and(|expected| hash(token) == expected)
    }

    /// Whether this proxy has not seen the owner from there since it was started, and does now.
    pub fn is_new(&self, owner: &str, from: ClientAddress) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MAX_SEEN {
            seen.clear();
        }
        seen.insert((owner.to_owned(), from))
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

    fn from(address: &str) -> ClientAddress {
        ClientAddress::of(address.parse().unwrap())
    }

    #[test]
    fn without_a_token_nobody_has_it_and_it_is_not_shown() {
        let gate = OwnerGate::new(Some("right"));
        assert!(gate.has("right") && !gate.has("wrong") && !OwnerGate::new(None).has(""));
        assert!(!format!("{gate:?}").contains("right"));
    }

    #[test]
    fn an_owner_is_new_once_from_each_address() {
        let gate = OwnerGate::new(None);
        let (here, there) = (from("192.0.2.1"), from("192.0.2.2"));
        assert!(gate.is_new("Anna", here) && gate.is_new("Anna", there) && gate.is_new("Ben", here));
        assert!(!gate.is_new("Anna", here));
    }
}
