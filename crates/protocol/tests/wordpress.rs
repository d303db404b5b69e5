//! The causes that the proxy in PHP names are the catalogue's, word for word: PHP cannot compile the catalogue in.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use candor_protocol::cause;
use candor_protocol::problem::UNREAD;

/// What `Cause.php` says of one: link, name, title, detail, and whether to try again.
type Said = Vec<String>;

/// The table of `Cause.php`, by id.
fn table() -> BTreeMap<String, Said> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wordpress/candor/includes/Wire/Cause.php");
    let php = fs::read_to_string(file).unwrap();
    let (constants, rest) = php.split_once("private const ALL = [").unwrap();
    let (table, _) = rest.split_once("];").unwrap();
    let words: BTreeMap<_, _> = constants
        .lines()
        .filter_map(|line| line.trim().strip_prefix("private const ")?.strip_suffix("';")?.split_once(" = '"))
        .collect();
    let value = |written: &str| match written.strip_prefix("self::") {
        Some(name) => words[name].to_owned(),
        None => written.trim_matches('\'').to_owned(),
    };
    table
        .lines()
        .filter_map(|line| line.trim().strip_prefix('\'')?.strip_suffix("],")?.split_once("' => ["))
        .map(|(id, fields)| (id.to_owned(), split(fields).into_iter().map(value).collect()))
        .collect()
}

/// The fields of a list in PHP. A comma within quotes is text.
fn split(list: &str) -> Vec<&str> {
    let mut is_quoted = false;
    list.split(|character| {
        is_quoted ^= character == '\'';
        character == ',' && !is_quoted
    })
    .map(str::trim)
    .collect()
}

#[test]
fn every_cause_of_the_plugin_has_the_words_of_the_catalogue() {
    let table = table();
    assert!(table.len() > 20, "{table:?}");
    for (id, said) in table {
        if id == UNREAD {
            // What nobody has read yet: the catalogue is of what is.
            assert_eq!(cause::find(&id), None);
            continue;
        }
        let cause = cause::find(&id).unwrap_or_else(|| panic!("{id} is not in the catalogue"));
        let link = serde_json::to_value(cause.link).unwrap();
        let retry = cause.retryable.to_string();
        let catalogue = [link.as_str().unwrap(), cause.name, cause.title, cause.detail, &retry];
        assert_eq!(said, catalogue, "{id} in Cause.php, and in causes.toml");
    }
}
