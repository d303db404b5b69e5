//! What the demo says, which stands in `answers.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Default, Deserialize)]
struct Answers {
    otherwise: Topic,
    topic: Vec<Topic>,
}

/// What is said, and the words that ask for it.
#[derive(Default, Deserialize)]
struct Topic {
    #[serde(default)]
    words: Vec<String>,
    answer: String,
}

// A test holds that it can be read.
static ANSWERS: LazyLock<Answers> =
    LazyLock::new(|| toml::from_str(include_str!("answers.toml")).unwrap_or_default());

/// An answer that has something to do with the message.
pub fn answer(message: &str) -> &'static str {
    let message = message.to_lowercase();
    let asked = ANSWERS.topic.iter().find(|topic| topic.words.iter().any(|word| message.contains(word)));
    &asked.unwrap_or(&ANSWERS.otherwise).answer
}

/// The answer to a failure that the demo cannot play.
pub fn unknown_failure(names: &[&str]) -> String {
    let list: String = names.iter().map(|name| format!("- `fail: {name}`\n")).collect();
    format!("I don’t know that failure. I can play these:\n\n{list}\nSend one of them just as it stands.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_is_found_by_its_words() {
        assert!(ANSWERS.topic.len() > 10);
        assert!(answer("xyzzy").starts_with("I am the built-in **demo**"));
        assert!(answer("Tell me a LONG STORY").contains("lighthouse"));
        assert!(answer("hello").starts_with("Hello, and welcome."));
    }
}
