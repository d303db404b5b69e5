//! What to do about one error: the catalogue's steps, made exact by what the reply says.

use candor_protocol::api_error::ApiError;

use crate::catalogue::Entry;
use crate::rule::Clues;

/// What an error means and what to do about it, in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Which finer kind of the cause it is, by its number in the catalogue.
    pub case: Option<usize>,
    /// The cause's name, or its finer kind's.
    pub name: &'static str,
    /// What is behind it.
    pub meaning: &'static str,
    /// What to do, in order.
    pub steps: Vec<String>,
}

/// How a step begins that is left to the owner, where a visitor can do something too.
const OWNERS_STEP: &str = "As the owner: ";

impl Advice {
    /// The same without what is left to the owner.
    pub fn for_visitor(mut self) -> Self {
        self.steps.retain(|step| !is_for_owner(step));
        self
    }
}

/// Whether a step is left to the owner, where a visitor can do something too.
pub fn is_for_owner(step: &str) -> bool {
    step.starts_with(OWNERS_STEP)
}

/// The advice for an entry of the catalogue, as exact as the error allows.
pub fn advise(entry: &Entry, error: Option<&ApiError>) -> Advice {
    let case = error.and_then(|error| {
        let clues = Clues::of(error);
        entry.cases.iter().position(|case| case.rules.iter().any(|rule| rule.fits(&clues)))
    });
    let (name, meaning, steps) = match case.and_then(|case| entry.cases.get(case)) {
        Some(case) => (case.name, case.meaning, case.steps),
        None => (entry.name, entry.meaning, entry.steps),
    };
    Advice { case, name, meaning, steps: steps.iter().map(|step| fill(step, error, &ENGLISH)).collect() }
}

/// What a language puts in the place of a step's placeholders.
#[derive(Debug)]
pub struct Fillers {
    /// What is said of a scope that the reply does not name.
    pub scope: &'static str,
    /// The same of a model.
    pub model: &'static str,
    /// The same of a parameter.
    pub param: &'static str,
    /// The same of a time to wait.
    pub wait: &'static str,
    /// The same of what a page's policy has to allow.
    pub csp: &'static str,
    /// A name between the language's quotation marks.
    pub quoted: fn(&str) -> String,
    /// So many seconds, in the unit in which somebody would say it.
    pub lasting: fn(u64) -> String,
}

const ENGLISH: Fillers = Fillers {
    scope: "what is missing",
    model: "as it is set now",
    param: "the message names it",
    wait: "a minute",
    csp: "the chat’s address in connect-src, script-src and style-src.",
    quoted: |name| format!("“{name}”"),
    lasting: wait,
};

/// Puts what the reply says in the place of each placeholder, or the language's plain words where it says nothing.
pub fn fill(step: &str, error: Option<&ApiError>, words: &Fillers) -> String {
    if !step.contains('{') {
        return step.to_owned();
    }
    let message = error.and_then(|error| error.message.as_deref()).unwrap_or_default();
    let named = |found: Option<String>| found.map(|name| (words.quoted)(&name));
    let values = [
        ("{scope}", named(scope(message)), words.scope),
        ("{model}", named(model(message)), words.model),
        ("{param}", named(error.and_then(|error| error.param.clone())), words.param),
        ("{wait}", error.and_then(|error| error.retry_after).map(words.lasting), words.wait),
        ("{csp}", csp(error), words.csp),
    ];
    values.into_iter().fold(step.to_owned(), |step, (placeholder, found, otherwise)| {
        step.replace(placeholder, found.as_deref().unwrap_or(otherwise))
    })
}

/// The scopes that a message names: "Missing scopes: model.request. Check that …".
fn scope(message: &str) -> Option<String> {
    let at = [
        "issing scopes:",
        "issing scope:",
        "issing scopes",
        "issing scope",
        "equired scopes:",
        "equired scope:",
    ]
    .iter()
    .find_map(|words| Some(message.find(words)? + words.len()))?;
    let rest = message[at..].trim_start_matches([' ', ':', '\'', '"', '`', '[', '(']);
    let end = rest
        .find(|letter: char| !letter.is_ascii_alphanumeric() && !"._-:/, ".contains(letter))
        .unwrap_or(rest.len());
    // A full stop ends the sentence where a space follows; inside a scope's name none does.
    let list = rest[..end].split(". ").next()?.trim_end_matches(['.', ' ', ',']);
    let scopes: Vec<_> = list.split([',', ' ']).filter(|word| word.contains(['.', ':', '_', '/'])).collect();
    (!scopes.is_empty()).then(|| scopes.join(", "))
}

