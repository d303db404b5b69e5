//! Reads a web page that came in place of an answer.

/// Elements whose inside is no text of the page.
const HIDDEN: &[&str] = &["script", "style", "svg", "title"];

/// Tags that part no words.
const INLINE: &[&str] = &[
    "b>", "/b>", "i>", "/i>", "a ", "/a>", "span", "/span", "strong", "/strong", "em>", "/em>", "code",
    "/code",
];

/// What a page says.
pub(super) struct Page {
    /// The title, else the first heading, else all the words where they are few.
    pub title: Option<String>,
    /// The number that Cloudflare gives its errors, such as 520 or 1020.
    pub code: Option<String>,
    /// The words of the page, without tags, scripts and styles.
    pub text: String,
}

/// Whether the text is a web page.
pub(super) fn is_page(text: &str) -> bool {
    begins_with(text, &["<!doctype html", "<html", "<head", "<body", "<title", "<center", "<h1"])
}

/// Whether the text is a piece of a web page, such as the notices of a PHP that is set to print them.
pub(super) fn is_fragment(text: &str) -> bool {
    begins_with(text, &["<br", "<b>", "<p>", "<p ", "<div", "<h2", "<pre", "<a "])
}

fn begins_with(text: &str, tags: &[&str]) -> bool {
    let start: String = text.chars().take(512).map(|letter| letter.to_ascii_lowercase()).collect();
    start.starts_with('<') && tags.iter().any(|tag| start.contains(tag))
}

/// Reads a page.
pub(super) fn read(html: &str) -> Page {
    let text = strip(html);
    let title = ["title", "h1", "h2"].iter().find_map(|tag| element(html, tag));
    // A page without either says all it has in a few words, or it is no page to quote.
    let title = title.or_else(|| Some(text.clone()).filter(|text| !text.is_empty() && text.len() <= 500));
    // Cloudflare writes "host | 520: Web server is returning an unknown error".
    let numbered = title.as_deref().and_then(|title| {
        let own = title.split(" | ").find(|part| number_before_colon(part).is_some())?;
        // Its own numbers begin at 520; "502" is the status and no more.
        let number = number_before_colon(own).filter(|number| *number >= "520" || number.len() > 3);
        Some((own.to_owned(), number.map(str::to_owned)))
    });
    match numbered {
        Some((title, code)) => Page { title: Some(title), code, text },
        None => Page { title, code: error_code(&text), text },
    }
}

/// The text without tags, its white space made single and its entities read. Scripts, styles and the title are no text.
pub(super) fn strip(html: &str) -> String {
    // ASCII letters alone change their case, so a place in one is the same place in the other.
    let lower = html.to_ascii_lowercase();
    let mut text = String::with_capacity(html.len() / 2);
    let mut at = 0;
    while let Some(open) = html[at..].find('<').map(|open| at + open) {
        text.push_str(&html[at..open]);
        let name = &lower[open + 1..];
        if !name.starts_with(|letter: char| letter.is_ascii_alphabetic() || "/!?".contains(letter)) {
            text.push('<');
            at = open + 1;
            continue;
        }
        let closing = if name.starts_with("!--") {
            name.find("-->").map(|end| end + 2)
        } else if let Some(tag) = HIDDEN.iter().find(|tag| name.starts_with(**tag)) {
            let end = name.find(&format!("</{tag}"));
            end.and_then(|end| Some(end + name[end..].find('>')?))
        } else {
            name.find('>')
        };
        at = closing.map_or(html.len(), |closing| open + 1 + closing + 1);
        if !INLINE.iter().any(|tag| name.starts_with(tag)) {
            text.push(' ');
        }
    }
    text.push_str(&html[at..]);
    let text = decode_entities(&text);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The number after "error code" in a short text such as Cloudflare's `error code: 1020`.
pub(super) fn error_code(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let after = |words: &str, digits: std::ops::RangeInclusive<usize>| {
        lower.match_indices(words).find_map(|(at, _)| {
            let rest = text[at + words.len()..].trim_start_matches([':', ' ']);
            let number = &rest[..rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len())];
            digits.contains(&number.len()).then(|| number.to_owned())
        })
    };
    // "Error 1015" is Cloudflare's, "Error 54113" Fastly's, while "Error 404" is any server's and says no more than the status.
    after("error code", 3..=4)
        .or_else(|| after("error 1", 3..=3).map(|number| format!("1{number}")))
        .or_else(|| after("error ", 5..=5))
        .or_else(|| shouted(text))
}

