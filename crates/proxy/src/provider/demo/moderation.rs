//! The demo's moderation, which flags a message and fails on demand: where a message is `fail: ` with the id of the cause that is to
//! come of it.

use candor_protocol::cause::known;
use serde_json::json;

use super::{Answer, whole};

/// What comes back for messages that want these failures, or none.
pub fn answer(wanted: &[Option<&str>]) -> Answer {
    let wants = |cause| wanted.contains(&Some(cause));
    let (status, body) = if wants(known::moderation_refused.id) {
        // As where there is no moderation: https://github.com/betalgo/openai/issues/496.
        (404, json!({ "error": { "code": "404", "message": "Resource not found" } }))
    } else if wants(known::moderation_unavailable.id) {
        // https://github.com/openai/openai-cookbook/issues/844 has the form.
        (503, json!({ "error": { "message": "The server is overloaded.", "type": "server_error" } }))
    } else {
        let verdict = |wanted: &Option<&str>| {
            let is_flagged = *wanted == Some(known::message_flagged.id);
            json!({ "flagged": is_flagged, "categories": { "harassment": is_flagged, "violence": false } })
        };
        // https://developers.openai.com/docs/guides/moderation
        (200, json!({ "results": wanted.iter().map(verdict).collect::<Vec<_>>() }))
    };
    whole(status, "application/json", &[], body.to_string())
}
