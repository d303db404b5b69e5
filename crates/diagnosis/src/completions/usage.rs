//! How many tokens a question and its answer have had, as the provider counts them.

use serde_json::Value;

/// So many tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Of what was sent.
    pub input: u64,
    /// Of what was written, thoughts included.
    pub output: u64,
}

impl Usage {
    /// What a chunk says of it. xAI and Gemini leave what the model thought out of `completion_tokens`, and have it in
    /// `total_tokens` alone: whatever that holds beyond what was sent was written. A total that is less than its parts is none.
    pub(super) fn said_in(chunk: &Value) -> Option<Self> {
        let usage = chunk.get("usage")?;
        let count = |name: &str| usage.get(name)?.as_u64();
        let (input, completion) = (count("prompt_tokens")?, count("completion_tokens")?);
        let beyond_input = count("total_tokens").and_then(|total| total.checked_sub(input));
        Some(Self { input, output: completion.max(beyond_input.unwrap_or_default()) })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_count_is_read_as_the_cases_have_it() {
        let file: Value = serde_json::from_str(include_str!("../../usage.cases.json")).unwrap();
        for case in file["cases"].as_array().unwrap() {
            let said = Usage::said_in(&json!({ "choices": [], "usage": case["usage"] }));
            let said = said.map(|Usage { input, output }| json!({ "input": input, "output": output }));
            assert_eq!(said.unwrap_or_default(), case["tokens"], "{case}");
        }
    }
}
