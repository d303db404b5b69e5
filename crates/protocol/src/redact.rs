//! Removes what must not be stored, logged or sent: keys, tokens, organisation and user ids, addresses, file paths.
//!
//! The one place where that is done. Providers put such things into their error messages (a fragment of the key, the
//! organisation's id, the caller's address). Each is replaced by a plain word in brackets, so that the sentence around it
//! stays readable: `Incorrect API key provided: [key].`

use std::net::{Ipv4Addr, Ipv6Addr};

/// How the keys and tokens of known services begin. Shapes as their own documentation and secret scanners give them.
const KEY_STARTS: &[&str] = &[
    "sk-",
    "sk_",
    "pk-",
    "rk-",
    "gsk_",
    "xai-",
    "r8_",
    "hf_",
    "pplx-",
    "fw_",
    "nvapi-",
    "csk-",
    "tgp_",
    "AIza",
    "AKIA",
    "ASIA",
    "ya29.",
    "ghp_",
    "gho_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "ct_",
    "eyJ",
];

/// How ids of organisations, projects and users begin.
const ID_STARTS: &[&str] = &["org-", "org_", "proj_", "proj-", "user-", "user_", "acct_", "cus_"];

/// Words after which the next long word is a secret.
const SECRET_WORDS: &[&str] =
    &["key", "apikey", "api_key", "token", "secret", "password", "bearer", "credential", "authorization"];

/// Words after which the next one is an id, whatever its shape.
const OWNER_WORDS: &[&str] = &["organization", "organisation", "org", "project"];

/// Directories at the root of a file system; a path that begins with one of them is a place on somebody's server.
const ROOTS: &[&str] = &[
    "var", "home", "usr", "etc", "opt", "srv", "tmp", "root", "Users", "mnt", "data", "www", "private",
    "proc", "app", "nfs",
];

