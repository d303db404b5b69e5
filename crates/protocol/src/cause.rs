//! What is behind an error, in words that a visitor understands, and how it is recognised.

use serde::{Deserialize, Serialize};

use crate::reader::ApiError;

/// The links of the chain that a message passes, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// The visitor's browser: its storage, its connection, its extensions.
    Browser,
    /// The page and what lies between it and the proxy: caches, firewalls, settings of the site.
    Page,
    /// The proxy that holds the key.
    Proxy,
    /// The provider: the key, its permissions, its limits, the provider's servers.
    Provider,
    /// The model itself.
    Model,
}

impl Link {
    /// Whether the fault lies with the provider or its model, so that an owner's setting decides who sees it.
    pub fn is_beyond_proxy(self) -> bool {
        self >= Self::Provider
    }
}

/// One cause of failure: what to call it and what to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// Whether the same request may succeed when it is sent again.
    pub retryable: bool,
}

const CANNOT_ANSWER: &str = "The assistant can’t answer right now.";
const OWNER_MUST_ACT: &str = "Your message is kept. Only the site’s owner can put this right.";
const KEPT_TRY_AGAIN: &str = "Your message is kept. Please try again in a moment.";

macro_rules! causes {
    ($($constant:ident $link:ident $retryable:literal $name:literal, $title:expr, $detail:expr;)*) => {
        $(
            #[doc = $name]
            pub const $constant: Cause = Cause {
                id: stringify!($constant),
                link: Link::$link,
                name: $name,
                title: $title,
                detail: $detail,
                retryable: $retryable,
            };
        )*
        /// Every cause that this version knows.
        pub const ALL: &[Cause] = &[$($constant),*];
    };
}

/// The causes by name, each constant called as its id.
#[expect(non_upper_case_globals, reason = "a constant is named exactly as the id that travels")]
pub mod known {
    use super::{CANNOT_ANSWER, Cause, KEPT_TRY_AGAIN, Link, OWNER_MUST_ACT};

