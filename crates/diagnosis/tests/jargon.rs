//! What a visitor reads of the catalogue and the verdict has no word of `jargon.txt`. What the views say themselves is looked
//! through in a browser (`tests/browser/words.test.mjs`).

use candor_diagnosis::advice::advise;
use candor_diagnosis::catalogue::{ALL, Entry, Fixer};
use candor_diagnosis::verdict::judge;
use candor_protocol::cause::{Link, known};
use candor_protocol::checks::{Check, Outcome};
use candor_protocol::problem::Problem;
use candor_protocol::visibility::Diagnostics;

const LIST: &str = include_str!("../../protocol/jargon.txt");

/// Words as they are said, without signs between them.
fn said(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    format!(" {} ", words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").to_lowercase())
}

/// The words of the list that a text has.
fn jargon(text: &str) -> Vec<&'static str> {
    let text = said(text);
    let listed = LIST.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    listed
        .filter(|word| ["", "s"].iter().any(|end| text.contains(&format!(" {}{end} ", word.to_lowercase()))))
        .collect()
}

fn assert_plain(place: &str, text: &str) {
    assert_eq!(jargon(text), Vec::<&str>::new(), "{place}: {text}");
}

/// Whoever meets it has just signed in as the owner.
fn is_owners(entry: &Entry) -> bool {
    *entry.cause == known::owner_unauthorized
}

#[test]
fn the_list_is_found_in_a_text_and_nothing_else_is() {
    assert_eq!(
        jargon("Without stored state, the Proxies: two Tokens."),
        ["proxies", "stored state", "token"]
    );
    assert_eq!(jargon("Set CANDOR_MAX_OUTPUT_TOKENS; missing_scope, scoped, machinery."), Vec::<&str>::new());
}

#[test]
fn every_cause_is_told_in_plain_words() {
    for entry in ALL.iter().filter(|entry| !is_owners(entry)) {
        let cause = entry.cause;
        for text in
            [cause.title, cause.detail, entry.name, entry.verdict].into_iter().chain(entry.case_names())
        {
            assert_plain(cause.id, text);
        }
        if entry.fixers.contains(&Fixer::Visitor) {
            let advice = advise(entry, None).for_visitor();
            assert!(!advice.steps.is_empty(), "{}: a visitor can put it right, and reads not how", cause.id);
            advice.steps.iter().map(String::as_str).chain([advice.meaning]).for_each(|text| {
                assert_plain(cause.id, text);
            });
        }
    }
}

#[test]
fn the_verdict_is_told_in_plain_words() {
    let check = |link, outcome, problem| Check {
        id: if link == Link::Model { "chat" } else { "other" }.to_owned(),
        link,
        tried: String::new(),
        evidence: String::new(),
        outcome,
        duration: 1,
        problem,
    };
    for entry in ALL.iter().filter(|entry| !is_owners(entry)) {
        for reference in ["", "CR-ABCDEFGH"] {
            let problem = Problem::new(entry.cause, 502, reference.to_owned(), 1);
            let failed = check(entry.cause.link, Outcome::Failure, Some(problem.clone()));
            let warned = check(entry.cause.link, Outcome::Warning, Some(problem.clone()));
            let passed = Link::ALL.map(|link| check(link, Outcome::Pass, None));
            let with = |other: &Check| passed.iter().cloned().chain([other.clone()]).collect::<Vec<_>>();
            for checks in [vec![], vec![failed.clone()], with(&failed), with(&warned), passed.to_vec()] {
                let verdict = judge(&checks, Some(&problem));
                assert_plain(entry.id(), &verdict.sentence);
                assert_plain(entry.id(), &verdict.next);
            }
        }
    }
    assert_plain("nothing", &judge(&[], None).next);
    for link in Link::ALL {
        assert_plain("link", link.name());
        for outcome in [Outcome::Pass, Outcome::Warning, Outcome::Failure] {
            assert_plain("check", &check(link, outcome, None).for_visitor(Diagnostics::Reference).evidence);
        }
    }
}
