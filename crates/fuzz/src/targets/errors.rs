//! The reader of errors, and everything that is made of what it reads.

use bolero::check;
use candor_diagnosis::interpret::upstream_problem;
use candor_diagnosis::recognise::{recognise, recognise_upstream};
use candor_diagnosis::{advice, explain, reader};

use super::lines;
use super::redactor::KEYS;
use crate::input::Input;

/// The most characters of a message, with the sign that more was there.
const MESSAGE_CHARS: usize = 4001;

const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "\\",
    "\\u0000",
    "\\ud800",
    "null",
    "1e999",
    "-0",
    "\"error\":",
    "\"message\":",
    "\"type\":",
    "\"code\":",
    "\"detail\":",
    "\"status\":",
    "<html>",
    "<title>",
    "</title>",
    "<h1>",
    "<!--",
    "-->",
    "<script>",
    "&#0;",
    "&amp;",
    "\0",
    "\u{feff}",
    "é",
    "🙂",
    " ",
    "\n",
    KEYS[0],
    KEYS[1],
    KEYS[2],
];

/// Whatever comes in place of an answer is read, bounded, without a key that is in it.
pub fn run(inputs: usize) {
    let replies = lines("tests/replies");
    let types: Vec<String> =
        replies.iter().filter_map(|reply| reply["content_type"].as_str().map(str::to_owned)).collect();
    let samples: Vec<Vec<u8>> =
        replies.iter().filter_map(|reply| Some(reply["body"].as_str()?.as_bytes().to_vec())).collect();
    check!().with_type::<Input>().with_iterations(inputs).for_each(|input| {
        let body = input.bytes(&samples, WORDS);
        let [status, kind, header, ..] = input.choices;
        let named = [
            ("x-request-id", "req_1"),
            ("retry-after", "20"),
            ("server", "cloudflare"),
            ("retry-after", "\u{7f}-1e9"),
        ];
        let headers = [
            ("content-type", types[usize::from(kind) % types.len()].as_str()),
            named[usize::from(header) % named.len()],
        ];
        let error = reader::read(100 + status % 500, headers, &body);
        assert!(error.message.as_ref().is_none_or(|message| message.chars().count() <= MESSAGE_CHARS));
        let told = serde_json::to_string(&error).unwrap();
        for key in KEYS {
            assert!(!told.contains(key), "{told}");
        }
        let entry = recognise(&error);
        let _ = advice::advise(entry, Some(&error));
        let problem = upstream_problem(recognise_upstream(&error).cause, error, "CR-00000000".to_owned(), 0);
        assert!(!problem.title.is_empty() && !problem.detail.is_empty());
        let _ = explain::text(&String::from_utf8_lossy(&body));
    });
}