/// A name such as `FUNCTION_INVOCATION_TIMEOUT` (Vercel) or `ERR_NGROK_3200` that has a line for itself.
fn shouted(text: &str) -> Option<String> {
    let is_name = |line: &&str| {
        line.len() >= 8
            && line.contains('_')
            && line.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    };
    text.lines().map(str::trim).find(is_name).map(str::to_owned)
}

fn number_before_colon(text: &str) -> Option<&str> {
    let (number, _) = text.split_once(": ")?;
    let number = number.trim();
    let is_number = matches!(number.len(), 3 | 4) && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some(number)
}

/// The words inside the first element of that name.
fn element(html: &str, tag: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower[from..].find('<').map(|at| from + at) {
        from = at + 1;
        let Some(after) = lower[from..].strip_prefix(tag) else { continue };
        if !after.starts_with(|letter: char| letter == '>' || letter.is_ascii_whitespace()) {
            continue;
        }
        let start = from + lower[from..].find('>')? + 1;
        let end = lower[start..].find(&format!("</{tag}")).map_or(html.len(), |end| start + end);
        return Some(strip(&html[start..end])).filter(|words| !words.is_empty());
    }
    None
}

fn decode_entities(text: &str) -> String {
    let mut clear = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        clear.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest.bytes().take(12).position(|byte| byte == b';').map(|end| &rest[1..end]);
        match entity.and_then(|entity| Some((entity, letter(entity)?))) {
            Some((entity, letter)) => {
                clear.push(letter);
                rest = &rest[entity.len() + 2..];
            }
            None => {
                clear.push('&');
                rest = &rest[1..];
            }
        }
    }
    clear.push_str(rest);
    clear
}

fn letter(entity: &str) -> Option<char> {
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "rsquo" => '’',
        "mdash" => '—',
        "ndash" => '–',
        "hellip" => '…',
        "middot" => '·',
        "lsaquo" => '‹',
        "rsaquo" => '›',
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_page_becomes_its_words() {
        let html = "<title>Oops</title><p>It&#8217;s <b>down</b>.</p><script>if (a < b) { x() }</script><STYLE>p{}</STYLE><!-- > -->Try\n\n<em>later</em> &amp; 1 < 2 &bogus;";
        assert_eq!(strip(html), "It’s down. Try later & 1 < 2 &bogus;");
    }

    #[test]
    fn the_title_is_the_message() {
        let title = |html| read(html).title;
        assert_eq!(
            title("<html><head><TITLE lang=en>\n 502 Bad\n Gateway </TITLE>").as_deref(),
            Some("502 Bad Gateway")
        );
        assert_eq!(title("<html><title></title><h1>Forbidden</h1>").as_deref(), Some("Forbidden"));
        assert_eq!(
            title("<br />\n<b>Fatal error</b>: Uncaught Error").as_deref(),
            Some("Fatal error: Uncaught Error")
        );
        assert_eq!(title("<html></html>"), None);
    }

    #[test]
    fn cloudflare_numbers_its_errors() {
        let code = |html| read(html).code;
        assert_eq!(code("<title>example.com | 521: Web server is down</title>").as_deref(), Some("521"));
        assert_eq!(
            code("<title>Attention Required! | Cloudflare</title><h1>Error <span>1020</span></h1>")
                .as_deref(),
            Some("1020")
        );
        assert_eq!(
            code("<title>Access denied</title><span>Error code</span> <b>1015</b>").as_deref(),
            Some("1015")
        );
        assert_eq!(code("<title>404 Not Found</title><h1>Error 404</h1>"), None);
    }

    proptest! {
        #[test]
        fn any_page_is_survived(html in "(<|>|</|title|script|!--|&|#x|;|é|[a-z ]{0,3}){0,40}") {
            let _ = (is_page(&html), is_fragment(&html), read(&html).text);
        }
    }
}
