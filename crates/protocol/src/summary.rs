//! A conversation in few words, for a list: its title, its preview, and the place that a search found.

use pulldown_cmark::{Event, Parser, TagEnd};

use crate::wire::{Message, Role};

/// The most characters of a title that is made from a message, and of a preview.
const TITLE: usize = 60;
const PREVIEW: usize = 120;

/// The title that a conversation gets from its first message: the start of the first line.
pub fn title(content: &str) -> String {
    shortened(content, TITLE)
}

/// The start of a message, without the signs of Markdown.
pub fn preview(message: &Message) -> String {
    shortened(&plain(message), PREVIEW)
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

/// A message's words without the signs of Markdown, which the assistant writes and a visitor does not.
fn plain(message: &Message) -> String {
    if message.role == Role::User {
        return message.content.clone();
    }
    Parser::new(&message.content)
        .filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(text.into_string()),
            Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Link | TagEnd::Image) => None,
            Event::SoftBreak | Event::HardBreak | Event::End(_) => Some(" ".to_owned()),
            _ => None,
        })
        .collect::<String>()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::MessageStatus;

    #[test]
    fn a_preview_has_words_and_no_signs() {
        let said = |role, content: &str| Message {
            id: String::new(),
            role,
            content: content.to_owned(),
            status: MessageStatus::Complete,
            created_at: 0,
            error: None,
        };
        let markdown = "# Seats\n\nThe *Thule Yepp* costs **£89**:\n\n- `blue`\n- red";
        assert_eq!(plain(&said(Role::Assistant, markdown)), "Seats The Thule Yepp costs £89: blue red");
        assert_eq!(plain(&said(Role::User, "2 * 3 * 4")), "2 * 3 * 4");
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
