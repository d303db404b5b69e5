//! What keeps a provider from being reached at all.

use std::error::Error;

use super::OutboundProxy;

/// How far an exchange came of which nothing readable came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The provider's name has no address.
    Dns,
    /// No connection came about.
    Connect,
    /// The connection could not be encrypted.
    Tls,
    /// The network gave up waiting.
    Timeout,
    /// The connection broke off.
    Broken,
}

impl Stage {
    /// A code for programs, such as `dns`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Broken => "broken",
        }
    }

    fn sentence(self) -> &'static str {
        match self {
            Self::Dns => "The provider’s host name could not be resolved",
            Self::Connect => "No connection to the provider came about",
            Self::Tls => "The encrypted connection to the provider failed",
            Self::Timeout => "The network timed out on the way to the provider",
            Self::Broken => "The connection to the provider broke off",
        }
    }
}

/// A failure below HTTP: how far it came, and the reason in the network's words, which are not redacted.
#[derive(Debug, thiserror::Error)]
#[error("{}: {}{}", stage.sentence(), innermost(source.as_ref()), way(outbound_proxy.as_ref()))]
pub struct TransportError {
    /// How far it came.
    pub stage: Stage,
    /// What the client says of it.
    pub source: Box<dyn Error + Send + Sync>,
    /// Through which proxy of the environment it went.
    pub outbound_proxy: Option<OutboundProxy>,
}

impl TransportError {
    /// A failure on the way of its own.
    pub fn new(stage: Stage, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { stage, source: source.into(), outbound_proxy: None }
    }

    /// The reason alone, in the network's words, which are not redacted.
    pub fn reason(&self) -> String {
        innermost(self.source.as_ref())
    }
}

/// A sentence on the way that was taken, where it was none of its own.
fn way(proxy: Option<&OutboundProxy>) -> String {
    proxy.map(|proxy| format!(". It was asked through {proxy}.")).unwrap_or_default()
}

impl From<reqwest::Error> for TransportError {
    fn from(error: reqwest::Error) -> Self {
        let is = |matches: fn(&(dyn Error + 'static)) -> bool| chain(&error).any(matches);
        let stage = if is(|cause| cause.is::<rustls::Error>()) {
            Stage::Tls
        } else if is(|cause| cause.to_string().starts_with("dns error")) {
            Stage::Dns
        } else if error.is_timeout() {
            Stage::Timeout
        } else if error.is_connect() {
            Stage::Connect
        } else {
            Stage::Broken
        };
        Self::new(stage, error)
    }
}

/// Why no HTTP client can be made.
#[derive(Debug, thiserror::Error)]
#[error("No HTTPS client can be made: {}. Install the system’s certificates (ca-certificates).", innermost(.0))]
pub struct ClientError(#[from] reqwest::Error);

/// An error and what caused it, outermost first.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        // An io::Error that wraps another error gives out the wrapped one's cause as its own, and skips it.
        match error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        }
    })
}

/// The words of what lies at the bottom of an error.
fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn the_reason_is_what_lies_at_the_bottom_and_the_rest_is_kept() {
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        let words = reset.to_string();
        let error = TransportError::new(Stage::Broken, io::Error::other(reset));
        assert_eq!(error.to_string(), format!("The connection to the provider broke off: {words}"));
        assert!(error.source().is_some_and(|source| source.is::<io::Error>()));
    }

    #[tokio::test]
    async fn where_nobody_listens_no_connection_came_about() {
        crate::provider::openai::use_ring();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        // Port 1 is TCPMUX's, which no system serves.
        let error = TransportError::from(client.get("http://127.0.0.1:1/").send().await.unwrap_err());
        assert_eq!(error.stage, Stage::Connect);
        assert!(error.source().is_some_and(|source| source.is::<reqwest::Error>()));
    }
}
