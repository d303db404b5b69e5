//! The failures that the demo plays, each as a real API or firewall answers. Every body names its source.

use std::collections::BTreeMap;

use bytes::Bytes;
use candor_diagnosis::explain;
use futures_util::{StreamExt, future, stream};

use super::{Answer, chunk, finish, streamed, whole, words};
use crate::provider::{Stage, TransportError};

/// The request id that the demo answers with, in the form of OpenAI's.
pub const REQUEST_ID: &str = "req_demo0123456789abcdef0123456789ab";

/// Every failure's name, as a visitor asks for it.
pub const NAMES: &[&str] = &[
    "missing scopes",
    "invalid key",
    "no quota",
    "rate limit",
    "unknown model",
    "overloaded",
    "server error",
    "firewall",
    "broken stream",
    "stalled stream",
    "timeout",
    "empty",
    "error in stream",
    "length limit",
];

/// A failure to play.
pub enum Failure {
    /// A whole reply.
    Reply {
        status: u16,
        content_type: &'static str,
        headers: &'static [(&'static str, &'static str)],
        body: &'static str,
    },
    /// A reply of the catalogue's rehearsals.
    Rehearsal(Box<Rehearsal>),
    /// No reply, for want of a connection.
    Unreachable(Stage),
    /// Some words, and then the connection breaks.
    BrokenStream,
    /// Some words, and then nothing.
    StalledStream,
    /// Some words, and then an error.
    ErrorInStream,
    /// A stream without a word.
    Empty,
    /// Some words, and then a limit of tokens.
    LengthLimit,
    /// No reply at all.
    Timeout,
}

const JSON: &str = "application/json";
const SOME_WORDS: &str = "Here is the start of an answer, and as you ";

/// The failure of that name, whatever its case.
pub fn find(name: &str) -> Option<Failure> {
    let reply = |status, body| Failure::Reply { status, content_type: JSON, headers: &[], body };
    Some(match name.to_lowercase().as_str() {
        // Type and message: https://wordpress.org/support/topic/missing-permissions/. Envelope and status: OpenAI's
        // error format, https://platform.openai.com/docs/guides/error-codes.
        "missing scopes" | "missing scope" => reply(
            403,
            r#"{"error":{"message":"You have insufficient permissions for this operation. Missing scopes: model.request. Check that you have the correct role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if you're using a restricted API key, that it has the necessary scopes.","type":"invalid_request_error","param":null,"code":null}}"#,
        ),
        // https://platform.openai.com/docs/guides/error-codes, "401 - Incorrect API key provided", in
        // OpenAI's envelope. The key is made up.
        "invalid key" => reply(
            401,
            r#"{"error":{"message":"Incorrect API key provided: sk-demo*************************7890. You can find your API key at https://platform.openai.com/account/api-keys.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#,
        ),
        // https://github.com/openai/openai-cookbook/issues/844
        "no quota" => reply(
            429,
            r#"{"error":{"message":"You exceeded your current quota, please check your plan and billing details.","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
        ),
        // https://github.com/OpenBMB/ChatDev/issues/26; the organisation is made up. Header:
        // https://platform.openai.com/docs/guides/rate-limits.
        "rate limit" => Failure::Reply {
            status: 429,
            content_type: JSON,
            headers: &[("retry-after", "20")],
            body: r#"{"error":{"message":"Rate limit reached for gpt-4o-mini in organization org-demo0123456789abcdefghij on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s. Visit https://platform.openai.com/account/rate-limits to learn more.","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#,
        },
        // https://github.com/rd-1-2022/ai-openai-helloworld/issues/9
        "unknown model" => reply(
            404,
            r#"{"error":{"message":"The model `gpt-4o` does not exist or you do not have access to it.","type":"invalid_request_error","param":null,"code":"model_not_found"}}"#,
        ),
        // https://github.com/ikechan8370/chatgpt-plugin/issues/125
        "overloaded" => reply(
            503,
            r#"{"error":{"message":"That model is currently overloaded with other requests. You can retry your request, or contact us through our help center at help.openai.com if the error persists. (Please include the request ID 500d9fff2057e4af93a280f67002c342 in your message.)","type":"server_error","param":null,"code":null}}"#,
        ),
        // https://github.com/ai-genie/chatgpt-vscode/issues/100
        "server error" => reply(
            500,
            r#"{"error":{"message":"The server had an error processing your request. Sorry about that! You can retry your request, or contact us through our help center at help.openai.com if you keep seeing this error. (Please include the request ID e5c949c8ec2c86be225544e5eefcbe4d in your email.)","type":"server_error","param":null,"code":null}}"#,
        ),
        // Shortened from https://github.com/AlizerUncaged/desktop-waifu/issues/261
        "firewall" => Failure::Reply {
            status: 403,
            content_type: "text/html; charset=UTF-8",
            headers: &[("server", "cloudflare")],
            body: "<!DOCTYPE html>\n<html class=\"no-js\" lang=\"en-US\">\n<head>\n<title>Attention Required! | Cloudflare</title>\n</head>\n<body>\n<h1>Sorry, you have been blocked</h1>\n<h2>You are unable to access api.openai.com</h2>\n<p>This website is using a security service to protect itself from online attacks.</p>\n</body>\n</html>\n",
        },
        "broken stream" => Failure::BrokenStream,
        "stalled stream" => Failure::StalledStream,
        "error in stream" => Failure::ErrorInStream,
        "empty" | "empty reply" => Failure::Empty,
        "length limit" => Failure::LengthLimit,
        "timeout" => Failure::Timeout,
        _ => return rehearsal(name),
    })
}