    causes! {
        // The provider and its model.
        missing_scope Provider false "Missing scope", CANNOT_ANSWER, OWNER_MUST_ACT;
        permission Provider false "No permission", CANNOT_ANSWER, OWNER_MUST_ACT;
        missing_key Provider false "No API key was sent", CANNOT_ANSWER, OWNER_MUST_ACT;
        invalid_key Provider false "The API key is not accepted", CANNOT_ANSWER, OWNER_MUST_ACT;
        org_unverified Provider false "Organisation not verified", CANNOT_ANSWER, OWNER_MUST_ACT;
        region_blocked Provider false "Country not supported", CANNOT_ANSWER, OWNER_MUST_ACT;
        quota_exhausted Provider false "No quota left", CANNOT_ANSWER, OWNER_MUST_ACT;
        billing Provider false "Payment needed", CANNOT_ANSWER, OWNER_MUST_ACT;
        rate_limit Provider true "Rate limit", "The assistant is very busy.", KEPT_TRY_AGAIN;
        overloaded Provider true "Provider overloaded", "The assistant is very busy.", KEPT_TRY_AGAIN;
        server_error Provider true "Error at the provider", CANNOT_ANSWER, KEPT_TRY_AGAIN;
        upstream_unavailable Provider true "Provider unavailable", CANNOT_ANSWER, KEPT_TRY_AGAIN;
        gateway_timeout Provider true "Gateway timeout", "The assistant took too long to answer.", KEPT_TRY_AGAIN;
        timeout Provider true "No answer in time", "The assistant took too long to answer.", KEPT_TRY_AGAIN;
        stream_cut Provider true "The stream broke off", "The answer broke off.",
            "What had arrived is kept. Retry asks for the answer again.";
        stream_stalled Provider true "The stream stalled", "The answer stopped coming.",
            "What had arrived is kept. Retry asks for the answer again.";
        wrong_base_url Provider false "The API is not at this address", CANNOT_ANSWER, OWNER_MUST_ACT;
        empty_reply Provider true "Empty reply", "The assistant’s answer was empty.", KEPT_TRY_AGAIN;
        gateway_html Provider true "A web page in place of an answer", "The assistant can’t be reached right now.",
            "Your message is kept. Something between this site and the assistant answered in its place.";
        challenge Provider false "A firewall’s challenge", "The assistant can’t be reached right now.", OWNER_MUST_ACT;
        ip_blocked Provider false "Address blocked by a firewall", "The assistant can’t be reached right now.", OWNER_MUST_ACT;
        unreadable Provider true "Unreadable reply", CANNOT_ANSWER, KEPT_TRY_AGAIN;
        unknown Provider true "Unknown error", CANNOT_ANSWER, KEPT_TRY_AGAIN;
        model_not_found Model false "Unknown model", CANNOT_ANSWER, OWNER_MUST_ACT;
        bad_parameter Model false "Parameter not accepted", CANNOT_ANSWER, OWNER_MUST_ACT;
        context_length Model false "Conversation too long", "This conversation has become too long for the assistant.",
            "Your message is kept. Start a new conversation to go on.";
        request_too_large Model false "Request too large", "This message is too long for the assistant.",
            "Your message is kept. Please shorten it.";
        token_limit Model false "The limit of tokens was reached", "The answer reached its greatest length.",
            "What had arrived is kept. Ask the assistant to go on.";
        content_blocked Model false "Content filter", "The assistant may not answer this.",
            "Your message is kept. Please try other words.";

        // The proxy.
        unreachable_provider Proxy true "The proxy cannot reach the provider", CANNOT_ANSWER, KEPT_TRY_AGAIN;
        unauthorized Proxy true "Unknown visitor", "The chat does not know this browser any more.",
            "Your message is kept. Retry starts afresh.";
        not_found Proxy false "Not found", "This conversation is not there any more.",
            "It may have been deleted in another tab.";
        invalid_request Proxy false "Invalid request", "The chat could not read the request.",
            "Your message is kept. Reload the page and try again.";
        invalid_json Proxy false "Invalid JSON", "The chat could not read the request.",
            "Its body is not the JSON that this address expects.";
        body_too_large Proxy false "Body too large", "This message is too long.", "Your message is kept. Please shorten it.";
        conflict Proxy true "A reply is under way", "The assistant is still answering.",
            "Wait for the answer or stop it, then send again.";
        too_many Proxy true "Limit of this site", "This chat’s limit is reached.", KEPT_TRY_AGAIN;
        origin_not_allowed Proxy false "Origin not allowed", "This page may not use the chat.", OWNER_MUST_ACT;
        no_route Proxy false "No such address", "The chat service does not know this address.",
            "The widget and the proxy may be of different versions.";
        stopping Proxy true "The proxy is stopping", CANNOT_ANSWER, KEPT_TRY_AGAIN;
        interrupted Proxy true "Internal error in the proxy", CANNOT_ANSWER, KEPT_TRY_AGAIN;

        // The page, the way to the proxy, and the browser, as the widget sees them.
        unreachable_proxy Page true "The proxy cannot be reached", "The chat service can’t be reached.", KEPT_TRY_AGAIN;
        not_the_proxy Page true "Something else answered", "The chat service can’t be reached.",
            "Your message is kept. Something between this page and the chat service answered in its place.";
        wp_nonce Page true "Stale code of a cached page", "This page is out of date.",
            "Your message is kept. Reload the page and try again.";
        wp_no_route Page false "WordPress does not know the chat’s address", "The chat service can’t be reached.",
            OWNER_MUST_ACT;
        wp_rest_blocked Page false "WordPress refuses the chat’s address", "The chat service can’t be reached.",
            OWNER_MUST_ACT;
        wp_login_redirect Page false "A log-in page in place of an answer", "The chat service can’t be reached.",
            OWNER_MUST_ACT;
        wp_maintenance Page true "WordPress is being updated", "This site is being updated.", KEPT_TRY_AGAIN;
        wp_php_error Page true "PHP error on the site", "The chat service can’t be reached.", KEPT_TRY_AGAIN;
        connection_lost Page true "The connection was lost", "The connection was lost.",
            "What had arrived is kept. Retry asks for the answer again.";
        offline Browser true "Offline", "This device is offline.",
            "Your message is kept. Retry when the connection is back.";
        hidden Provider true "Hidden by the site’s owner", CANNOT_ANSWER, KEPT_TRY_AGAIN;
    }
}

pub use known::ALL;

/// The cause of that id. `None` for one that this version does not know.
pub fn find(id: &str) -> Option<&'static Cause> {
    ALL.iter().find(|cause| cause.id == id)
}

/// What an API's error means.
pub fn recognise(error: &ApiError) -> &'static Cause {
    find(recognised_id(error)).unwrap_or(&known::unknown)
}

/// A wait of this many seconds is no rate limit but an allowance that is used up: half a day.
const LONG_WAIT: u64 = 12 * 60 * 60;

/// An error as the rules look at it: everything in lower case, and no addresses of documentation in the words, since
/// those name what the error is not about (a rate limit's message ends with a link to `/settings/billing`).
struct Clues {
    status: u16,
    code: String,
    kind: String,
    words: String,
}

