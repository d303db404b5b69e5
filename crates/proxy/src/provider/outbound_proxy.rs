//! The proxy of the environment through which the provider is reached, as companies have one for the way out.

use std::env;
use std::fmt;

use axum::http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

/// A proxy that an environment variable names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundProxy {
    variable: &'static str,
    address: String,
}

impl OutboundProxy {
    /// The proxy for this address. A provider on this very machine is asked directly, as Go’s and WordPress’s clients do: a
    /// proxy would look for it on its own.
    pub fn of(base_url: &str) -> Option<Self> {
        let uri: Uri = base_url.parse().ok()?;
        if is_loopback(uri.host()?) {
            return None;
        }
        // What the client itself asks.
        let found = Matcher::from_system().intercept(&uri)?;
        let (scheme, proxy) = (uri.scheme_str()?, found.uri());
        let variable = VARIABLES.iter().filter(|(of, _)| [scheme, "all"].contains(of)).map(|(_, name)| *name);
        let variable =
            variable.into_iter().find(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
        let port = proxy.port().map(|port| format!(":{port}")).unwrap_or_default();
        Some(Self {
            variable: variable.unwrap_or("the system"),
            // Without the name and the password that may stand in it.
            address: format!("{}{port}", proxy.host().unwrap_or_default()),
        })
    }
}

/// The variables, by the scheme of the addresses that they are for, the first that counts first.
const VARIABLES: [(&str, &str); 6] = [
    ("https", "HTTPS_PROXY"),
    ("https", "https_proxy"),
    ("http", "HTTP_PROXY"),
    ("http", "http_proxy"),
    ("all", "ALL_PROXY"),
    ("all", "all_proxy"),
];

impl fmt::Display for OutboundProxy {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, address } = self;
        write!(to, "the proxy {address}, which {variable} names; NO_PROXY exempts addresses from it")
    }
}

/// Whether a host is this machine.
fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    host.eq_ignore_ascii_case("localhost")
        || host.to_ascii_lowercase().ends_with(".localhost")
        || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_each_of_its_names() {
        for host in ["localhost", "LOCALHOST.", "ai.localhost", "127.0.0.1", "127.1.2.3", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.example", "10.0.0.1", "[::2]", "ollama"] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