/// The failure by which a cause of the catalogue is rehearsed, by the cause's id.
fn rehearsal(cause: &str) -> Option<Failure> {
    Some(match cause.to_lowercase().as_str() {
        "stream_cut" => Failure::BrokenStream,
        "stream_stalled" => Failure::StalledStream,
        "empty_reply" => Failure::Empty,
        "token_limit" => Failure::LengthLimit,
        "dns_failure" => Failure::Unreachable(Stage::Dns),
        "tls_failure" => Failure::Unreachable(Stage::Tls),
        "unreachable_provider" => Failure::Unreachable(Stage::Connect),
        cause => {
            let found = REHEARSALS.lines().filter_map(|line| serde_json::from_str::<Rehearsal>(line).ok());
            let found = found.into_iter().find(|rehearsal| rehearsal.cause == cause)?;
            Failure::Rehearsal(Box::new(found))
        }
    })
}

/// What a rehearsed reply says, as support forums know it. `None` where nobody says anything.
pub fn example(cause: &str) -> Option<String> {
    let Some(Failure::Rehearsal(reply)) = rehearsal(cause) else { return None };
    let headers = reply.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let headers = headers.chain([("content-type", reply.content_type.as_str())]);
    let said = explain::reply(reply.status, headers, reply.body.as_bytes()).error;
    let kind = said.error_type.or(said.code);
    let message = said.message.or(said.text)?;
    let message = message.lines().collect::<Vec<_>>().join(" ");
    Some(format!(
        "status {}, `API Error Type: {} Message: {message}`",
        said.status,
        kind.as_deref().unwrap_or("none given")
    ))
}

/// Replies by which causes are rehearsed, one for each, with its source.
const REHEARSALS: &str = include_str!("../../../rehearsals.jsonl");

/// One of them.
#[derive(serde::Deserialize)]
pub struct Rehearsal {
    cause: String,
    status: u16,
    content_type: String,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Failure {
    /// What the provider answers.
    pub async fn play(self) -> Result<Answer, TransportError> {
        Ok(match self {
            Self::Reply { status, content_type, headers, body } => whole(status, content_type, headers, body),
            Self::Rehearsal(rehearsal) => {
                let Rehearsal { status, content_type, headers, body, .. } = *rehearsal;
                let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                whole(status, &content_type, &headers, body)
            }
            Self::Unreachable(stage) => {
                return Err(TransportError::new(stage, "this is a rehearsal"));
            }
            Self::BrokenStream => {
                let cut = TransportError::new(Stage::Broken, "unexpected end of the stream");
                streamed(words(SOME_WORDS).chain(stream::iter([chunk(&serde_json::json!({"content": "see"}), None), Err(cut)])))
            }
            Self::StalledStream => streamed(words(SOME_WORDS).chain(stream::pending())),
            // https://platform.openai.com/docs/guides/error-codes, "500 - The server had an error while processing your
            // request", in the form in which openai-python's src/openai/_streaming.py looks for it.
            Self::ErrorInStream => streamed(words(SOME_WORDS).chain(stream::iter([Ok(Bytes::from_static(
                b"data: {\"error\":{\"message\":\"The server had an error while processing your request. Sorry about that!\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n",
            ))]))),
            Self::Empty => streamed(finish("stop")),
            // https://platform.openai.com/docs/api-reference/chat/streaming, `finish_reason`.
            Self::LengthLimit => streamed(words(SOME_WORDS).chain(finish("length"))),
            Self::Timeout => future::pending().await,
        })
    }
}

#[cfg(test)]
mod tests {
    use candor_diagnosis::catalogue::ALL;

    use super::*;

    #[test]
    fn every_name_is_found() {
        for name in NAMES {
            assert!(find(name).is_some(), "{name}");
            assert!(find(&name.to_uppercase()).is_some(), "{name}");
        }
        assert!(find("").is_none());
    }

    #[test]
    fn each_cause_beyond_the_proxy_can_be_rehearsed_and_is_recognised() {
        for entry in ALL.iter().filter(|entry| entry.can_be_rehearsed()) {
            let failure = find(entry.id()).unwrap_or_else(|| panic!("{} cannot be rehearsed", entry.id()));
            if let Failure::Rehearsal(reply) = failure {
                let headers = reply.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                let headers = headers.chain([("content-type", reply.content_type.as_str())]);
                let explained = explain::reply(reply.status, headers, reply.body.as_bytes());
                assert_eq!(explained.entry, Some(*entry));
            }
        }
        for line in REHEARSALS.lines() {
            let reply: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(reply["source"].as_str().unwrap().starts_with("https://"), "{line}");
        }
    }
}
