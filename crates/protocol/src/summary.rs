//! A conversation in few words, for a list: its title, its preview, and the place that a search found.

use crate::wire::{Message, Role};

/// The most characters of a title that is made from a message.
const TITLE_CHARS: usize = 60;
/// The most characters of a preview, and of the text that is read for one.
const PREVIEW_CHARS: usize = 120;
const PREVIEW_SOURCE_CHARS: usize = 2_000;

/// The title that a conversation gets from its first message: the start of the first line.
pub fn title(content: &str) -> String {
    shortened(content, TITLE_CHARS)
}

/// The start of a message. `plain_text` gives the words of Markdown without its signs: the assistant writes it, and a visitor
/// does not.
pub fn preview(message: &Message, plain_text: fn(&str) -> String) -> String {
    // Whatever a message begins with, its first line is in here, however long the whole is.
    let end = message.content.char_indices().nth(PREVIEW_SOURCE_CHARS).map(|(end, _)| end);
    let start = &message.content[..end.unwrap_or(message.content.len())];
    match message.role {
        Role::User => shortened(start, PREVIEW_CHARS),
        Role::Assistant => shortened(&plain_text(start), PREVIEW_CHARS),
    }
}

/// The piece of a text around the place where it has these words, in any case, on one line.
pub fn excerpt(text: &str, words: &str) -> String {
    const BEFORE: usize = 40;
    const AFTER: usize = 80;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = words.to_lowercase();
    // Folding can change lengths, so the place is counted in letters and not in bytes.
    let folded = text.to_lowercase();
    let at = folded.find(&words).map_or(0, |at| folded[..at].chars().count());
    let letters: Vec<char> = text.chars().collect();
    let (from, to) = (at.saturating_sub(BEFORE).min(letters.len()), (at + AFTER).min(letters.len()));
    let piece: String = letters[from..to].iter().collect();
    let (start, end) = (if from > 0 { "…" } else { "" }, if to < letters.len() { "…" } else { "" });
    format!("{start}{}{end}", piece.trim())
}

/// The text's first line, at most `most` characters, cut between words where that is possible.
fn shortened(text: &str, most: usize) -> String {
    let line = text.trim().lines().next().unwrap_or_default().trim();
    let Some((end, _)) = line.char_indices().nth(most) else { return line.to_owned() };
    let cut = line[..end].rfind(' ').filter(|space| *space > end / 2).unwrap_or(end);
    format!("{}…", line[..cut].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::MessageStatus;

    #[test]
    fn a_preview_has_the_assistants_words_without_signs_and_the_visitors_as_they_are() {
        let said = |role, content: &str| Message {
            id: String::new(),
            role,
            content: content.to_owned(),
            status: MessageStatus::Complete,
            created_at: 0,
            error: None,
            rating: None,
        };
        let unsigned: fn(&str) -> String = |text| text.replace('*', "");
        assert_eq!(preview(&said(Role::Assistant, "It *fits*.\nAnd more"), unsigned), "It fits.");
        assert_eq!(preview(&said(Role::User, "2 * 3 * 4"), unsigned), "2 * 3 * 4");
        let long = "word ".repeat(100_000);
        let counted: fn(&str) -> String = |text| text.chars().count().to_string();
        assert_eq!(preview(&said(Role::Assistant, &long), counted), PREVIEW_SOURCE_CHARS.to_string());
    }

    #[test]
    fn a_title_is_cut_between_words() {
        assert_eq!(shortened("  Hello there\nsecond line", 60), "Hello there");
        assert_eq!(shortened("one two three", 9), "one two…");
        assert_eq!(shortened("äöüäöü", 3), "äöü…");
    }

    #[test]
    fn an_excerpt_is_cut_around_the_place() {
        assert_eq!(excerpt("one\ntwo  three", "TWO"), "one two three");
        let long = format!("{} needle {}", "a".repeat(60), "b".repeat(100));
        let cut = excerpt(&long, "Needle");
        assert!(cut.starts_with("…a") && cut.contains("needle") && cut.ends_with("b…"), "{cut}");
        assert_eq!(excerpt("İİİ needle", "needle"), "İİİ needle", "folding makes İ longer");
    }
}