/// The model that a message names, in quotation marks of any kind, or behind "model: ".
fn model(message: &str) -> Option<String> {
    let lower = message.to_ascii_lowercase();
    let at = lower.find("model")?;
    let quoted = message[at..].find(['`', '\'', '"']).map(|quote| at + quote);
    if let Some(start) = quoted.filter(|start| start - at < 24) {
        let quote = message[start..].chars().next()?;
        let name = message[start + 1..].split(quote).next()?;
        return is_model(name).then(|| name.to_owned());
    }
    let rest = message[at + "model".len()..].trim_start_matches([':', ' ']);
    let name = rest.split_whitespace().next()?.trim_end_matches(['.', ',', ';']);
    // Without quotation marks only a word that no sentence has is a model's name.
    (is_model(name) && name.contains(|letter: char| letter.is_ascii_digit())).then(|| name.to_owned())
}

fn is_model(name: &str) -> bool {
    (2..=100).contains(&name.len())
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.:/@".contains(letter))
}

/// A time to wait, in the unit in which somebody would say it.
fn wait(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..=119 => (seconds, "second"),
        120..=7199 => (seconds.div_ceil(60), "minute"),
        7200..=172_799 => (seconds.div_ceil(3600), "hour"),
        _ => (seconds.div_ceil(86_400), "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// The directive and the address of a violation, as the widget notes it: the directive as the code, the address as text.
fn csp(error: Option<&ApiError>) -> Option<String> {
    let error = error?;
    Some(format!("{} {}", error.code.as_deref()?, error.text.as_deref()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{ALL, entries};

    fn said(message: &str) -> ApiError {
        ApiError { message: Some(message.to_owned()), ..ApiError::default() }
    }

    #[test]
    fn the_missing_scope_is_named_in_the_steps() {
        // https://wordpress.org/support/topic/missing-permissions/
        let error = said(
            "You have insufficient permissions for this operation. Missing scopes: model.request. Check that you have the \
             correct role in your organization (Reader, Writer, Owner) and project (Member, Owner).",
        );
        let advice = advise(&entries::missing_scope, Some(&error));
        assert!(advice.steps[1].contains("allow “model.request”"), "{:?}", advice.steps);
        let nameless = advise(&entries::missing_scope, Some(&said("insufficient scope")));
        assert!(nameless.steps[1].contains("allow what is missing"), "{:?}", nameless.steps);
    }

    #[test]
    fn several_scopes_are_all_named() {
        assert_eq!(
            scope("Missing scopes: api.model.read, model.request. And more.").as_deref(),
            Some("api.model.read, model.request")
        );
        assert_eq!(scope("missing scope 'responses.write'").as_deref(), Some("responses.write"));
        assert_eq!(scope("Missing scopes"), None);
    }

    #[test]
    fn the_model_is_found_however_it_is_quoted() {
        for (message, name) in [
            ("The model `gpt-9` does not exist", Some("gpt-9")),
            ("model 'llama3:8b' not found", Some("llama3:8b")),
            ("model: claude-9-20990101", Some("claude-9-20990101")),
            ("The model is overloaded", None),
            ("No such thing", None),
        ] {
            assert_eq!(model(message).as_deref(), name, "{message}");
        }
    }

    #[test]
    fn a_wait_is_said_as_one_says_it() {
        for (seconds, words) in
            [(1, "1 second"), (20, "20 seconds"), (125, "3 minutes"), (7200, "2 hours"), (200_000, "3 days")]
        {
            assert_eq!(wait(seconds), words);
        }
    }

    #[test]
    fn a_finer_kind_has_its_own_name_and_steps() {
        let error = said("Rate limit reached for gpt-4o on tokens per min (TPM): Limit 30000");
        assert_eq!(advise(&entries::rate_limit, Some(&error)).name, "Too much text in a minute");
        assert_eq!(advise(&entries::rate_limit, None).name, "Too many requests at once");
    }

    #[test]
    fn no_placeholder_is_left_in_any_step() {
        for entry in ALL {
            for error in [None, Some(&ApiError::default())] {
                for step in advise(entry, error).steps {
                    assert!(!step.contains(['{', '}']), "{}: {step}", entry.id());
                }
            }
        }
    }
}