impl Clues {
    fn of(error: &ApiError) -> Self {
        let lower = |text: &Option<String>| text.as_deref().unwrap_or_default().to_lowercase();
        let words = format!("{} {}", lower(&error.message), lower(&error.text));
        let words =
            words.split_whitespace().filter(|word| !word.contains("://")).collect::<Vec<_>>().join(" ");
        // In a stream that began with 200, a numeric code is the status that came too late.
        let late =
            error.code.as_deref().and_then(|code| code.parse().ok()).filter(|code| (400..600).contains(code));
        let status = late.filter(|_| (200..300).contains(&error.status)).unwrap_or(error.status);
        Self { status, code: lower(&error.code), kind: lower(&error.error_type), words }
    }

    /// Whether code or type are one of these, as a whole or in part.
    fn is(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.code.contains(name) || self.kind.contains(name))
    }

    /// Whether any of these stands in the words.
    fn says(&self, words: &[&str]) -> bool {
        words.iter().any(|words| self.words.contains(words))
    }
}

/// The first rule that fits names the cause: what is certain from a code comes before words, words before the status.
fn recognised_id(error: &ApiError) -> &'static str {
    let clues = Clues::of(error);
    if error.is_html() && !clues.words.is_empty() {
        return page(&clues);
    }
    if let Some(id) = wordpress(&clues) {
        return id;
    }
    let rules = [
        ("missing_scope", clues.is(&["missing_scope"]) || clues.says(&["missing scope"])),
        ("org_unverified", clues.says(&["organization must be verified", "organisation must be verified"])),
        (
            "missing_key",
            clues.says(&[
                "no cookie auth",
                "didn't provide an api key",
                "did not provide an api key",
                "no api key",
                "missing api key",
                "missing authorization header",
                "x-api-key header is required",
                "missing bearer",
            ]),
        ),
        (
            "invalid_key",
            clues.is(&["invalid_api_key", "api_key_invalid", "invalidapikey", "account_deactivated"])
                || clues.says(&[
                    "incorrect api key",
                    "invalid api key",
                    "api key not valid",
                    "invalid x-api-key",
                    "invalid subscription key",
                    "api key expired",
                    "expired api key",
                ]),
        ),
        ("request_too_large", clues.is(&["request_too_large"]) || clues.says(&["request too large"])),
        // Google says "exceeded your current quota" of a limit per minute too, and then how long to wait.
        (
            "rate_limit",
            clues.is(&["resource_exhausted"])
                && error.retry_after.is_some_and(|seconds| seconds < LONG_WAIT)
                && !clues.says(&["limit: 0"]),
        ),
        (
            "quota_exhausted",
            clues.is(&["insufficient_quota", "budget_exceeded", "quota_exceeded"])
                || clues.says(&[
                    "exceeded your current quota",
                    "exceeded budget",
                    "budget has been exceeded",
                    "specified api usage limits",
                ])
                || (clues.status == 429
                    && error.retry_after.is_none()
                    && clues.says(&["per-day", "per day", "daily limit"]))
                || (clues.status == 429 && error.retry_after.is_some_and(|seconds| seconds >= LONG_WAIT)),
        ),
        ("rate_limit", clues.is(&["rate_limit_exceeded"]) || clues.says(&["rate limit reached"])),
        (
            "billing",
            clues.status == 402
                || clues.is(&["billing"])
                || clues.says(&[
                    "credit balance is too low",
                    "insufficient credits",
                    "insufficient balance",
                    "purchase credits",
                    "billing hard limit",
                    "billing details",
                ]),
        ),
        (
            "context_length",
            clues.is(&["context_length"])
                || clues.says(&[
                    "context length",
                    "context window",
                    "maximum context",
                    "prompt is too long",
                    "reduce the length of the messages",
                    "exceeds the available context size",
                    "input token count",
                    "max_tokens must be at least 1",
                ]),
        ),
        (
            "content_blocked",
            clues.is(&[
                "content_filter",
                "content_policy",
                "invalid_prompt",
                "responsibleai",
                "moderation_blocked",
            ]) || clues.says(&[
                "content management policy",
                "flagged as potentially violating",
                "requires moderation",
            ]),
        ),
        (
            "region_blocked",
            clues.is(&["unsupported_country"])
                || clues.says(&["location is not supported", "country, region, or territory"]),
        ),
        (
            "model_not_found",
            clues.is(&[
                "model_not_found",
                "deploymentnotfound",
                "model_decommissioned",
                "invalid_model",
                "model_not_supported",
            ]) || clues.says(&["is not a valid model", "invalid model", "model does not exist"])
                || (clues.status == 404 && clues.says(&["model", "deployment"])),
        ),
        ("overloaded", clues.is(&["overloaded"]) || clues.says(&["overloaded", "capacity exceeded"])),
        (
            "ip_blocked",
            clues.says(&["error code: 1020", "error code: 1006", "error code: 1007", "error code: 1008"]),
        ),
        ("rate_limit", clues.is(&["rate_limit", "too_many_requests", "throttl", "resource_exhausted"])),
        (
            "server_error",
            clues.is(&["server_error", "api_error"]) && !matches!(clues.status, 502..=504 | 520..=530),
        ),
        ("bad_parameter", matches!(clues.status, 400 | 422)),
        ("invalid_key", clues.status == 401 || clues.is(&["authentication_error", "unauthenticated"])),
        ("permission", clues.status == 403 || clues.is(&["permission_error", "permission_denied"])),
        ("request_too_large", clues.status == 413),
        ("wrong_base_url", matches!(clues.status, 404 | 405)),
    ];
    match rules.iter().find(|(_, fits)| *fits) {
        Some((id, _)) => id,
        None if (200..300).contains(&clues.status) && clues.words.is_empty() => {
            // A stream in which nobody speaks of an error, and that was handed over as one, broke off.
            if error.content_type.as_deref() == Some("text/event-stream") {
                "stream_cut"
            } else {
                "empty_reply"
            }
        }
        None => by_status(clues.status, !clues.words.is_empty()),
    }
}

