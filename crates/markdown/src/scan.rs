//! Reading a text at a place. Nothing here panics: a place beyond the end reads as 0, a range that is none as empty.

use crate::Host;

/// The byte at a place, 0 at the end.
#[inline(never)]
pub fn byte(text: &str, at: usize) -> u8 {
    #[cfg(test)]
    crate::work::count(1);
    text.as_bytes().get(at).copied().unwrap_or(0)
}

/// A part of a text.
#[inline(never)]
pub fn cut(text: &str, from: usize, to: usize) -> &str {
    #[cfg(test)]
    crate::work::count(1);
    text.get(from..to).unwrap_or("")
}

/// What follows a place.
#[inline(never)]
pub fn rest(text: &str, from: usize) -> &str {
    cut(text, from, text.len())
}

/// How many times a byte stands from a place on.
#[inline(never)]
pub fn run(text: &str, at: usize, wanted: u8) -> usize {
    let mut end = at;
    // A text may hold the byte that stands for its end.
    while end < text.len() && byte(text, end) == wanted {
        end += 1;
    }
    end - at
}

/// The place of a needle, from a place on.
#[inline(never)]
pub fn find(text: &str, from: usize, needle: &str) -> Option<usize> {
    let first = byte(needle, 0);
    let mut at = from;
    while at < text.len() {
        if byte(text, at) == first && rest(text, at).starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// Whether a text begins so, in whatever case; `start` is in lower case.
#[inline(never)]
pub fn starts(text: &str, at: usize, start: &str) -> bool {
    cut(text, at, at + start.len()).eq_ignore_ascii_case(start)
}

/// A space, a tab or a line end.
pub fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

/// A text without spaces and tabs at its end.
#[inline(never)]
pub fn trim_end(text: &str) -> &str {
    let mut end = text.len();
    while end > 0 && matches!(byte(text, end - 1), b' ' | b'\t') {
        end -= 1;
    }
    cut(text, 0, end)
}

/// A text without spaces and tabs at both ends.
#[inline(never)]
pub fn trim(text: &str) -> &str {
    let text = trim_end(text);
    let mut start = 0;
    while matches!(byte(text, start), b' ' | b'\t') {
        start += 1;
    }
    rest(text, start)
}

/// The first word of a text, from a place on: where it begins and where it ends.
#[inline(never)]
pub fn word(text: &str, at: usize) -> (usize, usize) {
    let start = skip_space(text, at);
    let mut end = start;
    while end < text.len() && !is_space(byte(text, end)) {
        end += 1;
    }
    (start, end)
}

/// The place after spaces, tabs and line ends.
#[inline(never)]
pub fn skip_space(text: &str, mut at: usize) -> usize {
    while is_space(byte(text, at)) {
        at += 1;
    }
    at
}

/// The place after spaces, tabs and one line end at most.
#[inline(never)]
fn skip_line_end(text: &str, mut at: usize) -> usize {
    let mut lines = 0;
    loop {
        match byte(text, at) {
            b' ' | b'\t' => {}
            b'\n' if lines == 0 => lines = 1,
            _ => return at,
        }
        at += 1;
    }
}

/// The character that ends at a place.
#[inline(never)]
pub fn char_before(text: &str, at: usize) -> Option<char> {
    cut(text, 0, at).chars().next_back()
}

/// The character that begins at a place.
#[inline(never)]
pub fn char_at(text: &str, at: usize) -> Option<char> {
    rest(text, at).chars().next()
}

/// The entities that stand for what Markdown and HTML are made of.
const COMMON_ENTITIES: [(&str, &str); 5] =
    [("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("nbsp", "\u{a0}")];

/// A character reference at `&`: what it stands for and the place after it.
#[inline(never)]
pub fn entity(text: &str, at: usize, host: Host) -> Option<(String, usize)> {
    let mut start = at + 1;
    // A number has a base, a name has none.
    let mut base = 0;
    if byte(text, start) == b'#' {
        base = 10;
        start += 1;
        if byte(text, start) | 32 == b'x' {
            base = 16;
            start += 1;
        }
    }
    // The longest name there is has 31 letters, the longest number 7 digits.
    let longest = if base == 0 { 32 } else { 7 };
    let mut end = start;
    let mut number = 0;
    while byte(text, end).is_ascii_alphanumeric() && end - start < longest {
        if base > 0 {
            number = number * base + char::from(byte(text, end)).to_digit(base)?;
        }
        end += 1;
    }
    if start == end || byte(text, end) != b';' {
        return None;
    }
    let meaning = if base > 0 {
        let mut meaning = String::new();
        meaning.push(char::from_u32(number).filter(|_| number > 0).unwrap_or('\u{fffd}'));
        meaning
    } else {
        let name = cut(text, start, end);
        match COMMON_ENTITIES.iter().find(|(common, _)| *common == name) {
            Some((_, meaning)) => String::from(*meaning),
            None => (host.entity)(name)?,
        }
    };
    Some((meaning, end + 1))
}

/// A text without its escapes and character references.
#[inline(never)]
pub fn unescape(text: &str, host: Host) -> String {
    let mut plain = String::new();
    let mut from = 0;
    let mut at = 0;
    while at < text.len() {
        match byte(text, at) {
            b'\\' if byte(text, at + 1).is_ascii_punctuation() => {
                plain.push_str(cut(text, from, at));
                from = at + 1;
                at += 2;
                continue;
            }
            b'&' => {
                if let Some((meaning, end)) = entity(text, at, host) {
                    plain.push_str(cut(text, from, at));
                    plain.push_str(&meaning);
                    from = end;
                    at = end;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    plain.push_str(rest(text, from));
    plain
}

/// A label in brackets: the place after it.
#[inline(never)]
pub fn label(text: &str, at: usize) -> Option<usize> {
    if byte(text, at) != b'[' {
        return None;
    }
    let mut end = at + 1;
    while end < text.len() && end - at <= 1000 {
        match byte(text, end) {
            b'\\' => end += 1,
            b'[' => return None,
            b']' => return Some(end + 1),
            _ => {}
        }
        end += 1;
    }
    None
}

/// A label as it is compared: in lower case (ASCII), with single spaces; empty where it is none.
#[inline(never)]
pub fn normalize(label: &str) -> String {
    let mut plain = String::new();
    let (mut start, mut end) = word(label, 0);
    while start < end {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(cut(label, start, end));
        (start, end) = word(label, end);
    }
    plain.make_ascii_lowercase();
    plain
}

/// An address and a title, as they are written.
pub struct Destination<'a> {
    pub address: &'a str,
    pub title: &'a str,
    /// The place after both.
    pub end: usize,
    /// The place after the address.
    pub after_address: usize,
}

/// An address, and a title where one follows.
#[inline(never)]
pub fn destination(text: &str, at: usize) -> Option<Destination<'_>> {
    let at = skip_line_end(text, at);
    let mut end = at;
    let address;
    if byte(text, at) == b'<' {
        loop {
            end += 1;
            match byte(text, end) {
                b'\\' => end += 1,
                b'>' => break,
                0 | b'\n' | b'<' => return None,
                _ => {}
            }
        }
        address = cut(text, at + 1, end);
        end += 1;
    } else {
        let mut depth = 0;
        loop {
            match byte(text, end) {
                b'\\' if byte(text, end + 1).is_ascii_punctuation() => end += 1,
                b'(' => depth += 1,
                b')' if depth == 0 => break,
                b')' => depth -= 1,
                0..=b' ' | 0x7f => break,
                _ => {}
            }
            if depth > 32 {
                return None;
            }
            end += 1;
        }
        if depth > 0 {
            return None;
        }
        address = cut(text, at, end);
    }
    let mut found = Destination { address, title: "", end, after_address: end };
    let start = skip_line_end(text, end);
    let close = match byte(text, start) {
        b'(' => b')',
        quote @ (b'"' | b'\'') => quote,
        _ => return Some(found),
    };
    if start == end {
        return Some(found);
    }
    let mut end = start + 1;
    loop {
        match byte(text, end) {
            byte if byte == close => break,
            b'\\' => end += 1,
            0 => return Some(found),
            b'(' if close == b')' => return Some(found),
            _ => {}
        }
        end += 1;
    }
    found.title = cut(text, start + 1, end);
    found.end = end + 1;
    Some(found)
}

/// An HTML tag: the place after it.
#[inline(never)]
pub fn html_tag(text: &str, at: usize) -> Option<usize> {
    let closing = byte(text, at + 1) == b'/';
    let mut end = at + 1 + usize::from(closing);
    if !byte(text, end).is_ascii_alphabetic() {
        return None;
    }
    while byte(text, end).is_ascii_alphanumeric() || byte(text, end) == b'-' {
        end += 1;
    }
    let mut before = end;
    end = skip_space(text, end);
    loop {
        match byte(text, end) {
            b'>' => return Some(end + 1),
            b'/' if !closing && byte(text, end + 1) == b'>' => return Some(end + 2),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b':' if !closing && end > before => {}
            _ => return None,
        }
        while matches!(byte(text, end), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b':' | b'.' | b'-') {
            end += 1;
        }
        before = end;
        end = skip_space(text, end);
        if byte(text, end) == b'=' {
            end = skip_space(text, end + 1);
            let start = end;
            match byte(text, end) {
                quote @ (b'"' | b'\'') => {
                    end += 1;
                    while byte(text, end) != quote {
                        if byte(text, end) == 0 {
                            return None;
                        }
                        end += 1;
                    }
                    end += 1;
                }
                _ => {
                    while !matches!(byte(text, end), 0..=b' ' | b'"' | b'\'' | b'=' | b'<' | b'>' | b'`') {
                        end += 1;
                    }
                    if start == end {
                        return None;
                    }
                }
            }
            before = end;
            end = skip_space(text, end);
        }
    }
}