/// The text without secrets. Applying it again changes nothing.
pub fn redact(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    // The last words, for rules that ask what stands before.
    let mut context = Context::default();
    while let Some(first) = rest.chars().next() {
        if !is_word(before)
            && let Some((length, word)) = secret(rest, before, &context)
        {
            clean.push_str(word);
            context.found();
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

/// What stands before: the last word, and whether a secret or an id may follow it.
#[derive(Default)]
struct Context {
    word: String,
    in_word: bool,
    /// How many more words may come before the secret does.
    awaits_secret: u8,
    awaits_id: bool,
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
            self.awaits_id = OWNER_WORDS.contains(&self.word.as_str());
            let announced = SECRET_WORDS
                .iter()
                .any(|secret| self.word == *secret || self.word.ends_with(&format!("_{secret}")));
            self.awaits_secret = if announced { 3 } else { self.awaits_secret.saturating_sub(1) };
        }
        if matches!(letter, '.' | ';' | '\n') {
            self.awaits_secret = 0;
            self.awaits_id = false;
        }
    }

    fn found(&mut self) {
        *self = Self::default();
    }
}

/// The length of the secret that the text begins with, and the word to put in its place.
fn secret(text: &str, before: char, context: &Context) -> Option<(usize, &'static str)> {
    key(text, context)
        .map(|length| (length, "[key]"))
        .or_else(|| id(text, context).map(|length| (length, "[organisation]")))
        .or_else(|| email(text).map(|length| (length, "[email]")))
        .or_else(|| address(text, before).map(|length| (length, "[address]")))
        .or_else(|| path(text, before).map(|length| (length, "[path]")))
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

fn key(text: &str, context: &Context) -> Option<usize> {
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_-.*…•+/=".contains(letter);
    let length = run(text, is_part);
    let word = &text[..length];
    let starred = has(word, |letter| "*…•".contains(letter)) || word.contains("...");
    if let Some(start) = starts_with_any(word, KEY_STARTS) {
        let rest = &word[start..];
        if rest.len() >= 16
            || (starred && rest.len() >= 2)
            || (rest.len() >= 6 && has(rest, |letter| letter.is_ascii_digit()))
        {
            return Some(length);
        }
    }
    let mixed =
        has(word, |letter| letter.is_ascii_digit()) && has(word, |letter| letter.is_ascii_alphabetic());
    if context.awaits_secret > 0
        && ((starred && word.len() >= 6) || (mixed && word.len() >= 20 && !word.contains("//")))
    {
        return Some(length);
    }
    // A long word of upper case, lower case and digits is nobody's prose, wherever it stands.
    let cased =
        has(word, |letter| letter.is_ascii_uppercase()) && has(word, |letter| letter.is_ascii_lowercase());
    let named =
        starts_with_any(word, &["req_", "req-", "resp_", "msg_", "chatcmpl-", "gen-", "ft:"]).is_some();
    (word.len() >= 40 && mixed && cased && !named && !word.contains(['/', '.'])).then_some(length)
}

fn id(text: &str, context: &Context) -> Option<usize> {
    let length = run(text, |letter| letter.is_ascii_alphanumeric() || "_-*".contains(letter));
    let word = &text[..length];
    let start = starts_with_any(word, ID_STARTS)?;
    let rest = &word[start..];
    let telling = has(rest, |letter| letter.is_ascii_digit())
        || rest.len() >= 16
        || (has(rest, |letter| letter.is_ascii_uppercase())
            && has(rest, |letter| letter.is_ascii_lowercase()));
    ((rest.len() >= 3 && telling) || (context.awaits_id && !rest.is_empty())).then_some(length)
}

fn email(text: &str) -> Option<usize> {
    let local = run(text, |letter| letter.is_ascii_alphanumeric() || "._%+-".contains(letter));
    let domain = text[local..].strip_prefix('@').filter(|_| local > 0)?;
    let length = run(domain, |letter| letter.is_ascii_alphanumeric() || ".-".contains(letter));
    domain[..length].contains('.').then_some(local + 1 + length)
}

fn address(text: &str, before: char) -> Option<usize> {
    let length = run(text, |letter| letter.is_ascii_digit() || letter == '.');
    if text[..length].parse::<Ipv4Addr>().is_ok() && before != '.' {
        return Some(length);
    }
    let length = run(text, |letter| letter.is_ascii_hexdigit() || letter == ':' || letter == '.');
    let word = &text[..length];
    let is_six = word.len() > 3 && before != ':' && word.parse::<Ipv6Addr>().is_ok();
    is_six.then_some(length)
}

fn path(text: &str, before: char) -> Option<usize> {
    let is_part = |letter: char| letter.is_alphanumeric() || "/\\_-.~@+%".contains(letter);
    let windows =
        text.get(1..3) == Some(":\\") && text.starts_with(|letter: char| letter.is_ascii_alphabetic());
    if windows {
        return Some(3 + run(&text[3..], is_part));
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

    #[test]
    fn what_providers_put_into_messages_is_taken_out() {
        let cases = [
            ("Incorrect API key provided: sk-proj-abc123def456ghi789.", "Incorrect API key provided: [key]."),
            (
                "Incorrect API key provided: sk-abcd****wxyz. You can find",
                "Incorrect API key provided: [key]. You can find",
            ),
            ("Incorrect API key provided: fake1234*****5678.", "Incorrect API key provided: [key]."),
            (
                "in organization org-abc on requests per min",
                "in organization [organisation] on requests per min",
            ),
            (
                "in organization `org_01hq5yzbx5eq` service tier",
                "in organization `[organisation]` service tier",
            ),
            ("project proj_AbCd1234EfGh does not", "project [organisation] does not"),
            ("Your IP: 203.0.113.7", "Your IP: [address]"),
            ("from 2001:db8::8a2e:370:7334 refused", "from [address] refused"),
            ("in /var/www/html/wp-includes/functions.php on line 4605", "in [path] on line 4605"),
            ("in C:\\inetpub\\wwwroot\\index.php on", "in [path] on"),
            ("contact jane.doe@shop.example for", "contact [email] for"),
            ("Authorization: Bearer abcdef0123456789abcdef0123", "Authorization: Bearer [key]"),
            ("ct_00112233445566778899aabbccddeeff", "[key]"),
            ("key AIzaSyA1234567890abcdefghijklmnopqrstuv is", "key [key] is"),
            ("gsk_abcdefghijklmnopqrstuvwx", "[key]"),
        ];
        for (text, expected) in cases {
            assert_eq!(redact(text), expected);
        }
    }

    #[test]
    fn what_an_owner_needs_stays() {
        let texts = [
            "You have insufficient permissions for this operation. Missing scopes: model.request. Check that you have the \
             correct role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if you're using a \
             restricted API key, that it has the necessary scopes.",
            "The model `gpt-4o-mini-2024-07-18` does not exist or you do not have access to it.",
            "claude-3-5-sonnet-20241022 on tokens per min (TPM): Limit 12000, Used 4437, Requested 9854.",
            "https://platform.openai.com/docs/guides/error-codes/api-errors and https://platform.openai.com/account/api-keys.",
            "Please include the request ID req_0123456789abcdef0123456789abcdef in your message.",
            "This model's maximum context length is 8192 tokens.",
            "user-friendly, org-level, user_location, 12:30:45, version 1.2.3, std::net, and/or",
            "max_tokens must be at least 1, got -186.",
            "POST /v1/chat/completions HTTP/1.1",
            "The api_key client option must be set either by passing api_key to the client",
        ];
        for text in texts {
            assert_eq!(redact(text), text);
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
            "ct_[0-9a-f]{64}",
            "eyJ[A-Za-z0-9]{20,40}\\.[A-Za-z0-9]{20,40}\\.[A-Za-z0-9]{20}",
            "[a-z]{3,8}\\.[a-z]{3,8}@[a-z]{3,8}\\.com",
            (1_u8..=255, 0_u8..=255, 0_u8..=255, 1_u8..=255)
                .prop_map(|(a, b, c, d)| format!("{a}.{b}.{c}.{d}")),
        ]
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
        fn a_second_time_changes_nothing(text in "\\PC{0,200}", secret in secret()) {
            let once = redact(&format!("{text} {secret} {text}"));
            prop_assert_eq!(redact(&once), once.clone());
        }
    }
}
