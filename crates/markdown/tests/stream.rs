//! A document that arrives in pieces is the document that arrives whole, and what has ended never changes.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test uses a part")]
mod support;

use std::rc::Rc;

use candor_markdown::{Document, Element, Node, Tag};
use proptest::prelude::*;
use support::{HOST, elements, html, parse, render, words};

/// Stretches of text that meet in every way.
fn fragments() -> impl Strategy<Value = String> {
    let fragment = prop::sample::select(vec![
        "word",
        "two words",
        " ",
        "  ",
        "    ",
        "\t",
        "\n",
        "\n\n",
        "\n",
        "\r\n",
        "*",
        "**",
        "_",
        "~~",
        "`",
        "```",
        "```rust\n",
        "~~~\n",
        "- ",
        "* ",
        "+ ",
        "1. ",
        "2) ",
        "10. ",
        "> ",
        ">",
        "# ",
        "###",
        "=",
        "---",
        "|",
        "| a | b |\n",
        "|---|:-:|\n",
        "[",
        "]",
        "(",
        ")",
        "![",
        "[a](b)",
        "[a]: /b\n",
        "[a]",
        "<br>",
        "<",
        ">",
        "<b>",
        "&amp;",
        "&copy;",
        "\\",
        "\\(",
        "\\)",
        "\\[",
        "\\]",
        "$",
        "$$",
        "https://a.example/b",
        "www.a.example",
        "a@b.example",
        "。",
        "（",
        "）",
        "重要",
        "!",
        ".",
        ",",
        "[ ] ",
        "[x] ",
        "é",
        "😀",
    ]);
    prop::collection::vec(fragment, 0..60).prop_map(|fragments| fragments.concat())
}

/// Pushes a text in pieces that end at the given places.
fn pieces(text: &str, cuts: &[prop::sample::Index]) -> Vec<String> {
    let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
    ends.retain(|end| text.is_char_boundary(*end));
    ends.push(text.len());
    ends.sort_unstable();
    let mut from = 0;
    ends.into_iter()
        .map(|end| {
            let piece = text[from..end].to_owned();
            from = end;
            piece
        })
        .collect()
}

/// The elements of a tree that have ended while its last is still open, each with its way through the tree.
fn ended(element: &Element, way: &[usize], all: &mut Vec<(Vec<usize>, Rc<Element>)>) {
    let children: Vec<_> = elements(element).cloned().collect();
    let Some((last, rest)) = children.split_last() else { return };
    for (place, child) in rest.iter().enumerate() {
        all.push(([way, &[place]].concat(), Rc::clone(child)));
    }
    if matches!(last.tag, Tag::Quote | Tag::List { .. } | Tag::Item | Tag::Table | Tag::CodeBlock(_)) {
        ended(last, &[way, &[rest.len()]].concat(), all);
    }
}

fn at(root: &Element, way: &[usize]) -> Option<Rc<Element>> {
    let mut here: Option<Rc<Element>> = None;
    for place in way {
        let next = elements(here.as_deref().unwrap_or(root)).nth(*place).cloned();
        here = Some(next?);
    }
    here
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_cut_makes_no_difference(text in fragments(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20)) {
        let mut document = Document::new(HOST);
        for piece in pieces(&text, &cuts) {
            document.push(&piece);
            // Looking at it on the way makes no difference either.
            document.root();
        }
        document.finish();
        prop_assert_eq!(document.root(), parse(&text).root());
    }

    #[test]
    fn what_has_ended_is_the_same_element_for_ever(text in fragments(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..20)) {
        let mut document = Document::new(HOST);
        let mut seen = Vec::new();
        for piece in pieces(&text, &cuts) {
            document.push(&piece);
            // A line that has not ended may still become another; what stands before it is looked at here.
            if piece.ends_with('\n') {
                ended(&document.root(), &[], &mut seen);
            }
        }
        document.finish();
        let root = document.root();
        for (way, element) in seen {
            let now = at(&root, &way);
            prop_assert!(now.is_some_and(|now| Rc::ptr_eq(&now, &element)), "{:?} {:?}", way, element);
        }
    }

    #[test]
    fn no_words_are_lost(words in prop::collection::vec("[a-z]{1,8}", 1..40)) {
        let text = words.join(" ");
        prop_assert_eq!(html(&text), format!("<p>{text}</p>\n"));
    }

    #[test]
    fn links_hold_no_links(text in fragments()) {
        fn search(element: &Element, in_link: bool) -> bool {
            let is_link = matches!(element.tag, Tag::Link(_) | Tag::Image(_));
            let here = in_link || matches!(element.tag, Tag::Link(_));
            !(in_link && is_link) && element.children.iter().all(|child| match child {
                Node::Element(child) => search(child, here),
                Node::Text(_) => true,
            })
        }
        prop_assert!(search(&parse(&text).root(), false));
    }
}

