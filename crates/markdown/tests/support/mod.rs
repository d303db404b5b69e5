//! What the tests share: a host, a renderer to HTML as CommonMark writes it, and the reader of fixtures.

use candor_markdown::{Align, Document, Element, Host, Node, Tag};
use pulldown_cmark::{Event, Parser};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// A host that answers natively: entities from pulldown-cmark's table, punctuation from Unicode's.
pub const HOST: Host = Host { entity, is_punctuation };

fn entity(name: &str) -> Option<String> {
    let written = format!("&{name};");
    let meaning: String = Parser::new(&written)
        .filter_map(|event| match event {
            Event::Text(text) => Some(text.into_string()),
            _ => None,
        })
        .collect();
    (meaning != written).then_some(meaning)
}

fn is_punctuation(char: char) -> bool {
    matches!(char.general_category_group(), GeneralCategoryGroup::Punctuation | GeneralCategoryGroup::Symbol)
}

/// A document that is whole.
pub fn parse(text: &str) -> Document {
    let mut document = Document::new(HOST);
    document.push(text);
    document.finish();
    document
}

/// A text as HTML.
pub fn html(text: &str) -> String {
    render(&parse(text).root())
}

/// A tree as HTML, with CommonMark's conventions.
pub fn render(root: &Element) -> String {
    let mut out = String::new();
    children(root, &mut out, false);
    out
}

fn children(element: &Element, out: &mut String, tight: bool) {
    for child in &element.children {
        match child {
            Node::Text(words) => out.push_str(&escape(words)),
            Node::Element(element) => write(element, out, tight),
        }
    }
}

