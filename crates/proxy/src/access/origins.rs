//! Which pages may use the chat.

/// A page's origin: scheme, host and port, in lower case, without a default port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    authority: String,
}

impl Origin {
    /// Reads `https://www.example.com` or `http://localhost:3000`. `None` for anything else, `null` included.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.strip_suffix('/').unwrap_or(text).split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let valid = !authority.is_empty()
            && !authority.contains(['/', '?', '#', '@', '*', ' '])
            && authority.is_ascii()
            && matches!(scheme.as_str(), "http" | "https");
        valid.then(|| Self {
            authority: without_default_port(&authority.to_ascii_lowercase(), &scheme),
            scheme,
        })
    }

    fn is_of_host(&self, host: &str) -> bool {
        without_default_port(&host.to_ascii_lowercase(), &self.scheme) == self.authority
    }
}

fn without_default_port(authority: &str, scheme: &str) -> String {
    let port = if scheme == "https" { ":443" } else { ":80" };
    authority.strip_suffix(port).unwrap_or(authority).to_owned()
}

/// Whose pages may use the chat. The proxy's own origin always may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// Every page.
    Any,
    /// The proxy's own pages and these.
    These(Vec<Origin>),
}

impl AllowedOrigins {
    /// Whether a page of `origin`, as the header has it, may use the chat at `host`.
    pub fn allow(&self, origin: &str, host: Option<&str>) -> bool {
        let Self::These(these) = self else { return true };
        Origin::parse(origin)
            .is_some_and(|origin| these.contains(&origin) || host.is_some_and(|host| origin.is_of_host(host)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_compared_without_case_and_default_port() {
        assert_eq!(Origin::parse("https://Example.com:443/"), Origin::parse("https://example.com"));
        assert_ne!(Origin::parse("http://example.com"), Origin::parse("https://example.com"));
        assert_eq!(Origin::parse("null"), None);
        assert_eq!(Origin::parse("https://example.com/path"), None);
        assert_eq!(Origin::parse("ftp://example.com"), None);
    }

    #[test]
    fn the_own_origin_is_the_one_of_the_host() {
        let none = AllowedOrigins::These(Vec::new());
        assert!(none.allow("https://chat.example.com", Some("chat.example.com")));
        assert!(none.allow("http://localhost:8787", Some("localhost:8787")));
        assert!(!none.allow("http://localhost:8788", Some("localhost:8787")));
        assert!(!none.allow("https://example.com.evil.test", Some("example.com")));
        assert!(!none.allow("null", Some("example.com")));
        assert!(!none.allow("https://example.com", None));
    }
}
