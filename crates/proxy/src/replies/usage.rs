//! Whether what a provider says of its tokens can be believed: some count nothing, and some count wrongly.

use candor_diagnosis::completions::Usage;

/// How many times more or fewer tokens than are estimated by length a text can have.
const FACTOR: u64 = 8;

/// What a text may have beside that: a gateway's own prompt, or thoughts that nobody is shown.
const MAX_HIDDEN_INPUT_TOKENS: u64 = 20_000;
const MAX_HIDDEN_OUTPUT_TOKENS: u64 = 200_000;

/// Whether it can be so, where a text of this length was sent and written.
pub fn is_plausible(said: Usage, estimated: Usage) -> bool {
    let fits = |said: u64, estimated: u64, hidden: u64| {
        (estimated / FACTOR..=estimated.saturating_mul(FACTOR).saturating_add(hidden)).contains(&said)
    };
    fits(said.input, estimated.input, MAX_HIDDEN_INPUT_TOKENS)
        && fits(said.output, estimated.output, MAX_HIDDEN_OUTPUT_TOKENS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_not_believed() {
        let estimated = Usage { input: 800, output: 400 };
        for (input, output) in [(700, 300), (1200, 9000), (100, 50), (3000, 400)] {
            assert!(is_plausible(Usage { input, output }, estimated), "{input} {output}");
        }
        for (input, output) in [(0, 0), (700, 0), (0, 300), (u64::MAX, 300), (700, u64::MAX)] {
            assert!(!is_plausible(Usage { input, output }, estimated), "{input} {output}");
        }
    }
}
