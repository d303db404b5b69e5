//! Who the owner is: whoever has the owner token. Wrong tries are few a minute, so that it cannot be guessed.

use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use candor_protocol::cause::known;
use sha2::{Digest, Sha256};

use crate::App;
use crate::problem::Refusal;
use crate::random;
use crate::routes::visitors::bearer;
use crate::settings::Secret;
use crate::tries::Tries;

/// The most wrong tries a minute.
const TRIES: usize = 5;

/// Tells the owner from everybody else.
pub struct OwnerGate {
    hash: Option<[u8; 32]>,
    tries: Tries,
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
    pub fn new(token: Option<&Secret>) -> Self {
        Self { hash: token.map(|token| hash(token.reveal())), tries: Tries::new(TRIES) }
    }

    /// Lets the owner in.
    ///
    /// # Errors
    /// Where the token is wrong, or has been wrong too often.
    pub fn check(&self, token: &str) -> Result<(), Denied> {
        let expected = self.hash.ok_or(Denied::NotSet)?;
        self.tries.check().map_err(Denied::Wait)?;
        // Of hashes even a comparison that takes its time to the first difference tells nothing about the token.
        if hash(token) == expected {
            return Ok(());
        }
        self.tries.count_wrong();
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

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        let refusal = Self::new(&known::owner_unauthorized, StatusCode::UNAUTHORIZED);
        match denied {
            Denied::NotSet => refusal.detail(
                "No owner token is set. Set CANDOR_OWNER_TOKEN where the proxy runs, and restart it.",
            ),
            Denied::Wrong => refusal,
            Denied::Wait(seconds) => Self::new(&known::owner_unauthorized, StatusCode::TOO_MANY_REQUESTS)
                .detail(format!("There were too many wrong tries. Try again in {seconds} seconds."))
                .retry_after(seconds),
        }
    }
}

/// The owner, whose token the request carries.
#[derive(Clone, Copy, Debug)]
pub struct Owner;

impl FromRequestParts<App> for Owner {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        // Nobody guesses with a visitor's token, or with none: the widget may have sent it by itself.
        let token =
            bearer(&parts.headers).filter(|token| !token.starts_with(random::TOKEN)).ok_or(Denied::Wrong)?;
        app.owner.check(token)?;
        Ok(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn five_wrong_tries_a_minute_and_no_more() {
        let gate = OwnerGate::new(Some(&Secret::from("the right one")));
        for _ in 0..TRIES {
            assert_eq!(gate.check("wrong"), Err(Denied::Wrong));
        }
        assert_eq!(gate.check("the right one"), Err(Denied::Wait(61)));
        tokio::time::advance(std::time::Duration::from_secs(60)).await;
        assert_eq!(gate.check("the right one"), Ok(()));
    }

    #[test]
    fn right_tries_are_not_counted_and_without_a_token_nobody_is_the_owner() {
        let gate = OwnerGate::new(Some(&Secret::from("right")));
        assert!((0..20).all(|_| gate.check("right").is_ok()));
        assert_eq!(OwnerGate::new(None).check(""), Err(Denied::NotSet));
        assert!(!format!("{gate:?}").contains("right"));
    }
}
