//! Moderation by the provider's own endpoint, where the owner has set it: what visitors say is looked at before the model is asked.
//! What cannot be looked at is not sent.

use std::collections::{BTreeMap, BTreeSet};

use candor_diagnosis::reader;
use candor_diagnosis::redact::redact;
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::{Cause, known};
use serde::Deserialize;

use super::exchange::{self, Failure, Timeouts, Whole};
use crate::provider::Provider;
use crate::traces::ProviderCall;

/// The most bytes of an answer that are read: there is half a kilobyte for each text.
const MAX_ANSWER_BYTES: usize = 1024 * 1024;

/// What the endpoint answers (<https://developers.openai.com/docs/guides/moderation>).
#[derive(Deserialize)]
struct Moderation {
    /// One for each text.
    results: Vec<Verdict>,
}

#[derive(Deserialize)]
struct Verdict {
    flagged: bool,
    /// Some are null, where the model does not look for them.
    #[serde(default)]
    categories: BTreeMap<String, Option<bool>>,
}

/// Has texts looked at.
///
/// # Errors
/// `message_flagged` with the categories where one is not to be sent, `moderation_refused` or `moderation_unavailable` where that
/// cannot be known.
pub async fn moderate(provider: &dyn Provider, texts: &[&str], timeouts: Timeouts) -> Result<(), Failure> {
    let call = ProviderCall::begin("moderate", provider.host(), None);
    let answer = exchange::whole(call, provider.moderate(texts), timeouts, MAX_ANSWER_BYTES).await;
    let answer = answer.map_err(|failure| Failure { cause: &known::moderation_unavailable, ..failure })?;
    let moderation = read(&answer, texts.len()).ok_or_else(|| {
        let upstream = reader::read(answer.status, answer.headers(), &answer.body);
        Failure { cause: refused(upstream.status), upstream }
    })?;
    let flagged: Vec<_> = moderation.results.into_iter().filter(|verdict| verdict.flagged).collect();
    if flagged.is_empty() {
        return Ok(());
    }
    let categories = flagged.iter().flat_map(|verdict| &verdict.categories);
    let categories: BTreeSet<&str> =
        categories.filter(|(_, is_met)| **is_met == Some(true)).map(|(name, _)| name.as_str()).collect();
    let categories = categories.into_iter().collect::<Vec<_>>().join(", ");
    let categories = if categories.is_empty() { "no category is named".to_owned() } else { categories };
    Err(Failure {
        cause: &known::message_flagged,
        upstream: ApiError {
            error_type: Some("moderation".to_owned()),
            code: Some("flagged".to_owned()),
            message: Some(redact(&format!("Flagged by moderation: {categories}."))),
            ..reader::read(answer.status, answer.headers(), b"")
        },
    })
}

/// `None` where it is something else.
fn read(answer: &Whole, texts: usize) -> Option<Moderation> {
    let is_success = (200..300).contains(&answer.status);
    let moderation: Moderation = serde_json::from_slice(&answer.body).ok().filter(|_| is_success)?;
    (moderation.results.len() == texts).then_some(moderation)
}

/// Whether a refusal is of the moment.
fn refused(status: u16) -> &'static Cause {
    match status {
        408 | 429 | 500.. => &known::moderation_unavailable,
        _ => &known::moderation_refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Whole {
        Whole { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
    }

    #[test]
    fn what_is_no_verdict_on_each_text_opens_no_door() {
        let good = r#"{"results":[{"flagged":false,"categories":{"hate":false,"illicit":null}}]}"#;
        assert!(read(&answer(200, good), 1).is_some());
        for (status, body, texts) in [
            (200, good, 2),
            (404, good, 1),
            (200, r#"{"results":[]}"#, 1),
            (200, r#"{"results":[{}]}"#, 1),
            (200, r#"{"results":[{"flagged":"no"}]}"#, 1),
            (200, "{}", 1),
            (200, "", 1),
            (200, "<html>", 1),
        ] {
            assert!(read(&answer(status, body), texts).is_none(), "{status} {body}");
        }
    }

    #[test]
    fn only_a_refusal_of_the_moment_is_worth_another_try() {
        for (status, is_of_moment) in [(404, false), (401, false), (200, false), (429, true), (503, true)] {
            assert_eq!(refused(status).retryable, is_of_moment, "{status}");
        }
    }
}
