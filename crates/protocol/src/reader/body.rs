//! What kind of body it is: JSON in one of its disguises, a web page, or plain text.

use serde_json::{Deserializer, Value};

use super::value;
use crate::sse::Decoder;

/// A body, as far as it can be told.
pub enum Body {
    /// JSON, wherever it was found.
    Json(Value),
    /// A web page.
    Html {
        /// Its title, without the site's name.
        title: Option<String>,
        /// The code that a middle box writes into its title, such as Cloudflare's `520: …`.
        code: Option<String>,
        /// Its text, without markup.
        text: String,
    },
    /// Words.
    Text {
        /// The code, where the words are `error code: 1020` (Cloudflare's plain form).
        code: Option<String>,
    },
    /// Nothing.
    Empty,
}

/// How many places are tried where JSON may begin.
const STARTS: usize = 16;

/// How many ways are tried to mend JSON that was cut off.
const MENDS: usize = 32;

/// Tells what the text is.
pub fn parse(text: &str) -> Body {
    if text.is_empty() {
        return Body::Empty;
    }
    if let Ok(value) = serde_json::from_str(text) {
        return Body::Json(value);
    }
    // A web page's scripts hold JSON too, which is none of the reply's.
    if is_html(text) {
        return html(text);
    }
    let disguised = events(text).or_else(|| lines(text)).or_else(|| embedded(text)).or_else(|| cut_off(text));
    if let Some(value) = disguised {
        return Body::Json(value);
    }
    Body::Text { code: plain_code(text) }
}

/// The error among server-sent events.
fn events(text: &str) -> Option<Value> {
    if !text.lines().any(|line| line.starts_with("data:")) {
        return None;
    }
    let events = Decoder::default().push(format!("{text}\n\n").as_bytes()).ok()?;
    let parsed = events.into_iter().filter_map(|event| {
        let value: Value = serde_json::from_str(&event.data).ok()?;
        Some((event.name == "error", value))
    });
    let mut parsed: Vec<_> = parsed.collect();
    let at = parsed.iter().position(|(named, value)| *named || value::holds_error(value))?;
    Some(parsed.swap_remove(at).1)
}

/// The error among lines of JSON, as Ollama's own API streams them.
fn lines(text: &str) -> Option<Value> {
    text.lines().filter_map(|line| serde_json::from_str(line.trim()).ok()).find(value::holds_error)
}

/// JSON with something before or behind it, such as the notices of a PHP that is set to print them.
fn embedded(text: &str) -> Option<Value> {
    text.match_indices(['{', '[']).take(STARTS).find_map(|(at, _)| {
        let value = Deserializer::from_str(&text[at..]).into_iter::<Value>().next()?.ok()?;
        value::read(&value).is_some().then_some(value)
    })
}

/// JSON that ends in the middle: what is complete of it.
fn cut_off(text: &str) -> Option<Value> {
    let text = &text[text.find('{')?..];
    if !text[1..].trim_start().starts_with('"') {
        return None;
    }
    let ends = text.char_indices().rev().filter(|(_, letter)| ",:{[\"".contains(*letter)).map(|(at, _)| at);
    let ends = std::iter::once(text.len()).chain(ends).take(MENDS);
    ends.filter_map(|end| serde_json::from_str(&closed(&text[..end])).ok())
        .find(|value| value::read(value).is_some_and(|found| found.message.is_some()))
}

/// The text with whatever is open closed.
fn closed(text: &str) -> String {
    let (mut open, mut in_string, mut escaped) = (Vec::new(), false, false);
    for letter in text.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            '{' if !in_string => open.push('}'),
            '[' if !in_string => open.push(']'),
            '}' | ']' if !in_string => {
                open.pop();
            }
            _ => {}
        }
    }
    let mut whole = text.to_owned();
    if escaped {
        whole.pop();
    }
    if in_string {
        whole.push('"');
    }
    whole.truncate(whole.trim_end().trim_end_matches(',').len());
    whole.extend(open.iter().rev());
    whole
}

fn is_html(text: &str) -> bool {
    let start: String = text.chars().take(512).flat_map(char::to_lowercase).collect();
    start.starts_with('<')
        && ["<!doctype html", "<html", "<head", "<body", "<title", "<h1", "<center"]
            .iter()
            .any(|tag| start.contains(tag))
}

fn html(text: &str) -> Body {
    let title =
        element(text, "title").or_else(|| element(text, "h1")).map(|title| decoded(&without_markup(&title)));
    // `api.example.com | 520: Web server is returning an unknown error` names the site first.
    let title = title.map(|title| match title.split_once(" | ") {
        Some((site, rest)) if site.contains('.') && !site.contains(' ') => rest.trim().to_owned(),
        _ => title,
    });
    let title = title.filter(|title| !title.is_empty());
    let code = title.as_deref().and_then(|title| {
        let digits = title.split_once(':')?.0;
        (digits.len() >= 3 && digits.len() <= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| digits.to_owned())
    });
    Body::Html { title, code, text: decoded(&without_markup(text)) }
}

/// What stands in the first element of that name.
fn element(text: &str, name: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let tag = lower.find(&format!("<{name}"))?;
    let start = tag + lower[tag..].find('>')? + 1;
    let end = start + lower[start..].find("</")?;
    Some(text[start..end].trim().to_owned())
}

/// The text between the tags, on one line; scripts, styles and the head's title are no text.
fn without_markup(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut words = String::new();
    let mut at = 0;
    while at < text.len() {
        let Some(tag) = text[at..].find('<').map(|offset| at + offset) else {
            words.push_str(&text[at..]);
            break;
        };
        words.push_str(&text[at..tag]);
        words.push(' ');
        let hidden = ["script", "style", "title"].iter().find(|name| lower[tag + 1..].starts_with(**name));
        let end = match hidden {
            Some(name) => lower[tag..].find(&format!("</{name}")).map(|offset| tag + offset + 2),
            None => Some(tag),
        };
        at = end.and_then(|end| text[end..].find('>').map(|offset| end + offset + 1)).unwrap_or(text.len());
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The few character references that error pages use.
fn decoded(text: &str) -> String {
    [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#039;", "'"),
        ("&#39;", "'"),
        ("&#8217;", "’"),
        ("&rsquo;", "’"),
        ("&amp;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (reference, letter)| text.replace(reference, letter))
}

fn plain_code(text: &str) -> Option<String> {
    let rest = text.to_ascii_lowercase();
    let rest = rest.strip_prefix("error code:")?.trim_start();
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}
