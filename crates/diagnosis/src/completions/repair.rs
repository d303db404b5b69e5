//! JSON that strict readers refuse, put right: what is read of it is what its sender meant, and nothing is made up.

use serde_json::Value;

/// Stands before half of a surrogate pair in what is read: a letter that no text may hold (Unicode, section 23.7).
const HALF: char = '\u{ffff}';

/// The first of the letters that stand for halves, the half U+D800.
const FIRST_HALF: u32 = 0xe000;

/// Numbers that Python writes and JSON does not have.
const NO_NUMBERS: [&str; 4] = ["NaN", "-Infinity", "Infinity", "undefined"];

/// Reads a value, strictly where that is possible.
pub(super) fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str(&repair(text)).ok())
}

/// The same text with numbers that are none as `null`, with line ends and other signs in strings escaped, and with halves
/// of surrogate pairs as [`half`] reads them.
pub(super) fn repair(text: &str) -> String {
    let mut repaired = String::with_capacity(text.len() + 16);
    let mut rest = text;
    let mut is_string = false;
    while let Some(letter) = rest.chars().next() {
        let tail = &rest[letter.len_utf8()..];
        rest = match letter {
            '"' => {
                is_string = !is_string;
                repaired.push('"');
                tail
            }
            '\\' if is_string => escape(tail, &mut repaired),
            '\0'..'\u{20}' if is_string => {
                match letter {
                    '\n' => repaired.push_str("\\n"),
                    '\t' => repaired.push_str("\\t"),
                    // The rest of them says nothing.
                    _ => {}
                }
                tail
            }
            HALF => tail,
            _ if is_string => {
                repaired.push(letter);
                tail
            }
            _ => match NO_NUMBERS.iter().find_map(|word| rest.strip_prefix(word)) {
                Some(tail) => {
                    repaired.push_str("null");
                    tail
                }
                None => {
                    repaired.push(letter);
                    tail
                }
            },
        };
    }
    repaired
}

/// Copies what a backslash in a string begins, and returns what follows it.
fn escape<'a>(rest: &'a str, repaired: &mut String) -> &'a str {
    let code = |text: &str| {
        let digits = text.strip_prefix('u')?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    match code(rest) {
        Some(high @ 0xd800..0xdc00) => {
            let low = rest[5..].strip_prefix('\\').and_then(code);
            if low.is_some_and(|low| (0xdc00..0xe000).contains(&low)) {
                repaired.push('\\');
                repaired.push_str(&rest[..11]);
                return &rest[11..];
            }
            push_half(high, repaired);
            &rest[5..]
        }
        Some(low @ 0xdc00..0xe000) => {
            push_half(low, repaired);
            &rest[5..]
        }
        Some(_) => {
            repaired.push('\\');
            repaired.push_str(&rest[..5]);
            &rest[5..]
        }
        None => {
            let Some(letter) = rest.chars().next() else { return rest };
            if "\"\\/bfnrt".contains(letter) {
                repaired.push('\\');
                repaired.push(letter);
            } else if letter >= ' ' {
                // An escape that JSON does not have stands for its letter.
                repaired.push(letter);
            }
            &rest[letter.len_utf8()..]
        }
    }
}

fn push_half(half: u16, text: &mut String) {
    text.push(HALF);
    text.extend(char::from_u32(FIRST_HALF + u32::from(half) - 0xd800));
}

/// Whether text that is read may hold halves.
pub(super) fn has_halves(text: &str) -> bool {
    text.contains(HALF)
}

/// The half of a surrogate pair that these two letters stand for.
pub(super) fn half(mark: char, letter: char) -> Option<u16> {
    let half = u32::from(letter).checked_sub(FIRST_HALF)?;
    (mark == HALF && half < 0x800).then_some(0xd800 + half as u16)
}
