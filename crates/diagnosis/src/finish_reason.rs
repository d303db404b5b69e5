//! What the `finish_reason` of an answer means, by the words of `finish_reasons.toml`, which the proxy in PHP reads as well.

/// A reason that a provider documents.
pub(crate) struct FinishReason {
    name: &'static str,
    /// What it says of the answer.
    pub meaning: Meaning,
    /// What is said of it where the provider says nothing more.
    pub message: Option<&'static str>,
}

/// What a reason says of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It is whole.
    Done,
    /// It ended to call a tool.
    ToolCall,
    /// It was cut off at a limit of tokens.
    Length,
    /// It was withheld, or ended, by a filter.
    Filter,
    /// It failed.
    Failure,
}

include!(concat!(env!("OUT_DIR"), "/finish_reasons.rs"));

/// The reason of that name; `None` where nothing is known of it.
pub(crate) fn find(name: &str) -> Option<&'static FinishReason> {
    ALL.iter().find(|reason| reason.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::completions::{CompletionReader, End, Piece};

    #[test]
    fn each_reason_is_read_as_the_cases_have_it() {
        let file: Value = serde_json::from_str(include_str!("../finish_reasons.cases.json")).unwrap();
        let cases = file["cases"].as_array().unwrap();
        for case in cases {
            let mut reader = CompletionReader::new(200, []);
            let chunks = case["chunks"].as_array().unwrap().iter();
            let body: String =
                chunks.map(|choice| format!("data: {}\n\n", json!({"choices": [choice]}))).collect();
            let failure = reader.push(body.as_bytes()).into_iter().find_map(|piece| match piece {
                Piece::Failed(error) => Some(error),
                Piece::Text(_) | Piece::Thinking | Piece::Reasoning(_) | Piece::Retracted => None,
            });
            let read = match failure {
                Some(error) => {
                    let fields =
                        [("type", error.error_type), ("code", error.code), ("message", error.message)];
                    let said = fields.into_iter().filter_map(|(name, value)| Some((name, value?)));
                    json!({"failure": said.collect::<std::collections::BTreeMap<_, _>>()})
                }
                None => json!({"end": match reader.end() {
                    End::Complete => "complete",
                    End::Cut => "cut",
                    End::Empty => "empty",
                    End::Truncated => "truncated",
                }}),
            };
            for name in ["end", "failure"] {
                assert_eq!(read.get(name), case.get(name), "{case}");
            }
        }
        let tried: String = cases.iter().map(Value::to_string).collect();
        for reason in ALL {
            assert!(tried.contains(&format!(r#""finish_reason":"{}""#, reason.name)), "{}", reason.name);
        }
    }
}
