//! The examples of GitHub's extensions.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test uses a part")]
mod support;

use support::{examples, html};

/// The examples that deviate by decision, each with its reason.
const DEVIATIONS: &[(u32, &str)] =
    &[(628, "an address with ftp:// is no link: the widget would not follow it")];

#[test]
fn the_examples_of_github_pass() {
    let examples = examples(include_str!("fixtures/gfm-0.29.txt"));
    assert_eq!(examples.len(), 23);
    for example in &examples {
        let is = html(&example.markdown);
        let is_listed = DEVIATIONS.iter().any(|(number, _)| *number == example.number);
        assert_eq!(
            is == example.html,
            !is_listed,
            "{}\n{}\n{}\n{is}",
            example.number,
            example.markdown,
            example.html
        );
    }
}
