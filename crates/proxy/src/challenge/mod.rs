//! What new visitors solve before they are let in, where the owner has switched it on: ALTCHA’s challenge, which this proxy makes
//! and checks itself, or that of a service which is asked.

mod altcha;
mod service;

use candor_protocol::Millis;
use candor_protocol::wire::{Challenge, ChallengeKind};
use sha2::{Digest, Sha256};

use self::altcha::Altcha;
use crate::config::ChallengeSettings;
use crate::random::hex;
use service::Service;

/// The most characters of a solution. Those of hCaptcha are the longest, with a few thousand.
const MAX_SOLUTION_CHARS: usize = 16 * 1024;

/// Lets new visitors in who have solved the challenge; all of them, where there is none.
#[derive(Debug)]
pub struct ChallengeGate(Option<Checker>);

#[derive(Debug)]
enum Checker {
    Altcha(Altcha),
    Service(Service),
}

/// A challenge that was solved. Whether its solution was used before, the store knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solved {
    /// What tells it apart from all others.
    pub id: String,
    /// From when on its solution is refused in any case.
    pub until: Millis,
}

impl Solved {
    /// What was solved is hashed, so that nothing of it is stored.
    fn of(kind: &str, what: &str, until: Millis) -> Self {
        Self { id: hex(&Sha256::digest(format!("{kind} {what}"))), until }
    }
}

/// Why a visitor is not let in.
#[derive(Debug, thiserror::Error)]
pub enum ChallengeError {
    /// The solution is wrong, too old, or of another site.
    #[error("a challenge was not solved: {0}")]
    Failed(String),
    /// Nobody could say.
    #[error("the challenge could not be checked: {0}")]
    Unavailable(String),
}

impl ChallengeGate {
    /// The gate of these settings.
    pub fn new(settings: Option<&ChallengeSettings>) -> Self {
        Self(settings.map(|settings| match settings {
            ChallengeSettings::Altcha { secret } => Checker::Altcha(Altcha::new(secret.clone())),
            ChallengeSettings::Service(service) => Checker::Service(Service::new(service.clone())),
        }))
    }

    /// Whether new visitors have something to solve.
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// What a new visitor solves.
    ///
    /// # Errors
    /// [`ChallengeError::Unavailable`] where no challenge can be made.
    pub fn offer(&self) -> Result<Challenge, ChallengeError> {
        match &self.0 {
            None => {
                let (site_key, parameters, signature) = (None, None, None);
                Ok(Challenge { kind: ChallengeKind::Off, site_key, parameters, signature })
            }
            Some(Checker::Altcha(altcha)) => altcha.offer(),
            Some(Checker::Service(service)) => Ok(service.offer()),
        }
    }

    /// Checks a solution that was sent from a page of this host. `None` where there was nothing to solve.
    ///
    /// # Errors
    /// [`ChallengeError`].
    pub async fn check(&self, solution: &str, host: Option<&str>) -> Result<Option<Solved>, ChallengeError> {
        if solution.len() > MAX_SOLUTION_CHARS {
            return Err(ChallengeError::Failed("what was sent is too long for a solution".to_owned()));
        }
        match &self.0 {
            None => Ok(None),
            Some(Checker::Altcha(altcha)) => {
                let (altcha, solution) = (altcha.clone(), solution.to_owned());
                let checking = tokio::task::spawn_blocking(move || altcha.check(&solution));
                checking.await.map_err(|error| ChallengeError::Unavailable(error.to_string()))?.map(Some)
            }
            Some(Checker::Service(service)) => service.check(solution, host).await.map(Some),
        }
    }
}

/// A kind as the settings and the wire name it.
pub fn name(kind: ChallengeKind) -> &'static str {
    match kind {
        ChallengeKind::Off => "off",
        ChallengeKind::Altcha => "altcha",
        ChallengeKind::Turnstile => "turnstile",
        ChallengeKind::Hcaptcha => "hcaptcha",
    }
}
