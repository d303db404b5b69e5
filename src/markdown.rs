//! Markdown, as models write it, into Yew nodes. The one door to pulldown-cmark.
//!
//! No text becomes HTML by string: markup in a message is shown as the text it is. Links are followed only where their
//! address is on the allow-list; images are never loaded, since loading one tells a stranger who reads what, and are
//! shown as links.

use pulldown_cmark::{Alignment, CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag};
use yew::prelude::*;
use yew::virtual_dom::{VList, VNode, VTag};

/// How deep elements may nest; what is deeper is shown flat.
const MAX_DEPTH: usize = 24;

/// Renders a message. Markdown that is still being written renders as far as it goes.
pub fn render(markdown: &str) -> Html {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut builder = Builder::default();
    for event in Parser::new_ext(markdown, options) {
        builder.take(event);
    }
    builder.finish()
}

/// The elements that are open, each with what it holds so far.
#[derive(Default)]
struct Builder {
    open: Vec<(Option<VTag>, VList)>,
    /// How many levels are open beyond [`MAX_DEPTH`].
    flat: usize,
    root: VList,
    /// The columns of the table that is open.
    columns: Vec<Alignment>,
    column: usize,
    in_head: bool,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(_) if self.open.len() >= MAX_DEPTH => self.flat += 1,
            Event::End(_) if self.flat > 0 => self.flat -= 1,
            Event::Start(tag) => {
                let element = self.element(tag);
                self.open.push((element, VList::new()));
            }
            Event::End(_) => self.close(),
            Event::Text(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => self.add(VNode::from(text.into_string())),
            Event::Code(text) => self.add(html! { <code>{ text.into_string() }</code> }),
            Event::SoftBreak => self.add(VNode::from("\n")),
            Event::HardBreak => self.add(html! { <br /> }),
            Event::Rule => self.add(html! { <hr /> }),
            Event::TaskListMarker(done) => self.add(VNode::from(if done { "☑ " } else { "☐ " })),
        }
    }

    fn add(&mut self, node: Html) {
        self.open.last_mut().map_or(&mut self.root, |(_, list)| list).add_child(node);
    }

    fn close(&mut self) {
        let Some((element, children)) = self.open.pop() else { return };
        self.add(match element {
            Some(mut element) => {
                element.add_child(VNode::from(children));
                VNode::from(element)
            }
            None => VNode::from(children),
        });
    }

    fn finish(mut self) -> Html {
        while !self.open.is_empty() {
            self.close();
        }
        VNode::from(self.root)
    }

    /// The element for a tag; `None` where its content stands for itself.
    fn element(&mut self, tag: Tag<'_>) -> Option<VTag> {
        let name = match tag {
            Tag::Paragraph => "p",
            // The panel's own headings are the first and second level.
            Tag::Heading { level, .. } => match level {
                HeadingLevel::H1 | HeadingLevel::H2 => "h3",
                HeadingLevel::H3 => "h4",
                _ => "h5",
            },
            Tag::BlockQuote(_) => "blockquote",
            Tag::CodeBlock(kind) => return Some(code_block(&kind)),
            Tag::List(None) => "ul",
            Tag::List(Some(start)) => {
                let mut list = VTag::new("ol");
                list.add_attribute("start", start.to_string());
                return Some(list);
            }
            Tag::Item => "li",
            Tag::Table(columns) => {
                self.columns = columns;
                "table"
            }
            Tag::TableHead => {
                self.column = 0;
                self.in_head = true;
                "tr"
            }
            Tag::TableRow => {
                self.column = 0;
                self.in_head = false;
                "tr"
            }
            Tag::TableCell => return Some(self.cell()),
            Tag::Emphasis => "em",
            Tag::Strong => "strong",
            Tag::Strikethrough => "del",
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => return link(&dest_url),
            _ => return None,
        };
        Some(VTag::new(name))
    }

    fn cell(&mut self) -> VTag {
        let mut cell = VTag::new(if self.in_head { "th" } else { "td" });
        let align = match self.columns.get(self.column) {
            Some(Alignment::Right) => Some("right"),
            Some(Alignment::Center) => Some("center"),
            _ => None,
        };
        if let Some(align) = align {
            cell.add_attribute("class", align);
        }
        self.column += 1;
        cell
    }
}

/// A block that scrolls by itself, also by keyboard.
fn code_block(kind: &CodeBlockKind<'_>) -> VTag {
    let mut block = VTag::new("pre");
    block.add_attribute("tabindex", "0");
    if let CodeBlockKind::Fenced(language) = kind
        && let Some(language) = language.split_whitespace().next()
    {
        block.add_attribute("data-language", language.to_owned());
    }
    block
}

/// Whether an address is on the allow-list.
pub fn is_allowed(address: &str) -> bool {
    leads_outside(address.trim()).is_some()
}

/// Whether an address on the allow-list leads away from the page; none for any other.
fn leads_outside(address: &str) -> Option<bool> {
    let outside = ["https://", "http://", "mailto:", "tel:"]
        .iter()
        .any(|scheme| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let inside = (address.starts_with('/') && !address.starts_with("//") && !address.starts_with("/\\"))
        || address.starts_with('#');
    ((outside || inside) && !address.chars().any(char::is_control)).then_some(outside)
}

/// A link to an address on the allow-list; any other's words stay as text.
fn link(address: &str) -> Option<VTag> {
    let address = address.trim();
    let outside = leads_outside(address)?;
    let mut link = VTag::new("a");
    link.add_attribute("href", address.to_owned());
    if outside {
        link.add_attribute("target", "_blank");
        link.add_attribute("rel", "noopener noreferrer nofollow ugc");
    }
    Some(link)
}
