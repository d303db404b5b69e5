//! Whom visitors can turn to where only the site's owner can put something right.

/// The fewest digits of a telephone number: an emergency number's.
const MIN_DIGITS: usize = 3;

/// The address that a link to this contact has: `mailto:`, `tel:` or `https:` and what follows. A mail address or a telephone
/// number may be given as it is written on a card. `None` where it is neither, nor a page's address.
pub fn address(text: &str) -> Option<String> {
    let text = text.trim();
    let is_plain = |letter: char| !letter.is_control() && !matches!(letter, '"' | '<' | '>' | '\\');
    if !text.chars().all(is_plain) {
        return None;
    }
    if let Some(page) = after(text, "https://") {
        let is_page = page.bytes().next().is_some_and(|first| !b"/?#".contains(&first)) && is_one_word(page);
        return is_page.then(|| ["https://", page].concat());
    }
    if let Some(number) = after(text, "tel:") {
        return telephone(number);
    }
    let mail = after(text, "mailto:").unwrap_or(text);
    if is_mail(mail) { Some(["mailto:", mail].concat()) } else { telephone(text) }
}

/// What an address leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// This mail address.
    Mail(&'a str),
    /// This telephone.
    Telephone(&'a str),
    /// A page.
    Page,
}

/// What an address leads to that [`address`] has given.
pub fn kind(address: &str) -> Kind<'_> {
    if let Some(mail) = after(address, "mailto:") {
        return Kind::Mail(cut(mail, b'?').0);
    }
    after(address, "tel:").map_or(Kind::Page, Kind::Telephone)
}

/// What follows a scheme, in any case.
fn after<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let start = text.get(..scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then(|| text[scheme.len()..].trim())
}

/// What stands before the first such byte, an ASCII one, and what stands behind it. By bytes throughout: with the patterns of
/// `str` came their searchers, 2 kB into what every visitor downloads.
fn cut(text: &str, at: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == at) {
        Some(place) => (&text[..place], Some(&text[place + 1..])),
        None => (text, None),
    }
}

fn is_one_word(text: &str) -> bool {
    !text.chars().any(char::is_whitespace)
}

fn is_mail(text: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.bytes().any(|byte| b"@/:".contains(&byte));
    let (name, host) = cut(cut(text, b'?').0, b'@');
    is_one_word(text) && is_part(name) && host.is_some_and(is_part)
}

/// A number as one dials it: what separates its digits is left out.
fn telephone(text: &str) -> Option<String> {
    let mut number = "tel:".to_owned();
    for (at, letter) in text.chars().enumerate() {
        match letter {
            '0'..='9' => number.push(letter),
            '+' if at == 0 => number.push(letter),
            ' ' | '\u{a0}' | '(' | ')' | '/' | '-' | '.' => {}
            _ => return None,
        }
    }
    (number.bytes().filter(u8::is_ascii_digit).count() >= MIN_DIGITS).then_some(number)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Case {
        given: String,
        address: Option<String>,
    }

    /// The cases, by which PHP's reader is held too (`tests/wordpress/off.test.mjs`).
    fn cases() -> Vec<Case> {
        serde_json::from_str(include_str!("../contact.cases.json")).unwrap()
    }

    #[test]
    fn a_contact_is_read_as_it_stands_on_a_card() {
        for Case { given, address: expected } in cases() {
            assert_eq!(address(&given), expected, "{given}");
        }
    }

    #[test]
    fn a_link_tells_what_it_leads_to() {
        assert_eq!(kind("mailto:help@shop.example?subject=Chat"), Kind::Mail("help@shop.example"));
        assert_eq!(kind("tel:+493012345"), Kind::Telephone("+493012345"));
        assert_eq!(kind("https://shop.example/contact"), Kind::Page);
    }

    #[test]
    fn what_is_read_once_is_read_the_same_again() {
        for read in cases().into_iter().filter_map(|case| case.address) {
            assert_eq!(address(&read).as_ref(), Some(&read), "{read}");
        }
    }
}
