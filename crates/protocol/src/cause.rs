//! What is behind an error: the catalogue of causes, how each is recognised, and what to do about it.
//!
//! The catalogue itself is data, in `causes.toml` beside this crate's manifest.

mod advice;
mod rule;

use serde::{Deserialize, Serialize};

use crate::reader::ApiError;
pub use advice::{Advice, advise};
pub use rule::Lines;
use rule::{Clues, Rule};

/// The links of the chain that a message passes, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// The visitor's browser: its storage, its connection, its extensions.
    Browser,
    /// The page and what lies between it and the proxy: caches, firewalls, settings of the site.
    Page,
    /// The proxy that holds the key, and its way to the provider.
    Proxy,
    /// The provider: the key, its permissions, its limits, the provider's servers.
    Provider,
    /// The model itself.
    Model,
}

impl Link {
    /// All links, in the order in which a message passes them.
    pub const ALL: [Self; 5] = [Self::Browser, Self::Page, Self::Proxy, Self::Provider, Self::Model];

    /// Whether the fault lies with the provider or its model, so that an owner's setting decides who sees it.
    pub fn is_beyond_proxy(self) -> bool {
        self >= Self::Provider
    }

    /// The link's name, as it is shown.
    pub fn name(self) -> &'static str {
        match self {
            Self::Browser => "Browser",
            Self::Page => "Page",
            Self::Proxy => "Proxy",
            Self::Provider => "Provider",
            Self::Model => "Model",
        }
    }
}

/// Who can put something right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fixer {
    /// Whoever chats.
    Visitor,
    /// The site's owner, who set the chat up.
    Owner,
    /// Whoever runs the server, the firewall or the cache.
    Host,
    /// The provider of the model.
    Provider,
}

impl Fixer {
    /// In words that go on after "Who can fix it:".
    pub fn name(self) -> &'static str {
        match self {
            Self::Visitor => "the visitor",
            Self::Owner => "the site’s owner",
            Self::Host => "the host",
            Self::Provider => "the provider",
        }
    }
}

/// One cause of failure: how it is recognised, what it means, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    /// Stable, `snake_case`; travels as [`crate::problem::Problem::cause`].
    pub id: &'static str,
    /// The link that broke.
    pub link: Link,
    /// A short name for somebody who repairs it, such as "Missing scope".
    pub name: &'static str,
    /// What happened, in one sentence for a visitor.
    pub title: &'static str,
    /// What is safe and what to do, for a visitor.
    pub detail: &'static str,
    /// What is broken, in one sentence for the owner.
    pub verdict: &'static str,
    /// What is behind it, in plain words. [`advise`] knows more exactly.
    pub meaning: &'static str,
    /// Who can put it right.
    pub fixers: &'static [Fixer],
    /// Whether the same request may succeed when it is sent again.
    pub retryable: bool,
    /// What to do, in order, with placeholders. [`advise`] fills them in.
    pub steps: Lines,
    /// What a browser or the proxy sees of it, where no reply tells. May be empty.
    pub observed: &'static str,
    rules: &'static [Rule],
    cases: &'static [Case],
}

impl Cause {
    /// Whether a reply can tell of it, by a rule of the catalogue.
    pub fn is_told_by_replies(&self) -> bool {
        !self.rules.is_empty()
    }

    /// How a reply tells of it, one line a rule, for the documentation.
    pub fn rules_in_words(&self) -> Vec<String> {
        self.rules.iter().map(ToString::to_string).collect()
    }

    /// The names of the finer kinds that [`advise`] tells apart.
    pub fn case_names(&self) -> impl Iterator<Item = &'static str> {
        self.cases.iter().map(|case| case.name)
    }
}

/// Whether a proxy can play the cause, as somebody else's reply or for want of one. What the proxy itself, the page or the
/// browser causes has no reply to play.
pub fn can_be_rehearsed(cause: &Cause) -> bool {
    let played =
        ["timeout", "stream_stalled", "token_limit", "unreachable_provider", "dns_failure", "tls_failure"];
    cause.is_told_by_replies() || played.contains(&cause.id)
}

/// A finer kind of a cause.
#[derive(Debug, PartialEq, Eq)]
struct Case {
    name: &'static str,
    meaning: &'static str,
    steps: Lines,
    rules: &'static [Rule],
}

/// The causes by name, each constant called as its id.
#[expect(non_upper_case_globals, reason = "a constant is named exactly as the id that travels")]
pub mod known {
    use super::rule::{Lines, Rule, Wait};
    use super::{Case, Cause, Fixer, Link};

    include!(concat!(env!("OUT_DIR"), "/causes.rs"));
}

pub use known::ALL;

/// The cause of that id. `None` for one that this version does not know.
pub fn find(id: &str) -> Option<&'static Cause> {
    ALL.iter().find(|cause| cause.id == id).copied()
}

/// What an API's error means: the cause of the first rule that fits.
pub fn recognise(error: &ApiError) -> &'static Cause {
    let clues = Clues::of(error);
    known::ORDER.iter().find(|(rule, _)| rule.fits(&clues)).map_or(&known::unknown, |(_, cause)| cause)
}

