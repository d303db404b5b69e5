//! Turnstile and hCaptcha, which are asked in the same way whether a solution is right.

use std::sync::OnceLock;
use std::time::Duration;

use candor_protocol::Millis;
use candor_protocol::wire::{Challenge, ChallengeKind};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

use super::{ChallengeError, Solved, name};
use crate::clock::now;
use crate::config::ServiceSettings;
use crate::provider::OutboundProxy;
use crate::provider::openai::use_ring;

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Longer than either service takes a solution for: Turnstile five minutes, hCaptcha two.
const REMEMBERED_MS: Millis = 10 * 60 * 1000;

/// What the services call a fault of whoever asks, or their own, rather than of the visitor.
const FAULTS: &[&str] = &[
    "bad-request",
    "internal-error",
    "invalid-input-secret",
    "invalid-sitekey",
    "missing-input-secret",
    "sitekey-secret-mismatch",
];

/// Asks a service.
#[derive(Debug)]
pub struct Service {
    settings: ServiceSettings,
    client: OnceLock<reqwest::Client>,
}

/// What both answer.
#[derive(Debug, Deserialize)]
struct Verdict {
    success: bool,
    /// Of the page where it was solved.
    hostname: Option<String>,
    #[serde(default, rename = "error-codes")]
    error_codes: Vec<String>,
}

impl Service {
    /// A client of the service of these settings.
    pub fn new(settings: ServiceSettings) -> Self {
        Self { settings, client: OnceLock::new() }
    }

    /// Whose widget a page shows, and under which key.
    pub fn offer(&self) -> Challenge {
        Challenge {
            kind: self.settings.kind,
            site_key: Some(self.settings.site_key.clone()),
            parameters: None,
            signature: None,
        }
    }

    /// Asks whether a solution is right, and was made on a page of this host.
    ///
    /// # Errors
    /// [`ChallengeError`].
    pub async fn check(&self, solution: &str, host: Option<&str>) -> Result<Solved, ChallengeError> {
        let verdict = self.ask(solution).await?;
        if let Some(fault) = verdict.error_codes.iter().find(|code| FAULTS.contains(&code.as_str())) {
            return Err(ChallengeError::Unavailable(format!("{} says {fault}", name(self.settings.kind))));
        }
        if !verdict.success {
            return Err(ChallengeError::Failed(verdict.error_codes.join(", ")));
        }
        let solved_at = verdict.hostname.as_deref().unwrap_or_default();
        if !host.is_some_and(|host| host.eq_ignore_ascii_case(solved_at)) {
            let from = host.unwrap_or("no page");
            return Err(ChallengeError::Failed(format!("solved at “{solved_at}”, and sent from {from}")));
        }
        Ok(Solved::of(name(self.settings.kind), solution, now() + REMEMBERED_MS))
    }

    async fn ask(&self, solution: &str) -> Result<Verdict, ChallengeError> {
        let request = self
            .client()?
            .post(&self.settings.verify_url)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(self.form(solution));
        let verdict = async { request.send().await?.json().await };
        verdict.await.map_err(|error: reqwest::Error| unavailable(&error))
    }

    fn form(&self, solution: &str) -> String {
        let ServiceSettings { kind, site_key, secret, .. } = &self.settings;
        let mut form = Serializer::new(String::new());
        form.append_pair("secret", secret.reveal()).append_pair("response", solution);
        if *kind == ChallengeKind::Hcaptcha {
            // Else a solution for another site of the same account would do.
            form.append_pair("sitekey", site_key);
        }
        form.finish()
    }

    /// One client for all, made when it is needed first.
    fn client(&self) -> Result<&reqwest::Client, ChallengeError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        use_ring();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .user_agent(concat!("candor/", env!("CARGO_PKG_VERSION")));
        let client =
            if OutboundProxy::of(&self.settings.verify_url).is_none() { client.no_proxy() } else { client };
        let client = client.build().map_err(|error| unavailable(&error))?;
        Ok(self.client.get_or_init(|| client))
    }
}

/// An error with what is behind it, which reqwest does not say by itself.
fn unavailable(error: &reqwest::Error) -> ChallengeError {
    let mut reasons = vec![error.to_string()];
    let mut source = std::error::Error::source(error);
    while let Some(reason) = source {
        reasons.push(reason.to_string());
        source = reason.source();
    }
    ChallengeError::Unavailable(reasons.join(": "))
}
