//! The proxy in PHP, which cannot compile the catalogue in: the causes that it names are the catalogue's, word for word, and
//! what it passes on unread is not misread when the words are left out.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use candor_diagnosis::catalogue;
use candor_diagnosis::explain;
use candor_diagnosis::interpret::{interpret, upstream_problem};
use candor_protocol::problem::{Problem, UNREAD};
use candor_protocol::visibility::Diagnostics;
use serde_json::Value;

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
            assert_eq!(catalogue::find(&id), None);
            continue;
        }
        let entry = catalogue::find(&id).unwrap_or_else(|| panic!("{id} is not in the catalogue"));
        let cause = entry.cause;
        let link = serde_json::to_value(cause.link).unwrap();
        let retry = cause.retryable.to_string();
        let catalogue = [link.as_str().unwrap(), entry.name, cause.title, cause.detail, &retry];
        assert_eq!(said, catalogue, "{id} in Cause.php, and in causes.toml");
    }
}

/// Failures of the corpus in `tests/replies`, each as the proxy in Rust tells it.
fn failures() -> Vec<Problem> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/replies");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|file| file.extension().is_some_and(|ending| ending == "jsonl"));
    let lines = files
        .flat_map(|file| fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect::<Vec<_>>());
    lines
        .filter_map(|line| {
            let reply: Value = serde_json::from_str(&line).unwrap();
            let status = u16::try_from(reply["http_status"].as_u64().unwrap()).unwrap();
            let kind = reply["content_type"].as_str().unwrap_or_default();
            let headers = reply["headers"].as_object().unwrap();
            let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
            let headers = headers.chain([("content-type", kind)]);
            let explained = explain::reply(status, headers, reply["body"].as_str().unwrap().as_bytes());
            Some(upstream_problem(explained.entry?.cause, explained.error, "CR-1".to_owned(), 1))
        })
        .collect()
}

/// What a widget makes of it where PHP has left out all that only the owner may see.
fn read_in_part(whole: &Problem) -> Problem {
    let mut sent = whole.clone().for_visitor(Diagnostics::Reference);
    sent.cause = "hidden".to_owned();
    sent.detail = "As PHP has it.".to_owned();
    interpret(serde_json::from_str(&serde_json::to_string(&sent).unwrap()).unwrap())
}

#[test]
fn without_the_words_a_visitor_is_told_less_and_nothing_else() {
    let failures = failures();
    let told: Vec<_> = failures.iter().map(|whole| (whole, read_in_part(whole))).collect();
    let named: Vec<_> = told.iter().filter(|(_, told)| told.cause != "hidden").collect();
    assert!(named.len() > 50, "{} of {} by their codes", named.len(), told.len());
    for (whole, told) in named {
        let words = |problem: &Problem| (problem.title.clone(), problem.detail.clone(), problem.retryable);
        assert_eq!(words(told), words(whole), "{whole:?}");
    }
    let hidden = told.iter().filter(|(_, told)| told.cause == "hidden");
    assert!(hidden.clone().count() > 0 && hidden.clone().all(|(_, told)| told.detail == "As PHP has it."));
}