/// What an error means whose words are not told: where its code leaves no doubt, whatever they are. A bare status would often
/// be taken for another cause.
pub fn recognise_by_code(error: &ApiError) -> Option<&'static Cause> {
    let clues = Clues::of(error);
    let certain = &known::ORDER[..known::CERTAIN];
    let mut by_code = certain.iter().filter(|(rule, _)| !rule.code.is_empty() && rule.unless.is_empty());
    by_code.find(|(rule, _)| rule.fits(&clues)).map(|(_, cause)| *cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, code: &str, message: &str) -> ApiError {
        ApiError {
            status,
            code: Some(code.to_owned()),
            message: Some(message.to_owned()),
            ..ApiError::default()
        }
    }

    #[test]
    fn a_cause_is_found_by_its_id() {
        assert_eq!(find("missing_scope"), Some(&known::missing_scope));
        assert_eq!(find("no_such_cause"), None);
    }

    #[test]
    fn every_link_has_causes_and_every_cause_can_be_acted_on() {
        for link in Link::ALL {
            assert!(ALL.iter().any(|cause| cause.link == link), "{}", link.name());
        }
        for cause in ALL {
            for text in [cause.title, cause.detail, cause.verdict, cause.meaning]
                .into_iter()
                .chain(cause.steps.iter())
            {
                assert!(text.ends_with(['.', '”']) || text.ends_with('}'), "{}: {text}", cause.id);
                assert!(!text.contains('!') && !text.contains("'"), "{}: {text}", cause.id);
            }
        }
    }

    #[test]
    fn a_missing_scope_is_told_from_a_wrong_key() {
        let scope = error(
            401,
            "",
            "You have insufficient permissions for this operation. Missing scopes: model.request.",
        );
        assert_eq!(recognise(&scope).id, "missing_scope");
        assert_eq!(recognise(&error(401, "invalid_api_key", "Incorrect API key provided")).id, "invalid_key");
    }

    #[test]
    fn a_path_that_is_not_there_is_told_from_a_model_that_is_not_there() {
        // llama.cpp's server, asked at /v2/chat/completions and, as OpenAI's API, for a model that it does not have.
        let no_path = ApiError {
            error_type: Some("not_found_error".to_owned()),
            ..error(404, "404", "File Not Found")
        };
        assert_eq!(recognise(&no_path).id, "wrong_base_url");
        assert_eq!(recognise(&error(404, "", "The model `gpt-9` does not exist")).id, "model_not_found");
    }

    #[test]
    fn wordpress_is_known_by_its_codes() {
        // https://developer.wordpress.org/rest-api/: the codes stay, the words are translated.
        assert_eq!(
            recognise(&error(403, "rest_cookie_invalid_nonce", "Cookie-Prüfung fehlgeschlagen")).id,
            "wp_nonce"
        );
        assert_eq!(recognise(&error(404, "rest_no_route", "")).id, "wp_no_route");
        assert_eq!(recognise(&error(401, "rest_forbidden", "")).id, "wp_rest_blocked");
    }

    #[test]
    fn a_status_that_comes_in_the_stream_counts() {
        assert_eq!(recognise(&error(200, "429", "Slow down")).id, "rate_limit");
        assert_eq!(recognise(&error(200, "502", "Provider disconnected")).id, "upstream_unavailable");
    }

    #[test]
    fn a_request_that_is_too_large_is_no_wait() {
        let message = "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000.";
        assert_eq!(recognise(&error(429, "rate_limit_exceeded", message)).id, "request_too_large");
    }

    #[test]
    fn a_reply_in_which_nobody_speaks_is_empty() {
        let silent =
            |kind: &str| ApiError { status: 200, content_type: Some(kind.to_owned()), ..ApiError::default() };
        assert_eq!(recognise(&silent("text/event-stream")).id, "empty_reply");
        assert_eq!(recognise(&silent("application/json")).id, "empty_reply");
    }

    #[test]
    fn a_429_without_quota_is_not_a_wait() {
        assert_eq!(recognise(&error(429, "insufficient_quota", "")).id, "quota_exhausted");
        assert_eq!(recognise(&error(429, "rate_limit_exceeded", "Rate limit reached")).id, "rate_limit");
        let daily = ApiError { retry_after: Some(86_400), ..error(429, "", "Too many tokens") };
        assert_eq!(recognise(&daily).id, "quota_exhausted");
    }

    #[test]
    fn a_link_to_the_billing_page_does_not_make_it_a_matter_of_billing() {
        let limit = error(
            429,
            "",
            "Please slow down. Need more? Upgrade at https://console.groq.com/settings/billing",
        );
        assert_eq!(recognise(&limit).id, "rate_limit");
    }

    #[test]
    fn a_firewalls_page_is_told_from_a_refusal_of_the_api() {
        let page = ApiError {
            status: 403,
            message: Some("403 Forbidden".to_owned()),
            text: Some("Forbidden".to_owned()),
            content_type: Some("text/html".to_owned()),
            ..ApiError::default()
        };
        assert_eq!(recognise(&page).id, "gateway_html");
        assert_eq!(recognise(&ApiError { content_type: None, text: None, ..page }).id, "permission");
    }
}
