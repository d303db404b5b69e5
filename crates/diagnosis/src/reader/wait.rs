//! Times to wait, and request ids, as headers and sentences give them.

/// The longest wait that is believed: a month, in seconds.
const LONGEST: f64 = 31.0 * 24.0 * 60.0 * 60.0;

/// A number that can be a time.
pub fn number(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// Whole seconds, rounded up, within bounds.
pub fn up(seconds: f64) -> u64 {
    seconds.clamp(0.0, LONGEST).ceil() as u64
}

/// A duration such as `1s`, `6m0s`, `1h2m`, `120ms`, `34.07s` or `12`, in whole seconds.
pub fn duration(text: &str) -> Option<u64> {
    let mut rest = text.trim();
    if let Some(seconds) = number(rest) {
        return Some(up(seconds));
    }
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let value = number(&rest[..digits])?;
        let unit_end = rest[digits..]
            .find(|letter: char| !letter.is_ascii_alphabetic())
            .map_or(rest.len(), |end| digits + end);
        seconds += value
            * match &rest[digits..unit_end] {
                "ms" => 0.001,
                "s" => 1.0,
                "m" => 60.0,
                "h" => 3600.0,
                "d" => 86_400.0,
                _ => return None,
            };
        rest = &rest[unit_end..];
    }
    Some(up(seconds))
}

/// A date of HTTP such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7), in seconds since 1970.
pub fn date(text: &str) -> Option<u64> {
    let (_, rest) = text.split_once(", ")?;
    let mut parts = rest.split([' ', ':']);
    let mut next = || parts.next();
    let day: u64 = next()?.parse().ok()?;
    let month = next()?;
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = months.iter().position(|name| *name == month)? as u64 + 1;
    let year: u64 = next()?.parse().ok().filter(|year| (1970..10_000).contains(year))?;
    let mut unit = || next()?.parse::<u64>().ok().filter(|value| *value <= 60);
    let (hour, minute, second) = (unit()?, unit()?, unit()?);
    // Days since 1970 by counting from March, so that the leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day.clamp(1, 31) - 1;
    days.checked_sub(719_468).map(|days| days * 86_400 + hour * 3600 + minute * 60 + second)
}

/// The wait that a sentence names: "try again in 1.3s", "retry after 26 seconds", "in 6m0s".
pub fn seconds_in(message: &str) -> Option<u64> {
    let lower = message.to_lowercase();
    let after = ["try again in ", "retry in ", "retry after ", "retrying in ", "wait "]
        .iter()
        .find_map(|words| lower.find(words).map(|at| &lower[at + words.len()..]))?;
    let mut words = after.split_whitespace();
    let first = words.next()?.trim_end_matches(['.', ',', ';', ')', '!']);
    let Some(value) = number(first) else { return duration(first) };
    let unit = words.next().unwrap_or_default();
    let factor = ["milli", "sec", "min", "hour", "day"].iter().position(|start| unit.starts_with(start))?;
    Some(up(value * [0.001, 1.0, 60.0, 3600.0, 86_400.0][factor]))
}

/// The request id that a sentence names: "include the request ID req_… in your message".
pub fn request_id_in(message: &str) -> Option<String> {
    let lower = message.to_ascii_lowercase();
    let at = ["request id", "request-id", "request_id", "requestid"]
        .iter()
        .find_map(|words| Some(lower.find(words)? + words.len()))?;
    let rest = message[at..].trim_start_matches(|letter: char| " :=#'\"`(".contains(letter));
    let end = rest
        .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '-')
        .unwrap_or(rest.len());
    let id = &rest[..end];
    (id.len() >= 8 && id.bytes().any(|byte| byte.is_ascii_digit())).then(|| id.to_owned())
}
