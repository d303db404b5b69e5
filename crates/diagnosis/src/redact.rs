//! Removes what must not be stored, logged or sent: keys, tokens, organisation and user ids, addresses, file paths.
//!
//! The one place where that is done, by the words of `redaction.toml`. Providers put such things into their error messages (a fragment of the key, the
//! organisation's id, the caller's address). Each is replaced by a plain word in brackets, so that the sentence around it
//! stays readable: `Incorrect API key provided: [key].`

use std::net::{Ipv4Addr, Ipv6Addr};

include!(concat!(env!("OUT_DIR"), "/redaction.rs"));

/// How often a text is gone through at most. What one secret leaves behind seldom shows another, and then once.
const PASSES: usize = 8;

/// The text without secrets. Applying it again changes nothing.
pub fn redact(text: &str) -> String {
    let mut clean = pass(text);
    for _ in 1..PASSES {
        // A secret that is gone can leave the end of another bare.
        let again = pass(&clean);
        if again == clean {
            break;
        }
        clean = again;
    }
    clean
}

fn pass(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    // The last words, for rules that ask what stands before.
    let mut context = Context::default();
    while let Some(first) = rest.chars().next() {
        let found = match PLACEHOLDERS.iter().find(|word| rest.starts_with(**word)) {
            Some(word) => Some((word.len(), *word)),
            None => secret(rest, before, &context),
        };
        if let Some((length, word)) = found {
            clean.push_str(word);
            context = Context::default();
            before = ']';
            rest = &rest[length..];
            continue;
        }
        clean.push(first);
        context.read(first);
        before = first;
        rest = &rest[first.len_utf8()..];
    }
    clean
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// How many words may stand between a secret and what announces it, and one more.
const NEAR: u8 = 3;

/// What stands before: the last word, and whether a secret or an id may follow it.
#[derive(Default)]
struct Context {
    word: String,
    in_word: bool,
    /// How many more words may come before the secret does.
    awaits_secret: u8,
    awaits_id: bool,
    /// "Incorrect API key provided:" was read, and how far: the next word is the key, whatever its shape.
    announced: Announced,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Announced {
    #[default]
    No,
    Provided,
    Colon,
}

impl Context {
    fn read(&mut self, letter: char) {
        if is_word(letter) {
            if !self.in_word {
                self.word.clear();
                self.in_word = true;
            }
            if self.word.len() < 32 {
                self.word.extend(letter.to_lowercase());
            }
            return;
        }
        if std::mem::take(&mut self.in_word) {
            let is_given = self.awaits_secret > 0 && GIVEN_WORDS.contains(&self.word.as_str());
            self.announced = if is_given { Announced::Provided } else { Announced::No };
            self.awaits_id = OWNER_WORDS.contains(&self.word.as_str());
            let announced = SECRET_WORDS
                .iter()
                .any(|secret| self.word == *secret || self.word.ends_with(&format!("_{secret}")));
            self.awaits_secret = match self.awaits_secret {
                _ if announced => NEAR,
                _ if HARMLESS_WORDS.contains(&self.word.as_str()) => 0,
                words => words.saturating_sub(1),
            };
        }
        if letter == ':' && self.announced == Announced::Provided {
            self.announced = Announced::Colon;
        }
        if matches!(letter, '.' | ';' | '\n') {
            self.awaits_secret = 0;
            self.awaits_id = false;
            self.announced = Announced::No;
        }
    }
}

/// The length of the secret that the text begins with, and the word to put in its place.
fn secret(text: &str, before: char, context: &Context) -> Option<(usize, &'static str)> {
    // Letters of other alphabets stand in no secret, so one may begin right after them.
    let is_start = !before.is_ascii_alphanumeric() && before != '_';
    let key = if is_start { key(text, context) } else { glued_key(text) };
    let starting = |find: fn(&str) -> Option<usize>| find(text).filter(|_| is_start);
    key.map(|length| (length, "[key]"))
        .or_else(|| id(text, context).filter(|_| is_start).map(|length| (length, "[organisation]")))
        .or_else(|| email(text, before).map(|length| (length, "[email]")))
        .or_else(|| address_4(text, before).map(|length| (length, "[address]")))
        .or_else(|| starting(address_6).filter(|_| before != ':').map(|length| (length, "[address]")))
        .or_else(|| path(text, before).filter(|_| is_start).map(|length| (length, "[path]")))
}

/// How many bytes of the text such characters fill, without full stops at the end, which belong to the sentence.
fn run(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    let end = text.find(|letter| !is_part(letter)).unwrap_or(text.len());
    text[..end].trim_end_matches(['.', '-', ':']).len()
}

fn has(text: &str, is_it: impl Fn(char) -> bool) -> bool {
    text.chars().any(is_it)
}

fn starts_with_any(text: &str, starts: &[&str]) -> Option<usize> {
    starts.iter().find(|start| text.starts_with(**start)).map(|start| start.len())
}

/// The length of the longest run of letters and digits in a word, those of its runs alone that have a digit or, where
/// it matters, that have none.
fn densest(word: &str, needs_digit: bool) -> usize {
    let runs = word.split(|letter: char| !letter.is_ascii_alphanumeric());
    runs.filter(|run| !needs_digit || has(run, |letter| letter.is_ascii_digit()))
        .map(str::len)
        .max()
        .unwrap_or_default()
}

fn key_length(text: &str) -> usize {
    run(text, |letter| letter.is_ascii_alphanumeric() || "_-.*…•+/=".contains(letter))
}

fn key(text: &str, context: &Context) -> Option<usize> {
    if !text.starts_with(|letter: char| letter.is_ascii_alphanumeric() || "*…•_".contains(letter)) {
        return None;
    }
    let length = key_length(text);
    let word = &text[..length];
    let starred = has(word, |letter| "*…•".contains(letter)) || word.contains("...");
    let has_digit = has(word, |letter| letter.is_ascii_digit());
    let is_key = if let Some(start) = starts_with_any(word, KEY_STARTS) {
        let rest = &word[start..];
        rest.len() >= 16 || (starred && rest.len() >= 2) || (rest.len() >= 6 && has_digit)
    } else if let Some(start) = starts_with_any(word, DOUBTFUL_KEY_STARTS) {
        (starred && word.len() >= start + 2) || densest(&word[start..], false) >= 16
    } else {
        false
    };
    // A word that a sentence calls a key: starred, or a jumble that is no word and no model's name.
    let near = context.awaits_secret > 0;
    let next = context.awaits_secret == NEAR;
    let is_bearer = next && context.word == "bearer";
    let is_called_key = (near && starred && word.len() >= 6)
        || (near && (densest(word, true) >= 16 || densest(word, false) >= 24))
        || (next && is_uuid(word))
        || (is_bearer && has_digit && word.len() >= 10)
        || (context.announced == Announced::Colon && word.len() >= 3);
    // A long word of upper case, lower case and digits is nobody's prose, wherever it stands.
    let is_jumble = word.len() >= 40
        && has_digit
        && has(word, |letter| letter.is_ascii_uppercase())
        && has(word, |letter| letter.is_ascii_lowercase())
        && starts_with_any(word, HARMLESS_STARTS).is_none()
        && !word.contains(['/', '.']);
    (is_key || is_called_key || is_jumble).then_some(length)
}

/// A key right behind a letter, as `\n` before it becomes where JSON is quoted. It must be one beyond doubt.
fn glued_key(text: &str) -> Option<usize> {
    let start = starts_with_any(text, KEY_STARTS).or_else(|| starts_with_any(text, DOUBTFUL_KEY_STARTS))?;
    let length = key_length(text);
    (length > start && densest(&text[start..length], true) >= 16).then_some(length)
}

fn is_uuid(word: &str) -> bool {
    let parts = word.split('-').map(|part| (part.len(), part.bytes().all(|byte| byte.is_ascii_hexdigit())));
    parts.eq([8, 4, 4, 4, 12].map(|length| (length, true)))
}

fn id(text: &str, context: &Context) -> Option<usize> {
    let start = starts_with_any(text, ID_STARTS)?;
    let length = run(text, |letter| letter.is_ascii_alphanumeric() || "_-*".contains(letter));
    let rest = text.get(start..length)?;
    let is_one_run = densest(rest, false) == rest.len();
    let has_digit = has(rest, |letter| letter.is_ascii_digit());
    let is_mixed =
        has(rest, |letter| letter.is_ascii_uppercase()) && has(rest, |letter| letter.is_ascii_lowercase());
    let is_telling = densest(rest, true) >= 8
        || (is_one_run && (has_digit || is_mixed || rest.len() >= 16))
        || rest.contains('*');
    ((rest.len() >= 3 && is_telling) || (context.awaits_id && !rest.is_empty())).then_some(length)
}

fn email(text: &str, before: char) -> Option<usize> {
    let is_local = |letter: char| letter.is_ascii_alphanumeric() || "._%+-".contains(letter);
    if is_local(before) || !text.starts_with(is_local) {
        return None;
    }
    let local = text.find(|letter| !is_local(letter))?;
    let domain = text[local..].strip_prefix('@')?;
    let length = run(domain, |letter| letter.is_ascii_alphanumeric() || ".-".contains(letter));
    domain[..length].contains('.').then_some(local + 1 + length)
}

/// An address of IPv4. What `v` stands before is a version, and so may be four numbers after a fifth.
fn address_4(text: &str, before: char) -> Option<usize> {
    if before.is_ascii_digit()
        || ".vV".contains(before)
        || !text.starts_with(|letter: char| letter.is_ascii_digit())
    {
        return None;
    }
    let length = run(text, |letter| letter.is_ascii_digit() || letter == '.');
    text[..length].parse::<Ipv4Addr>().is_ok().then_some(length)
}

fn address_6(text: &str) -> Option<usize> {
    let length = run(text, |letter| letter.is_ascii_hexdigit() || letter == ':' || letter == '.');
    let word = &text[..length];
    let is_six =
        word.len() > 3 && has(word, |letter| letter.is_ascii_digit()) && word.parse::<Ipv6Addr>().is_ok();
    is_six.then_some(length)
}

fn path(text: &str, before: char) -> Option<usize> {
    let is_part = |letter: char| letter.is_alphanumeric() || "/\\_-.~@+%".contains(letter);
    let windows =
        text.get(1..3) == Some(":\\") && text.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if windows {
        return Some(3 + run(&text[3..], is_part));
    }
    if let Some(file) = text.strip_prefix("file://") {
        return Some(7 + run(file, is_part));
    }
    let inner = text.strip_prefix('/').filter(|_| !"/:.<".contains(before))?;
    let root = inner.split('/').next().unwrap_or_default();
    let rooted = ROOTS.contains(&root) && inner[root.len()..].starts_with('/');
    rooted.then(|| 1 + run(inner, is_part))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(serde::Deserialize)]
    struct Cases {
        redacted: Vec<(String, String)>,
        kept: Vec<String>,
    }

    /// The cases that the plugin's redaction passes too.
    fn cases() -> Cases {
        serde_json::from_str(include_str!("../redaction.cases.json")).unwrap()
    }

    #[test]
    fn what_providers_put_into_messages_is_taken_out() {
        for (text, expected) in cases().redacted {
            assert_eq!(redact(&text), expected);
        }
    }

    #[test]
    fn what_an_owner_needs_stays() {
        for text in cases().kept {
            assert_eq!(redact(&text), text);
        }
    }

    fn secret() -> impl Strategy<Value = String> {
        prop_oneof![
            "sk-[A-Za-z0-9]{20,48}",
            "sk-proj-[A-Za-z0-9_]{30,60}[A-Za-z0-9]",
            "sk-ant-api03-[A-Za-z0-9]{30,60}",
            "gsk_[A-Za-z0-9]{20,52}",
            "AIza[A-Za-z0-9_]{34}[A-Za-z0-9]",
            "org-[A-Z][a-z][A-Za-z0-9]{14,22}",
            "(r8_|hf_|pplx-|xai-)[a-zA-Z0-9]{32,40}",
            "AKIA[A-Z0-9]{16}",
            "ct_[0-9a-f]{32,64}",
            "eyJ[A-Za-z0-9]{20,40}\\.[A-Za-z0-9]{20,40}\\.[A-Za-z0-9]{20}",
            "[a-z]{3,8}\\.[a-z]{3,8}@[a-z]{3,8}\\.com",
            (1_u8..=255, 0_u8..=255, 0_u8..=255, 1_u8..=255)
                .prop_map(|(a, b, c, d)| format!("{a}.{b}.{c}.{d}")),
        ]
    }

    #[test]
    fn what_a_secret_leaves_bare_is_looked_at_again() {
        let clean = redact("providedprovidedaaaaprovided0A0A00AAAorg-sk-.AAAAA0A0A");
        assert_eq!(redact(&clean), clean);
    }

    proptest! {
        #[test]
        fn no_secret_survives(
            before in "\\PC{0,40}", open in "[ \"'(`=:,]", secret in secret(), close in "[ \"')`,;]", after in "\\PC{0,40}",
        ) {
            let clean = redact(&format!("{before}{open}{secret}{close}{after}"));
            prop_assert!(!clean.contains(&secret), "{clean}");
        }

        #[test]
        fn no_letter_before_a_key_hides_it(before in "[a-zA-Zé_.:-]{1,3}", secret in "(sk-|gsk_|sk-proj-)[a-z][0-9][A-Za-z0-9]{18,40}") {
            let clean = redact(&format!("{before}{secret}"));
            prop_assert!(!clean.contains(&secret), "{clean}");
        }

        #[test]
        fn a_second_time_changes_nothing_in_jumbles(text in "(key|sk-|org-|: |\\.|@|1|/var/|[a-z]{1,9}|[A-Z0-9]{9}|\\*|provided|::|bearer | ){0,30}") {
            let once = redact(&text);
            prop_assert_eq!(redact(&once), once.clone());
        }

        #[test]
        fn a_second_time_changes_nothing(text in "\\PC{0,200}", secret in secret()) {
            let once = redact(&format!("{text} {secret} {text}"));
            prop_assert_eq!(redact(&once), once.clone());
        }
    }
}
