//! Redaction.

use bolero::check;
use candor_diagnosis::redact::redact;

use super::lines;
use crate::input::Input;

/// Keys of the kinds that providers give out. None of them is real.
pub const KEYS: [&str; 3] = [
    "sk-proj-7Yc2vTq0Wn4ZrLk8MbXs5Hd1JfGa3PeUoIiC9",
    "gsk_4Kd8sPw2Lx6Vn0Qb3Zm7Tc5Rj1Yh9Fg",
    "sk-ant-api03-2Wq6Er8Ty4Ui0Op3As5Df7Gh9Jk1Lz",
];

const WORDS: &[&str] = &[
    " ",
    "\n",
    ":",
    "=",
    "\"",
    "'",
    "`",
    "(",
    ")",
    ",",
    ";",
    ".",
    "@",
    "*",
    "…",
    "bearer ",
    "Bearer ",
    "key",
    "api_key",
    "api-key=",
    "authorization: ",
    "provided: ",
    "organization ",
    "org-",
    "sk-",
    "user@example.com",
    "/var/www/html/",
    "\0",
    "é",
    "🙂",
    KEYS[0],
    KEYS[1],
    KEYS[2],
];

/// No key survives, and a second time changes nothing.
pub fn run(inputs: usize) {
    let samples: Vec<Vec<u8>> = lines("tests/replies")
        .iter()
        .filter_map(|reply| Some(reply["body"].as_str()?.as_bytes().to_vec()))
        .collect();
    check!().with_type::<Input>().with_iterations(inputs).for_each(|input| {
        let text = input.text(&samples, WORDS);
        let clean = redact(&text);
        for key in KEYS {
            assert!(!clean.contains(key), "{text:?} became {clean:?}");
        }
        assert_eq!(redact(&clean), clean, "{text:?}");
    });
}
