//! An API key as it is copied.

/// What is copied along with a key: quotation marks, a byte order mark, a blank that nobody sees.
const AROUND: &str = "\"'`“”‘’\u{feff}\u{200b}";

/// The key without what was copied along with it: blanks and line ends, quotation marks, and the word "Bearer" before it.
pub(super) fn tidy(key: &str) -> &str {
    let is_around = |letter: char| letter.is_whitespace() || AROUND.contains(letter);
    let key = key.trim_matches(is_around);
    let (word, rest) = key.split_at_checked("Bearer".len()).unwrap_or_default();
    match rest.chars().next() {
        Some(next) if word.eq_ignore_ascii_case("Bearer") && (next.is_whitespace() || next == ':') => {
            rest.trim_start_matches(':').trim_matches(is_around)
        }
        _ => key,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_copied_along_is_left_out() {
        for copied in [
            "sk-1",
            " sk-1\r\n",
            "\"sk-1\"",
            "‘sk-1’",
            "Bearer sk-1",
            "bearer: sk-1",
            "\"Bearer sk-1\"\n",
            "\u{feff}sk-1",
        ] {
            assert_eq!(tidy(copied), "sk-1", "{copied:?}");
        }
        for kept in ["", "Bearer", "Bearers-1", "bearer1", "sk 1"] {
            assert_eq!(tidy(kept), kept);
        }
    }
}