/// What WordPress says of its own REST API
/// (<https://developer.wordpress.org/rest-api/>); its codes are the same in every language, its words are not.
fn wordpress(clues: &Clues) -> Option<&'static str> {
    let code = clues.code.as_str();
    if ["rest_cookie_invalid_nonce", "rest_invalid_nonce"].contains(&code) {
        Some("wp_nonce")
    } else if code == "rest_no_route" {
        Some("wp_no_route")
    } else if clues.says(&["critical error on this website", "critical error on your website"]) {
        Some("wp_php_error")
    } else if [
        "rest_forbidden",
        "rest_cannot",
        "rest_disabled",
        "rest_not_logged_in",
        "rest_login_required",
        "rest_api_auth",
    ]
    .iter()
    .any(|start| code.starts_with(start))
        || code == "rest_authentication_error"
    {
        Some("wp_rest_blocked")
    } else {
        None
    }
}

/// A web page in place of an answer: a middle box, or a log-in.
fn page(clues: &Clues) -> &'static str {
    if let Some(id) = wordpress(clues) {
        return id;
    }
    match clues.status {
        _ if clues.says(&["briefly unavailable for scheduled maintenance"]) => "wp_maintenance",
        _ if clues.says(&["fatal error: ", "parse error: "])
            && clues.says(&[".php", "[path]", "uncaught"]) =>
        {
            "wp_php_error"
        }
        _ if clues.says(&["wp-login", "— wordpress", "&#8212; wordpress"]) && clues.says(&["log in"]) => {
            "wp_login_redirect"
        }
        // WP Cerber, Wordfence and All-In-One Security, in their own words.
        _ if clues.says(&[
            "similar to automated requests",
            "wordfence",
            "limited by the site owner",
            "wp cerber",
            "aiowps",
        ]) =>
        {
            "wp_rest_blocked"
        }
        _ if clues.says(&["just a moment", "challenge", "enable javascript and cookies"]) => "challenge",
        413 => "body_too_large",
        504 | 522 | 524 => "gateway_timeout",
        502 | 503 | 520 | 521 | 523 | 525..=530 => "upstream_unavailable",
        _ if ["1006", "1007", "1008", "1009", "1010", "1012", "1020"].contains(&clues.code.as_str())
            || clues.says(&["you have been blocked", "has been blocked", "sucuri website firewall"]) =>
        {
            "ip_blocked"
        }
        _ if clues.code == "1015" => "rate_limit",
        _ => "gateway_html",
    }
}

fn by_status(status: u16, says_something: bool) -> &'static str {
    match status {
        429 => "rate_limit",
        502 | 520 | 521 | 523 => "upstream_unavailable",
        503 | 529 => "overloaded",
        504 | 522 | 524 => "gateway_timeout",
        500..=599 => "server_error",
        200..=299 if says_something => "server_error",
        _ => "unknown",
    }
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
    fn ids_are_unique() {
        for (at, cause) in ALL.iter().enumerate() {
            assert!(ALL[at + 1..].iter().all(|other| other.id != cause.id), "{} stands twice", cause.id);
        }
    }

    #[test]
    fn every_recognised_id_is_catalogued() {
        for status in [200, 400, 401, 402, 403, 404, 413, 418, 422, 429, 500, 502, 503, 504, 529] {
            let id = recognised_id(&error(status, "", ""));
            assert!(find(id).is_some(), "{id}");
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
        assert_eq!(recognise(&error(404, "404", "File Not Found")).id, "wrong_base_url");
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
    fn a_reply_in_which_nobody_speaks_is_told_by_its_kind() {
        let silent =
            |kind: &str| ApiError { status: 200, content_type: Some(kind.to_owned()), ..ApiError::default() };
        assert_eq!(recognise(&silent("text/event-stream")).id, "stream_cut");
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
