//! The list of models, as an API answers when it is asked for it.

use candor_protocol::api_error::ApiError;
use candor_protocol::cause::{Cause, known};
use serde_json::Value;

use crate::reader;
use crate::recognise::recognise_upstream;

/// Reads the answer. A success in which there is an error, or no list, is none.
///
/// # Errors
/// What came in the place of a list, and what is behind it.
pub fn read<'a>(
    status: u16,
    headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    body: &[u8],
) -> Result<(), (&'static Cause, ApiError)> {
    let value = serde_json::from_slice(body.trim_ascii()).ok();
    let is_error = value.as_ref().is_some_and(|value| reader::read_value(status, value).is_some());
    if (200..300).contains(&status) && !is_error && value.as_ref().is_some_and(is_list) {
        return Ok(());
    }
    let error = reader::read(status, headers, body);
    // JSON in which nobody says anything comes from something else than such an API.
    let is_other = (200..300).contains(&status) && value.is_some() && !is_error;
    Err((if is_other { &known::wrong_base_url } else { recognise_upstream(&error).cause }, error))
}

/// OpenAI’s form, Ollama’s own, and the bare list of Together. A server written in Go may say `null` for an empty list.
fn is_list(value: &Value) -> bool {
    let holds = |name: &str| value.get(name).is_some_and(Value::is_array);
    value.is_array()
        || holds("data")
        || holds("models")
        || (value.get("object").and_then(Value::as_str) == Some("list") && value.get("data").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(status: u16, body: &str) -> Option<&'static str> {
        read(status, [], body.as_bytes()).err().map(|(cause, _)| cause.id)
    }

    #[test]
    fn a_list_is_one_in_each_of_its_forms() {
        for list in [
            r#"{"object":"list","data":[{"id":"m"}]}"#,
            r#"{"object":"list","data":null}"#,
            r#"{"models":[{"name":"m"}]}"#,
            r#" [{"id":"m"}]"#,
        ] {
            assert_eq!(cause(200, list), None, "{list}");
        }
    }

    #[test]
    fn a_success_without_a_list_is_none() {
        // https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/618
        let error = r#"{"error":"Unexpected endpoint or method. (GET /models)"}"#;
        assert_eq!(cause(200, error), Some("wrong_base_url"));
        assert_eq!(cause(200, r#"{"status":"ok"}"#), Some("wrong_base_url"));
        assert_eq!(cause(200, "<html><head><title>Log In</title></head></html>"), Some("gateway_html"));
        let key = r#"{"error":{"message":"Incorrect API key provided: x"},"data":[]}"#;
        assert_eq!(cause(200, key), Some("invalid_key"));
        assert_eq!(cause(200, ""), Some("empty_reply"));
        assert_eq!(cause(401, r#"{"object":"list","data":[]}"#), Some("invalid_key"));
    }
}
