//! ALTCHA’s proof of work, version 2, by its own library: a browser computes for a moment, which costs a script that makes
//! thousands of visitors thousands of such moments. Nobody else is asked, and nothing is kept until a challenge is solved.

use altcha::{CreateChallengeOptions, Payload, VerifySolutionOptions, create_challenge, verify_solution};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use candor_protocol::Millis;
use candor_protocol::wire::{AltchaParameters, Challenge, ChallengeKind};

use super::{ChallengeError, Solved};
use crate::clock::now;
use crate::config::Secret;

/// A function that every browser has built in, so that it computes as fast as a script of an attacker’s.
const ALGORITHM: &str = "PBKDF2/SHA-256";

/// How many iterations a try takes. Few long tries keep a browser less busy with handing them on than many short ones, and a
/// check, which is one of them, still takes a hundredth of a second.
const COST: u32 = 50_000;

/// How the key begins, in hexadecimal digits: one of 16 does.
const KEY_PREFIX: &str = "0";

/// How long a challenge can be solved, in seconds.
const LIFETIME_SECONDS: i64 = 10 * 60;

/// How much longer a solution is remembered than it is taken, so that clocks may differ.
const MARGIN_MS: Millis = 60 * 1000;

/// Makes challenges, and checks their solutions.
#[derive(Clone, Debug)]
pub struct Altcha {
    secret: Secret,
}

impl Altcha {
    /// Challenges that are signed with this secret.
    pub fn new(secret: Secret) -> Self {
        Self { secret }
    }

    /// A new challenge.
    ///
    /// # Errors
    /// [`ChallengeError::Unavailable`] where the library makes none.
    pub fn offer(&self) -> Result<Challenge, ChallengeError> {
        let expires_at = i64::try_from(now() / 1000).unwrap_or(i64::MAX).saturating_add(LIFETIME_SECONDS);
        let made = create_challenge(CreateChallengeOptions {
            algorithm: ALGORITHM.to_owned(),
            cost: COST,
            key_prefix: KEY_PREFIX.to_owned(),
            expires_at: Some(expires_at),
            hmac_signature_secret: Some(self.secret.reveal().to_owned()),
            ..CreateChallengeOptions::default()
        })
        .map_err(|error| ChallengeError::Unavailable(error.to_string()))?;
        let parameters = made.parameters;
        Ok(Challenge {
            kind: ChallengeKind::Altcha,
            site_key: None,
            parameters: Some(AltchaParameters {
                algorithm: parameters.algorithm,
                cost: parameters.cost,
                expires_at,
                key_length: parameters.key_length,
                key_prefix: parameters.key_prefix,
                nonce: parameters.nonce,
                salt: parameters.salt,
            }),
            signature: made.signature,
        })
    }

    /// Checks what ALTCHA’s widget gives: challenge and solution as JSON, in base64.
    ///
    /// # Errors
    /// [`ChallengeError::Failed`].
    pub fn check(&self, solution: &str) -> Result<Solved, ChallengeError> {
        let failed = |reason: &str| ChallengeError::Failed(reason.to_owned());
        let json = STANDARD.decode(solution.trim()).map_err(|_| failed("it is not base64"))?;
        let payload: Payload =
            serde_json::from_slice(&json).map_err(|_| failed("it is not ALTCHA’s JSON"))?;
        let Payload { challenge, solution } = &payload;
        let options = VerifySolutionOptions::new(challenge, solution, self.secret.reveal());
        let verdict = verify_solution(options).map_err(|error| ChallengeError::Failed(error.to_string()))?;
        if !verdict.verified {
            return Err(failed(match (verdict.expired, verdict.invalid_signature) {
                (true, _) => "it came too late",
                (false, Some(true)) => "the challenge was not signed here",
                _ => "it is wrong",
            }));
        }
        let expires_at = challenge.parameters.expires_at.and_then(|seconds| Millis::try_from(seconds).ok());
        let until = expires_at.and_then(|seconds| seconds.checked_mul(1000)?.checked_add(MARGIN_MS));
        let until = until.ok_or_else(|| failed("the challenge has no end"))?;
        Ok(Solved::of("altcha", &challenge.parameters.nonce, until))
    }
}
