//! Counts the steps of a parse, so that tests see how the work grows with the text.

use std::cell::Cell;

use crate::{Document, Host};

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Adds steps. The readers of [`crate::scan`] call it, through which every place of a text is read.
pub fn count(steps: u64) {
    STEPS.set(STEPS.get() + steps);
}

const HOST: Host = Host { entity: |_| None, is_punctuation: |_| false };

/// The steps that something takes.
fn steps(task: impl FnOnce()) -> u64 {
    let before = STEPS.get();
    task();
    STEPS.get() - before
}

/// The steps of a document that arrives whole, is looked at and dropped.
fn whole(text: &str) -> u64 {
    steps(|| {
        let mut document = Document::new(HOST);
        document.push(text);
        document.finish();
        document.root();
    })
}

/// Checks that four times the text is about four times the work, and that a byte costs little.
fn is_linear(name: &str, text: impl Fn(usize) -> String) {
    let (small, large) = (text(2_500), text(10_000));
    let (few, many) = (whole(&small), whole(&large));
    let grown = many as f64 / few as f64;
    let longer = large.len() as f64 / small.len() as f64;
    assert!(grown < longer * 1.5, "{name}: {longer} times the text, {grown} times the work");
    let each = many / large.len() as u64;
    assert!(each < 400, "{name}: {each} steps a byte");
}

#[test]
fn work_grows_with_the_text_and_not_faster() {
    let repeated = [
        "[",
        "]",
        "![",
        "*",
        "_",
        "~",
        "`",
        ">",
        "> ",
        "<",
        "&",
        "$",
        "\\",
        "\\(",
        "\\[",
        "|",
        "#",
        "-",
        "- ",
        "1. ",
        "(",
        "@",
        "a@",
        "a@b.",
        "h",
        "www.",
        "https://",
        "https://a.",
        "*a ",
        "a* ",
        "*a_ ",
        "**a *",
        "a**b",
        "_a* ",
        "~a ",
        "`a",
        "` ``",
        "[a](",
        "[a](<b",
        "[a](b ",
        "[a](b \"",
        "[a][",
        "[a]: ",
        "[a]: b\n",
        "[a]: b\n\n[a]",
        "![[]()",
        "[![](",
        "<a ",
        "<a b=\"",
        "<a b='",
        "</a ",
        "<a@",
        "<a:",
        "&#",
        "&a",
        "$a ",
        "$a$ ",
        "$$a ",
        "\\(a ",
        "\\[a\n",
        "$$\n",
        "*\n",
        "- \n",
        "> \n",
        "- a\n",
        "- a\n\n",
        " - a\n",
        "1. a\n  - b\n",
        "a\n",
        "a\n\n",
        "a|",
        "|-",
        "|a|\n|-|\n",
        "a\n|-|\n",
        "|a|\n",
        "```\n",
        "```\na\n",
        "~~~a\n",
        "    a\n",
        "\t",
        " ",
        "\n",
        "\n\n",
        "\n    ",
        ">\n",
        "> > a\n",
        "a\n=\n",
        "a\n-\n",
        "# a\n",
        "***\n",
        "，**",
        "\u{fe01}*",
        "é",
        "a  \n",
        "\\\n",
        "<br>",
    ];
    for piece in repeated {
        is_linear(piece, |times| piece.repeat(times));
    }
}

#[test]
fn work_grows_with_the_text_where_it_nests_or_varies() {
    is_linear("emphasis in emphasis", |times| "*a **b ".repeat(times) + &"b** a* ".repeat(times));
    is_linear("links in brackets", |times| "[".repeat(times) + &"](a)".repeat(times));
    is_linear("images in images", |times| "![".repeat(times) + &"](a)".repeat(times));
    is_linear("quotes in quotes", |times| "> ".repeat(times) + "a\n" + &"> ".repeat(times));
    is_linear("backticks of every length", |times| {
        (1..(times as f64).sqrt() as usize).map(|length| "`".repeat(length) + "a").collect()
    });
    is_linear("a list in a list", |times| {
        (0..(times as f64).sqrt() as usize).map(|depth| " ".repeat(depth * 2) + "- a\n").collect()
    });
    is_linear("a wide table", |times| {
        let width = (times as f64).sqrt() as usize;
        "|a".repeat(width) + "\n" + &"|-".repeat(width) + "\n" + &"|\n".repeat(width)
    });
    is_linear("definitions and uses", |times| {
        let definitions: String = (0..times).map(|number| format!("[a{number}]: b\n")).collect();
        definitions + "\n" + &"[b] ".repeat(times)
    });
    is_linear("no line end", |times| "all words in one line, ".repeat(times));
}

#[test]
fn a_document_is_dropped_and_compared_whatever_its_nesting() {
    for text in [
        "> ".repeat(10_000),
        "- ".repeat(10_000),
        "[".repeat(10_000) + &"](a)".repeat(10_000),
        "*a ".repeat(10_000) + &" a*".repeat(10_000),
    ] {
        let mut document = Document::new(HOST);
        document.push(&text);
        document.finish();
        let root = document.root();
        assert_eq!(root, root.clone());
    }
}

/// Checks that a delta, and the look at the document after it, cost the same at the end as at the start.
fn costs_the_same(name: &str, start: &str, line: &str) {
    let mut document = Document::new(HOST);
    document.push(start);
    let mut costs = Vec::new();
    for _ in 0..2_000 {
        costs.push(steps(|| {
            document.push(line);
            document.root();
        }));
    }
    let most = |costs: &[u64]| costs.iter().copied().max().unwrap_or(0);
    let (first, last) = (most(&costs[..500]), most(&costs[1500..]));
    assert!(last <= first + first / 10, "{name}: {first} steps at the start, {last} at the end");
}

#[test]
fn a_delta_costs_the_same_at_the_end_as_at_the_start() {
    costs_the_same("paragraphs", "", "Some *words* and a [link](https://a.example).\n\n");
    costs_the_same("a tight list", "", "- an **item**\n");
    costs_the_same("a loose list", "", "1. an item\n\n   more\n\n");
    costs_the_same("a nested list", "- a\n", "  - an item\n");
    costs_the_same("a quote", "", "> words\n>\n");
    costs_the_same("a table", "| a | b |\n|---|---|\n", "| one | `two` |\n");
    costs_the_same("code", "```rust\n", "let number = 1; // of a few\n");
    costs_the_same("indented code", "", "    let number = 1; // of a few\n");
}
