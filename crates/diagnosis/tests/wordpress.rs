//! The proxy in PHP, which cannot compile the catalogue in: the causes that it names are the catalogue's, and what it
//! passes on unread is not misread when the words are left out.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use candor_diagnosis::advice::advise;
use candor_diagnosis::catalogue;
use candor_diagnosis::explain;
use candor_diagnosis::interpret::{interpret, upstream_problem};
use candor_protocol::api_error::ApiError;
use candor_protocol::problem::{Problem, UNREAD};
use candor_protocol::visibility::Diagnostics;
use serde_json::Value;

/// The plugin's files.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn every_cause_that_the_plugin_names_is_in_the_catalogue() {
    let plugin = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wordpress/candor/includes");
    let mut named = BTreeSet::new();
    for file in files(&plugin) {
        let php = fs::read_to_string(&file).unwrap();
        for start in ["Cause::of('", "new ApiProblem('"] {
            named.extend(
                php.split(start).skip(1).filter_map(|rest| Some(rest.split_once('\'')?.0.to_owned())),
            );
        }
    }
    assert!(named.len() > 10, "{named:?}");
    for id in named {
        assert!(catalogue::find(&id).is_some(), "{id}");
    }
    // What nobody has read yet: the catalogue is of what is.
    assert_eq!(catalogue::find(UNREAD), None);
}

#[test]
fn what_the_plugin_does_not_send_over_plain_http_has_advice_of_its_own() {
    let file = "../../wordpress/candor/includes/Provider/TransportError.php";
    let php = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
    let words = php.split("self::PLAIN => '").nth(1).and_then(|rest| rest.split_once('\'')).unwrap().0;
    let error = ApiError {
        message: Some(format!("{words}: the address begins with http://.")),
        ..ApiError::default()
    };
    let advice = advise(&catalogue::entries::tls_failure, Some(&error));
    assert_eq!(advice.name, "The way to the AI service is not encrypted");
    assert_ne!(advise(&catalogue::entries::tls_failure, None).name, advice.name);
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
            let entry = explained.entry?;
            // Those of the page's own WordPress come from no provider.
            let is_a_providers = !entry.id().starts_with("wp_");
            is_a_providers.then(|| upstream_problem(entry.cause, explained.error, "CR-1".to_owned(), 1))
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
    assert!(named.len() > 40, "{} of {} by their codes", named.len(), told.len());
    for (whole, told) in named {
        let words = |problem: &Problem| (problem.title.clone(), problem.detail.clone(), problem.retryable);
        assert_eq!(words(told), words(whole), "{whole:?}");
    }
    let hidden = told.iter().filter(|(_, told)| told.cause == "hidden");
    assert!(hidden.clone().count() > 0 && hidden.clone().all(|(_, told)| told.detail == "As PHP has it."));
}