/// Pushes a text line by line and checks how many elements of the first tree are the same in the last.
#[test]
fn a_long_list_a_long_table_and_long_code_keep_what_has_ended() {
    let list: String = (0..500).map(|n| format!("- item {n}\n")).collect();
    let loose: String = (0..500).map(|n| format!("1. item {n}\n\n   more\n\n")).collect();
    let quoted: String = (0..500).map(|n| format!("> > - item {n}\n")).collect();
    let table = format!("| a |\n|---|\n{}", "| cell |\n".repeat(500));
    let code = format!("```\n{}", "let a = 1; // and some words, so that the lines are long\n".repeat(500));
    for text in [list, loose, quoted, table, code] {
        let mut document = Document::new(HOST);
        let mut seen = Vec::new();
        let mut most = 0;
        for line in text.split_inclusive('\n') {
            document.push(line);
            let mut now = Vec::new();
            ended(&document.root(), &[], &mut now);
            most = most.max(now.len());
            if now.len() == 20 {
                seen = now;
            }
        }
        document.finish();
        let root = document.root();
        assert!(most > 20, "{text}");
        assert_eq!(seen.len(), 20);
        for (way, element) in seen {
            assert!(Rc::ptr_eq(&at(&root, &way).unwrap(), &element), "{way:?}");
        }
    }
}

#[test]
fn a_list_that_becomes_loose_keeps_its_items() {
    let mut document = Document::new(HOST);
    document.push("- a\n- b\n- c\n");
    let tight = document.root();
    document.push("\n- d\n");
    let loose = document.root();
    let list = |root: &Element| Rc::clone(elements(root).next().unwrap());
    assert_eq!(list(&tight).tag, Tag::List { start: None, loose: false });
    assert_eq!(list(&loose).tag, Tag::List { start: None, loose: true });
    for place in 0..2 {
        assert!(Rc::ptr_eq(&at(&tight, &[0, place]).unwrap(), &at(&loose, &[0, place]).unwrap()));
    }
}

#[test]
fn what_is_still_open_is_shown() {
    let mut document = Document::new(HOST);
    document.push("```rust\nfn main() {");
    assert_eq!(render(&document.root()), "<pre><code class=\"language-rust\">fn main() {\n</code></pre>\n");
    let mut document = Document::new(HOST);
    document.push("Some **strong");
    assert_eq!(words(&document.root()), "Some **strong");
    document.push("** words");
    assert_eq!(render(&document.root()), "<p>Some <strong>strong</strong> words</p>\n");
}

#[test]
fn a_line_that_may_still_become_anything_is_left_out_until_the_end() {
    for line in ["-", "1.", "**", "===", "| -", "```", "> ", "#"] {
        let mut document = Document::new(HOST);
        document.push("words\n");
        document.push(line);
        assert_eq!(render(&document.root()), "<p>words</p>\n", "{line}");
    }
    let mut document = Document::new(HOST);
    document.push("42");
    document.finish();
    assert_eq!(render(&document.root()), "<p>42</p>\n");
}

#[test]
fn a_tree_stays_as_it_was_handed_out() {
    let mut document = Document::new(HOST);
    document.push("one\n\n- a\n- b\n");
    let root = document.root();
    let before = render(&root);
    document.push("- c\n\ntwo\n\nthree\n");
    document.root();
    assert_eq!(render(&root), before);
    assert!(Rc::ptr_eq(&document.root(), &document.root()));
}
