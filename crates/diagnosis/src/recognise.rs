//! Names the cause that is behind an error.

use candor_protocol::api_error::ApiError;

use crate::catalogue::{Entry, entries};
use crate::rule::Clues;

/// What an API's error means: the cause of the first rule that fits.
pub fn recognise(error: &ApiError) -> &'static Entry {
    let clues = Clues::of(error);
    entries::ORDER.iter().find(|(rule, _)| rule.fits(&clues)).map_or(&entries::unknown, |(_, entry)| entry)
}

/// The same of what a provider answered, or something in its place: a WordPress there is a wrong address, and not the one that the
/// chat’s page stands on.
pub fn recognise_upstream(error: &ApiError) -> &'static Entry {
    let clues = Clues::of(error);
    entries::ORDER
        .iter()
        .filter(|(_, entry)| !is_of_the_page(entry))
        .find(|(rule, _)| rule.fits(&clues))
        .map_or(&entries::unknown, |(_, entry)| entry)
}

/// Whether only the WordPress that the chat’s page stands on has such a failure.
fn is_of_the_page(entry: &Entry) -> bool {
    entry.id().starts_with("wp_")
}

/// What a provider's error means whose words are not told: where its code leaves no doubt, whatever they are. A bare status would often
/// be taken for another cause.
pub fn recognise_by_code(error: &ApiError) -> Option<&'static Entry> {
    let clues = Clues::of(error);
    let certain = &entries::ORDER[..entries::CERTAIN];
    let mut by_code = certain
        .iter()
        .filter(|(rule, entry)| !rule.code.is_empty() && rule.unless.is_empty() && !is_of_the_page(entry));
    by_code.find(|(rule, _)| rule.fits(&clues)).map(|(_, entry)| *entry)
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
    fn a_missing_scope_is_told_from_a_wrong_key() {
        let scope = error(
            401,
            "",
            "You have insufficient permissions for this operation. Missing scopes: model.request.",
        );
        assert_eq!(recognise(&scope).id(), "missing_scope");
        assert_eq!(
            recognise(&error(401, "invalid_api_key", "Incorrect API key provided")).id(),
            "invalid_key"
        );
    }

    #[test]
    fn a_path_that_is_not_there_is_told_from_a_model_that_is_not_there() {
        // llama.cpp's server, asked at /v2/chat/completions and, as OpenAI's API, for a model that it does not have.
        let no_path = ApiError {
            error_type: Some("not_found_error".to_owned()),
            ..error(404, "404", "File Not Found")
        };
        assert_eq!(recognise(&no_path).id(), "wrong_base_url");
        assert_eq!(recognise(&error(404, "", "The model `gpt-9` does not exist")).id(), "model_not_found");
    }

    #[test]
    fn wordpress_is_known_by_its_codes() {
        // https://developer.wordpress.org/rest-api/: the codes stay, the words are translated.
        assert_eq!(
            recognise(&error(403, "rest_cookie_invalid_nonce", "Cookie-Prüfung fehlgeschlagen")).id(),
            "wp_nonce"
        );
        assert_eq!(recognise(&error(404, "rest_no_route", "")).id(), "wp_no_route");
        assert_eq!(recognise(&error(401, "rest_forbidden", "")).id(), "wp_rest_blocked");
    }

    #[test]
    fn a_wordpress_in_the_place_of_a_provider_is_a_wrong_address() {
        let login = ApiError {
            message: Some("Log In ‹ My Shop — WordPress".to_owned()),
            content_type: Some("text/html".to_owned()),
            ..ApiError { status: 200, ..ApiError::default() }
        };
        assert_eq!(recognise(&login).id(), "wp_login_redirect");
        assert_eq!(recognise_upstream(&login).id(), "gateway_html");
        let no_route = error(404, "rest_no_route", "No route was found matching the URL and request method.");
        assert_eq!(recognise(&no_route).id(), "wp_no_route");
        assert_eq!(recognise_upstream(&no_route).id(), "wrong_base_url");
        assert_eq!(recognise_by_code(&no_route).map(Entry::id), None);
    }

    #[test]
    fn a_status_that_comes_in_the_stream_counts() {
        assert_eq!(recognise(&error(200, "429", "Slow down")).id(), "rate_limit");
        assert_eq!(recognise(&error(200, "502", "Provider disconnected")).id(), "upstream_unavailable");
    }

    #[test]
    fn so_does_one_that_an_error_names_in_a_field_of_its_own() {
        for (words, expected) in [
            (
                r#"{"error":{"code":"bad_gateway","message":"Something","status":502}}"#,
                "upstream_unavailable",
            ),
            (r#"{"error":{"message":"Something","http_status":"503"}}"#, "overloaded"),
            (r#"{"error":{"message":"Something","httpStatusCode":429}}"#, "rate_limit"),
            (r#"{"error":{"message":"Something"},"status":504}"#, "gateway_timeout"),
            (r#"{"error":{"message":"Something","status":"INTERNAL"},"status":200}"#, "server_error"),
        ] {
            let value = serde_json::from_str(words).unwrap();
            let in_stream = crate::reader::read_value(200, &value).unwrap();
            let whole = crate::reader::read(200, [], words.as_bytes());
            assert_eq!((recognise(&in_stream).id(), recognise(&whole).id()), (expected, expected), "{words}");
        }
        let refused = crate::reader::read(400, [], br#"{"error":{"message":"Something","status":502}}"#);
        assert_eq!(refused.status, 400, "a reply that was refused has its own");
    }

    #[test]
    fn a_request_that_is_too_large_is_no_wait() {
        let message = "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000.";
        assert_eq!(recognise(&error(429, "rate_limit_exceeded", message)).id(), "request_too_large");
    }

    #[test]
    fn a_reply_in_which_nobody_speaks_is_empty() {
        let silent =
            |kind: &str| ApiError { status: 200, content_type: Some(kind.to_owned()), ..ApiError::default() };
        assert_eq!(recognise(&silent("text/event-stream")).id(), "empty_reply");
        assert_eq!(recognise(&silent("application/json")).id(), "empty_reply");
    }

    #[test]
    fn a_503_in_which_nobody_speaks_comes_from_before_the_provider() {
        let silent = ApiError { status: 503, ..ApiError::default() };
        assert_eq!(recognise(&silent).id(), "upstream_unavailable");
        assert_eq!(recognise(&error(503, "", "The model is overloaded")).id(), "overloaded");
    }

    #[test]
    fn a_model_that_crashed_is_no_fault_of_the_request() {
        // https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/1057, which LM Studio's server sends with 400.
        let crashed =
            "The model has crashed without additional information. (Exit code: 18446744072635812000)";
        assert_eq!(recognise(&error(400, "", crashed)).id(), "server_error");
    }

    #[test]
    fn a_429_without_quota_is_not_a_wait() {
        assert_eq!(recognise(&error(429, "insufficient_quota", "")).id(), "quota_exhausted");
        assert_eq!(recognise(&error(429, "rate_limit_exceeded", "Rate limit reached")).id(), "rate_limit");
        let daily = ApiError { retry_after: Some(86_400), ..error(429, "", "Too many tokens") };
        assert_eq!(recognise(&daily).id(), "quota_exhausted");
    }

    #[test]
    fn a_link_to_the_billing_page_does_not_make_it_a_matter_of_billing() {
        let limit = error(
            429,
            "",
            "Please slow down. Need more? Upgrade at https://console.groq.com/settings/billing",
        );
        assert_eq!(recognise(&limit).id(), "rate_limit");
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
        assert_eq!(recognise(&page).id(), "gateway_html");
        assert_eq!(recognise(&ApiError { content_type: None, text: None, ..page }).id(), "permission");
    }
}
