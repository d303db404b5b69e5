//! Markdown, as models write it, into Yew nodes.
//!
//! No text becomes HTML by string: markup in a message is shown as the text it is. Links are followed only where their
//! address is on the allow-list; images are never loaded, since loading one tells a stranger who reads what, and are
//! shown as links.
//!
//! Every block, and every stretch of neighbours, is a component that is keyed by its place and rendered again only if it
//! is another element than before: what has ended keeps its nodes, with the selection and the focus in them.

mod host;

use std::any::Any;
use std::rc::Rc;

use candor_markdown::{Align, Element, Node, Tag};
use yew::prelude::*;
use yew::virtual_dom::{AttributeOrProperty, Attributes, Key, VList, VNode, VTag, VText};

mod view;

pub use host::browser;
pub use view::view;

use crate::element::{Memo, memo};
use crate::links::leads_outside;

/// Renders a whole document. Each stretch of its blocks has an element of its own, which the browser lays out and paints by
/// itself: an answer of many blocks costs it no more than one of few.
pub fn render(document: &Rc<Element>) -> Html {
    fragment(children(document, true), None)
}

/// A part of a document that is rendered by itself.
struct Part {
    element: Rc<Element>,
    is_stretch: bool,
}

impl Memo for Part {
    fn is_same(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| Rc::ptr_eq(&self.element, &other.element))
    }

    fn view(&self) -> Html {
        element(&self.element, None, self.is_stretch)
    }
}

fn part(element: &Rc<Element>, place: usize, is_stretch: bool) -> Html {
    memo(Part { element: Rc::clone(element), is_stretch }, key(place))
}

fn key(place: usize) -> Key {
    Key::from(itoa::Buffer::new().format(place))
}

/// What an element holds, each child keyed by its place: they only ever grow at their end.
fn children(parent: &Element, is_document: bool) -> Vec<VNode> {
    let mut nodes = Vec::with_capacity(parent.children.len());
    for (place, child) in parent.children.iter().enumerate() {
        nodes.push(match child {
            Node::Element(child) if parent.tag == Tag::Group || child.tag == Tag::Group => {
                part(child, place, is_document)
            }
            Node::Element(child) => element(child, Some(key(place)), false),
            Node::Text(words) => self::words(AttrValue::Rc(Rc::clone(words)), Some(key(place))),
        });
    }
    nodes
}

fn fragment(nodes: Vec<VNode>, key: Option<Key>) -> VNode {
    VNode::from(VList::with_children(nodes, key))
}

fn words(words: AttrValue, key: Option<Key>) -> VNode {
    // Words have no key of their own.
    fragment(vec![VNode::from(VText::new(words))], key)
}

/// An element that is rendered with the part that it stands in.
fn element(element: &Element, key: Option<Key>, is_stretch: bool) -> VNode {
    let mut names: &'static [&'static str] = &[];
    let mut values: [Option<&str>; 3] = [None; 3];
    let mut number;
    let name = match &element.tag {
        Tag::Group if is_stretch => "div",
        Tag::Group => return fragment(children(element, false), key),
        Tag::Task(done) => return words(AttrValue::Static(if *done { "☑ " } else { "☐ " }), key),
        Tag::Paragraph => "p",
        // The panel's own headings are the first and second level.
        Tag::Heading(1 | 2) => "h3",
        Tag::Heading(3) => "h4",
        Tag::Heading(_) => "h5",
        Tag::Quote => "blockquote",
        Tag::CodeBlock(language) => {
            // A block that scrolls by itself, also by keyboard.
            names = &["tabindex", "data-language"];
            values[0] = Some("0");
            values[1] = (!language.is_empty()).then_some(language);
            "pre"
        }
        Tag::List { start, loose } => {
            names = &["class", "start"];
            values[0] = loose.then_some("loose");
            match start {
                Some(start) => {
                    number = itoa::Buffer::new();
                    values[1] = Some(number.format(*start));
                    "ol"
                }
                None => "ul",
            }
        }
        Tag::Item => "li",
        Tag::Table => {
            // It scrolls by itself too.
            names = &["tabindex"];
            values[0] = Some("0");
            "table"
        }
        Tag::Row => "tr",
        Tag::Cell { head, align } => {
            names = &["class"];
            values[0] = match align {
                Align::Right => Some("right"),
                Align::Center => Some("center"),
                Align::None | Align::Left => None,
            };
            if *head { "th" } else { "td" }
        }
        Tag::Rule => "hr",
        Tag::Emphasis => "em",
        Tag::Strong => "strong",
        Tag::Strikethrough => "del",
        Tag::Code => "code",
        Tag::Math => {
            names = &["class"];
            values[0] = Some("math");
            "span"
        }
        Tag::SoftBreak | Tag::HardBreak => "br",
        Tag::Link(target) | Tag::Image(target) => {
            let address = target.address.trim_ascii();
            // The words of a link that is not on the allow-list stay as words.
            let Some(outside) = leads_outside(address) else {
                return fragment(children(element, false), key);
            };
            names = &["href", "target", "rel"];
            values[0] = Some(address);
            if outside {
                values[1] = Some("_blank");
                values[2] = Some("noopener noreferrer nofollow ugc");
            }
            "a"
        }
    };
    let mut tag = VTag::new(AttrValue::Static(name));
    tag.key = key;
    if !names.is_empty() {
        let mut attributes = Vec::with_capacity(names.len());
        for value in &values[..names.len()] {
            attributes
                .push(value.map(|value| AttributeOrProperty::Attribute(AttrValue::Rc(Rc::from(value)))));
        }
        tag.attributes = Attributes::Dynamic { keys: names, values: attributes.into_boxed_slice() };
    }
    if let Some(inner) = tag.children_mut() {
        *inner = fragment(children(element, false), None);
    }
    VNode::from(tag)
}
