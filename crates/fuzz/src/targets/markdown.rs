//! The parser of Markdown, and what is made of a text that somebody has written.

use bolero::check;
use candor_markdown::{Document, Element, Host, Node, plain_text, quotation};

use super::file;
use crate::input::Input;

const HOST: Host = Host {
    entity: |name| (name == "amp").then(|| "&".to_owned()),
    is_punctuation: |char| char.is_ascii_punctuation(),
};

const WORDS: &[&str] = &[
    "\n",
    "\n\n",
    "\r\n",
    "\t",
    "    ",
    "*",
    "**",
    "_",
    "~~",
    "`",
    "```",
    "```rust\n",
    "~~~",
    "- ",
    "1. ",
    "10) ",
    "> ",
    "# ",
    "=",
    "---",
    "|",
    "| a | b |\n|---|:-:|\n",
    "[",
    "]",
    "(",
    ")",
    "![",
    "[a](b)",
    "[a]: /b\n",
    "<",
    ">",
    "<b>",
    "<!--",
    "&amp;",
    "&#0;",
    "\\",
    "\\(",
    "\\)",
    "$$",
    "https://a.example/b",
    "www.a.example",
    "javascript:alert(1)",
    "[ ] ",
    "\0",
    "\u{feff}",
    "é",
    "😀",
    "。",
];

/// However a text arrives, the same tree is made of it, with all of its links in it as words; its quotation stays a quotation.
pub fn run(inputs: usize) {
    let fixtures = [
        "crates/markdown/tests/fixtures/commonmark-0.31.2.txt",
        "crates/markdown/tests/fixtures/gfm-0.29.txt",
    ];
    let samples: Vec<Vec<u8>> = fixtures
        .iter()
        .flat_map(|path| {
            file(path).split("````````````````").map(|text| text.as_bytes().to_vec()).collect::<Vec<_>>()
        })
        .filter(|sample| sample.len() < 1000)
        .collect();
    check!().with_type::<Input>().with_iterations(inputs).for_each(|input| {
        let text = input.text(&samples, WORDS);
        let whole = parse(&[&text]);
        assert_eq!(parse(&input.pieces_of_text(&text)), whole, "{text:?}");
        assert!(quotation(&text).lines().all(|line| line.starts_with('>')), "{text:?}");
        let _ = plain_text(&text);
    });
}

/// What a text in pieces means, in one line.
fn parse(pieces: &[&str]) -> String {
    let mut document = Document::new(HOST);
    for piece in pieces {
        document.push(piece);
        // As the widget does after each piece.
        document.root();
    }
    document.finish();
    let mut shown = String::new();
    show(&document.root(), &mut shown);
    shown
}

fn show(element: &Element, shown: &mut String) {
    let is_group = format!("{:?}", element.tag) == "Group";
    if !is_group {
        shown.push_str(&format!("({:?} ", element.tag));
    }
    for child in &element.children {
        match child {
            Node::Element(child) => show(child, shown),
            Node::Text(words) => shown.push_str(words),
        }
    }
    if !is_group {
        shown.push(')');
    }
}
