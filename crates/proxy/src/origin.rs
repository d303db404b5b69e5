//! Which pages may use the chat: the rules of cross-origin requests.
//!
//! A page whose origin is not allowed still gets a readable answer that names the origin and the setting to change,
//! since a browser alone would tell nothing but "failed to fetch". No cookie and no credentials are involved.

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use candor_protocol::cause::known;

use crate::App;
use crate::problem::Refusal;

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

/// Answers preflights, refuses foreign pages, and lets the page read what it gets.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(ORIGIN).cloned() else {
        let mut response = next.run(request).await;
        response.headers_mut().append(VARY, HeaderValue::from_static("Origin"));
        return response;
    };
    // Every preflight is granted: refused, the browser would hide from the page why the request itself was refused.
    if request.method() == Method::OPTIONS && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        let mut response = StatusCode::NO_CONTENT.into_response();
        let headers = response.headers_mut();
        make_readable(headers, origin);
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PATCH, DELETE"));
        headers.insert(
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static(
                "Accept, Authorization, Candor-Authorization, Candor-Owner, Content-Type, Idempotency-Key, Last-Event-ID",
            ),
        );
        headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
        return response;
    }
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let mut response = match origin.to_str() {
        Ok(text) if app.settings.allowed_origins.allow(text, host) => next.run(request).await,
        text => {
            let named: String = text.unwrap_or("unreadable").chars().take(200).collect();
            Refusal::new(&known::origin_not_allowed, StatusCode::FORBIDDEN)
                .detail(format!(
                    "The origin {named} is not allowed. The site’s owner can add it to allowed_origins (CANDOR_ALLOWED_ORIGINS)."
                ))
                .into_response()
        }
    };
    make_readable(response.headers_mut(), origin);
    response
}

fn make_readable(headers: &mut HeaderMap, origin: HeaderValue) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Candor-Token, Date, Retry-After, WWW-Authenticate"),
    );
    headers.append(VARY, HeaderValue::from_static("Origin"));
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
