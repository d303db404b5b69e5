//! A message of the assistant's, parsed as it grows: what has arrived is read once.

use std::rc::Rc;

use candor_markdown::{Document, Element};
use candor_protocol::wire::MessageStatus;
use yew::prelude::*;

use super::{browser, render};
use crate::element::component;
use crate::session::state::Entry;

/// See [`view`].
#[derive(Properties)]
pub struct MarkdownProps {
    /// The message.
    pub entry: Rc<Entry>,
}

impl PartialEq for MarkdownProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.entry, &other.entry)
    }
}

/// The message.
pub fn view(entry: Rc<Entry>) -> Html {
    component::<Markdown>(MarkdownProps { entry }, None)
}

struct Markdown {
    document: Document,
    /// What the document has read.
    read: String,
    /// What it means so far.
    root: Rc<Element>,
}

impl Markdown {
    fn read(&mut self, entry: &Entry) {
        let content = &entry.message.content;
        let new = match content.strip_prefix(self.read.as_str()) {
            Some(new) => new,
            None => {
                *self = Self::empty();
                content
            }
        };
        self.document.push(new);
        self.read.push_str(new);
        if entry.message.status != MessageStatus::Streaming {
            self.document.finish();
        }
        self.root = self.document.root();
    }

    fn empty() -> Self {
        let mut document = Document::new(browser());
        let root = document.root();
        Self { document, read: String::new(), root }
    }
}

impl Component for Markdown {
    type Message = ();
    type Properties = MarkdownProps;

    fn create(context: &Context<Self>) -> Self {
        let mut markdown = Self::empty();
        markdown.read(&context.props().entry);
        markdown
    }

    fn changed(&mut self, context: &Context<Self>, _: &MarkdownProps) -> bool {
        self.read(&context.props().entry);
        true
    }

    fn view(&self, _: &Context<Self>) -> Html {
        render(&self.root)
    }
}
