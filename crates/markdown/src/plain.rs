//! A document's words without its signs, for where there is room for one line.

use crate::{Document, Element, Host, Node, Tag};

/// The words of a text, on one line: blocks and lines are set apart by a space. Named entities stay as they were written,
/// apart from those that the parser knows by itself.
pub fn plain_text(markdown: &str) -> String {
    let host =
        Host { entity: |_| None, is_punctuation: |char| !char.is_alphanumeric() && !char.is_whitespace() };
    let mut document = Document::new(host);
    document.push(markdown);
    document.finish();
    let mut words = String::new();
    collect(&document.root(), &mut words);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn collect(element: &Element, words: &mut String) {
    for child in &element.children {
        match child {
            Node::Text(text) => words.push_str(text),
            Node::Element(child) => collect(child, words),
        }
    }
    let is_within_a_line = matches!(
        element.tag,
        Tag::Emphasis
            | Tag::Strong
            | Tag::Strikethrough
            | Tag::Code
            | Tag::Link(_)
            | Tag::Image(_)
            | Tag::Math
            | Tag::Task(_)
    );
    if !is_within_a_line {
        words.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::plain_text;

    #[test]
    fn words_stay_and_signs_go() {
        let markdown = "# Seats\n\nThe *Thule Yepp* costs **£89**:\n\n- `blue`\n- red\n\n| a | b |\n| - | - |\n| 1 | 2 |";
        assert_eq!(plain_text(markdown), "Seats The Thule Yepp costs £89: blue red a b 1 2");
        assert_eq!(
            plain_text("one\ntwo [there](https://x.example) ![a seat](y.png)"),
            "one two there a seat"
        );
        assert_eq!(plain_text("```rust\nlet a = 1;\n```"), "let a = 1;");
        assert_eq!(plain_text(""), "");
    }
}
