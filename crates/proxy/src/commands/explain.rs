//! `candor explain`: what is behind a reply or a pasted message, for people, or one JSON object a line.

use std::io::{self, Read, Write};

use candor_diagnosis::explain;

use super::print::{print_advice, print_facts};

/// The most bytes that are read from standard input.
const MAX_INPUT_BYTES: u64 = 16 * 1024 * 1024;

/// Explains everything in `input`, a reply or a pasted message after the other. Whether there was anything.
///
/// # Errors
/// Where `input` cannot be read, or `out` not be written to.
pub fn explain(input: impl Read, json: bool, out: &mut impl Write) -> io::Result<bool> {
    let mut bytes = Vec::new();
    input.take(MAX_INPUT_BYTES).read_to_end(&mut bytes)?;
    let explanations = explain::text(&String::from_utf8_lossy(&bytes));
    for (at, explanation) in explanations.iter().enumerate() {
        if json {
            writeln!(out, "{}", serde_json::to_string(&explanation.line())?)?;
            continue;
        }
        if at > 0 {
            writeln!(out)?;
        }
        let (Some(entry), Some(advice)) = (explanation.entry, explanation.advice()) else {
            writeln!(out, "Nothing failed: this is a whole answer.")?;
            continue;
        };
        writeln!(out, "{}: {}", advice.name, entry.verdict)?;
        print_facts(Some(&explanation.error), entry.id(), out)?;
        writeln!(out, "      link: {}", entry.cause.link.name())?;
        print_advice(Some(entry), &advice, out)?;
    }
    Ok(!explanations.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn explained(input: &str, json: bool) -> String {
        let mut out = Vec::new();
        explain(input.as_bytes(), json, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_pasted_message_is_explained_with_its_steps() {
        let said =
            explained("API Error Type: invalid_request_error Message: Missing scopes: model.request.", false);
        for words in [
            "Key lacks a permission",
            "type: invalid_request_error",
            "cause: missing_scope",
            "  1. ",
            "“model.request”",
        ] {
            assert!(said.contains(words), "{words} is missing in: {said}");
        }
    }

    #[test]
    fn json_has_every_key_and_one_line_a_reply() {
        let input = "{\"status\":401,\"headers\":{},\"body\":\"\"}\n{\"status\":429,\"headers\":{\"retry-after\":\"3\"},\"body\":\"\"}\n";
        let lines: Vec<Value> =
            explained(input, true).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        for key in ["type", "code", "param", "message", "request_id", "retry_after", "cause", "link"] {
            assert!(lines.iter().all(|line| line.get(key).is_some()), "{key}");
        }
        assert_eq!((&lines[1]["cause"], &lines[1]["retry_after"]), (&json!("rate_limit"), &json!(3)));
        assert_eq!(lines[0]["link"], "provider");
    }

    #[test]
    fn a_foreign_server_cannot_write_into_the_terminal() {
        let said =
            explained("{\"status\":400,\"body\":\"{\\\"error\\\":\\\"a\\\\u001b[2Jb\\\\nc\\\"}\"}", false);
        assert!(!said.contains('\u{1b}') && said.contains("message: a [2Jb c"), "{said:?}");
    }
}
