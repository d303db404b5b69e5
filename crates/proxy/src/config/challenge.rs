//! What new visitors solve before they are let in.

use candor_protocol::wire::ChallengeKind;

use super::secret::Secret;

/// Who makes the challenge, and checks it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChallengeSettings {
    /// This proxy itself, by ALTCHA’s protocol.
    Altcha {
        /// What its challenges are signed with: the same for all replicas, and for no other site.
        secret: Secret,
    },
    /// Turnstile or hCaptcha.
    Service(ServiceSettings),
}

/// A service that shows visitors a challenge, and is asked whether they have solved it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceSettings {
    /// Which.
    pub kind: ChallengeKind,
    /// The site’s public key there.
    pub site_key: String,
    /// The site’s secret key there, which is sent to `verify_url` and nowhere else.
    pub secret: Secret,
    /// What answers whether a solution is right.
    pub verify_url: String,
}

/// Where Turnstile is asked (<https://developers.cloudflare.com/turnstile/get-started/server-side-validation/>).
pub const TURNSTILE_VERIFY_URL: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

/// Where hCaptcha is asked (<https://docs.hcaptcha.com/#verify-the-user-response-server-side>).
pub const HCAPTCHA_VERIFY_URL: &str = "https://api.hcaptcha.com/siteverify";

/// The least of a secret that challenges are signed with, in characters.
pub const MIN_SIGNING_SECRET_CHARS: usize = 16;
