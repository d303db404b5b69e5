//! What the documents say of the code is there.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

#[test]
fn every_test_that_stands_behind_a_line_of_the_threats_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let document = fs::read_to_string(root.join("docs/security.md")).unwrap();
    let rows = document
        .lines()
        .filter(|line| line.starts_with("| ") && (line.contains(".rs`: `") || line.contains(".mjs`: `")));
    let mut count = 0;
    for row in rows {
        let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let (file, test) = cell.trim_matches('`').split_once("`: `").unwrap();
        let text = fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        // The last is a case of the suite that both proxies are held to.
        let begins = [format!("fn {test}("), format!("test('{test}'"), format!("'{test}': async ")];
        assert!(begins.iter().any(|begin| text.contains(begin)), "{file} has no {test}");
        count += 1;
    }
    let lines = document.lines().filter(|line| line.starts_with("| ")).count();
    assert_eq!(count, lines - 2, "each line names its test");
}