fn fresh_line(out: &mut String) {
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

fn block(name: &str, attributes: &str, element: &Element, out: &mut String) {
    fresh_line(out);
    out.push_str(&format!("<{name}{attributes}>"));
    children(element, out, false);
    out.push_str(&format!("</{name}>\n"));
}

fn write(element: &Element, out: &mut String, tight: bool) {
    let mut inline = |name: &str| {
        out.push_str(&format!("<{name}>"));
        children(element, out, false);
        out.push_str(&format!("</{name}>"));
    };
    match &element.tag {
        Tag::Group => children(element, out, tight),
        Tag::Paragraph if tight => {
            // CommonMark writes the paragraphs of tight lists without their element.
            if out.ends_with("</p>") {
                out.push('\n');
            }
            children(element, out, false);
        }
        Tag::Paragraph => block("p", "", element, out),
        Tag::Heading(level) => block(&format!("h{level}"), "", element, out),
        Tag::Quote => {
            fresh_line(out);
            out.push_str("<blockquote>\n");
            children(element, out, false);
            fresh_line(out);
            out.push_str("</blockquote>\n");
        }
        Tag::CodeBlock(language) => {
            fresh_line(out);
            let class = if language.is_empty() {
                String::new()
            } else {
                format!(" class=\"language-{}\"", escape(language))
            };
            out.push_str(&format!("<pre><code{class}>"));
            children(element, out, false);
            out.push_str("</code></pre>\n");
        }
        Tag::List { start, loose } => {
            fresh_line(out);
            let (name, start) = match start {
                None => ("ul", String::new()),
                Some(1) => ("ol", String::new()),
                Some(start) => ("ol", format!(" start=\"{start}\"")),
            };
            out.push_str(&format!("<{name}{start}>\n"));
            children(element, out, !loose);
            out.push_str(&format!("</{name}>\n"));
        }
        Tag::Item => {
            out.push_str("<li>");
            let start = out.len();
            let mut inner = String::new();
            children(element, &mut inner, tight);
            if inner.starts_with("<p>") || is_block(&inner) {
                inner.insert(0, '\n');
            }
            out.push_str(&inner);
            debug_assert!(out.len() >= start);
            out.push_str("</li>\n");
        }
        Tag::Task(done) => {
            let checked = if *done { "checked=\"\" " } else { "" };
            out.push_str(&format!("<input {checked}disabled=\"\" type=\"checkbox\"> "));
        }
        Tag::Table => {
            fresh_line(out);
            out.push_str("<table>\n<thead>\n");
            let rows: Vec<_> = elements(element).collect();
            for (index, row) in rows.iter().enumerate() {
                if index == 1 {
                    out.push_str("<tbody>\n");
                }
                write(row, out, false);
                if index == 0 {
                    out.push_str("</thead>\n");
                }
            }
            if rows.len() > 1 {
                out.push_str("</tbody>\n");
            }
            out.push_str("</table>\n");
        }
        Tag::Row => {
            out.push_str("<tr>\n");
            children(element, out, false);
            out.push_str("</tr>\n");
        }
        Tag::Cell { head, align } => {
            let name = if *head { "th" } else { "td" };
            let align = match align {
                Align::None => "",
                Align::Left => " align=\"left\"",
                Align::Center => " align=\"center\"",
                Align::Right => " align=\"right\"",
            };
            block(name, align, element, out);
        }
        Tag::Rule => {
            fresh_line(out);
            out.push_str("<hr />\n");
        }
        Tag::Emphasis => inline("em"),
        Tag::Strong => inline("strong"),
        Tag::Strikethrough => inline("del"),
        Tag::Code => inline("code"),
        Tag::Link(target) => {
            out.push_str(&format!("<a href=\"{}\"{}>", address(&target.address), title(&target.title)));
            children(element, out, false);
            out.push_str("</a>");
        }
        Tag::Image(target) => {
            let alternative = escape(&words(element));
            let title = title(&target.title);
            out.push_str(&format!(
                "<img src=\"{}\" alt=\"{alternative}\"{title} />",
                address(&target.address)
            ));
        }
        Tag::Math => {
            out.push_str("<math>");
            children(element, out, false);
            out.push_str("</math>");
        }
        Tag::SoftBreak => out.push('\n'),
        Tag::HardBreak => out.push_str("<br />\n"),
    }
}

fn is_block(inner: &str) -> bool {
    ["<ul", "<ol", "<pre", "<blockquote", "<h", "<table"].iter().any(|start| inner.starts_with(start))
}

/// The elements in an element's groups.
pub fn elements(element: &Element) -> impl Iterator<Item = &std::rc::Rc<Element>> {
    element
        .children
        .iter()
        .filter_map(|node| match node {
            Node::Element(group) => Some(group.children.iter()),
            Node::Text(_) => None,
        })
        .flatten()
        .filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
}

/// The words of an element.
pub fn words(element: &Element) -> String {
    let mut all = String::new();
    for child in &element.children {
        match child {
            Node::Text(words) => all.push_str(words),
            Node::Element(element) if matches!(element.tag, Tag::SoftBreak | Tag::HardBreak) => {
                all.push('\n')
            }
            Node::Element(element) => all.push_str(&words_of(element)),
        }
    }
    all
}

fn words_of(element: &Element) -> String {
    words(element)
}

fn title(title: &str) -> String {
    if title.is_empty() { String::new() } else { format!(" title=\"{}\"", escape(title)) }
}

pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// An address, percent-encoded as CommonMark's examples have it.
fn address(address: &str) -> String {
    let mut out = String::new();
    for byte in address.bytes() {
        match byte {
            b'&' => out.push_str("&amp;"),
            b'\'' => out.push_str("&#x27;"),
            byte if byte.is_ascii_alphanumeric() || b"-_.+!*(),%#@?=;:/,+$~".contains(&byte) => {
                out.push(char::from(byte));
            }
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// An example of a specification.
pub struct Example {
    pub number: u32,
    pub section: String,
    pub markdown: String,
    pub html: String,
}

/// Reads the examples of a fixture.
pub fn examples(fixture: &str) -> Vec<Example> {
    let fence = "`".repeat(32);
    let mut examples = Vec::new();
    let mut lines = fixture.lines();
    while let Some(line) = lines.next() {
        let Some(head) = line.strip_prefix(&format!("{fence} example ")) else { continue };
        let (number, section) = head.split_once(' ').unwrap();
        let take = |lines: &mut std::str::Lines<'_>, end: &str| {
            let mut text = String::new();
            for line in lines.by_ref().take_while(|line| *line != end) {
                text.push_str(line);
                text.push('\n');
            }
            text.replace('→', "\t")
        };
        let markdown = take(&mut lines, ".");
        let html = take(&mut lines, &fence);
        examples.push(Example { number: number.parse().unwrap(), section: section.into(), markdown, html });
    }
    examples
}
