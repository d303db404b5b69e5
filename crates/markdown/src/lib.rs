//! Markdown as models write it, parsed while it arrives.
//!
//! A [`Document`] grows by deltas and hands out a tree of [`Element`]s. What has ended (a paragraph, an item of a list,
//! a row of a table, some lines of code) is parsed once and shared from then on: it is the same [`Rc`] in every later
//! tree, at the same place among its siblings. Only what is still open is parsed again, so a delta costs the same at the
//! end of a long answer as at its start.
//!
//! The syntax is CommonMark 0.31.2 with GitHub's tables, strikethrough, task items and bare addresses, and deviates
//! where models or people mean something else:
//! - a single line end is a line end ([`Tag::SoftBreak`]);
//! - HTML is text as it was written, apart from `<br>`, which is a line end;
//! - mathematics (`\(…\)`, `\[…\]`, `$…$`, `$$…$$`) is kept as it was written ([`Tag::Math`]);
//! - `**` beside Chinese, Japanese or Korean text works without spaces;
//! - bullets below a numbered item may be indented by two spaces;
//! - a link reference needs its definition before it, since what has ended never changes.
//!
//! Nesting has a bound, and the work has too: whatever the text, it grows with the text's length.

mod block;
mod cursor;
mod inline;
mod plain;
mod quote;
mod scan;
mod tree;
#[cfg(test)]
mod work;

use std::rc::Rc;

use block::Blocks;
pub use plain::plain_text;
pub use quote::quotation;
use scan::{cut, find, rest};
pub use tree::{Align, Element, Node, Tag};

/// What the parser asks others, so that it carries no tables.
#[derive(Clone, Copy)]
pub struct Host {
    /// What a named entity stands for: `copy` is `©`. None where there is no such entity.
    pub entity: fn(name: &str) -> Option<String>,
    /// Whether a character outside ASCII is punctuation or a symbol (Unicode's categories P and S).
    pub is_punctuation: fn(char) -> bool,
}

/// A text that grows, and what it means so far.
pub struct Document {
    blocks: Blocks,
    /// The last line, which has not ended.
    line: String,
    finished: bool,
    root: Option<Rc<Element>>,
}

impl Document {
    /// An empty document.
    pub fn new(host: Host) -> Self {
        Self { blocks: Blocks::new(host), line: String::new(), finished: false, root: None }
    }

    /// Adds what has arrived. Costs as much as the delta is long.
    pub fn push(&mut self, delta: &str) {
        self.root = None;
        self.finished = false;
        let mut from = 0;
        while let Some(end) = find(delta, from, "\n") {
            self.line.push_str(cut(delta, from, end));
            self.blocks.line(whole(&self.line));
            self.line.clear();
            from = end + 1;
        }
        self.line.push_str(rest(delta, from));
    }

    /// Says that no more will come, so that the last line stands as it is.
    pub fn finish(&mut self) {
        self.root = None;
        self.finished = true;
    }

    /// The document so far: a [`Tag::Group`], the same one until something changes.
    ///
    /// Costs as much as what is still open. A last line of which nobody can say yet what it will be (`-`, `1.`, `**`)
    /// is left out until [`Self::finish`].
    pub fn root(&mut self) -> Rc<Element> {
        if let Some(root) = &self.root {
            return Rc::clone(root);
        }
        let line = whole(&self.line);
        let is_decided = line.bytes().any(|byte| {
            !matches!(byte, b' ' | b'\t' | b'0'..=b'9' | b'#' | b')'..=b'+' | b'-'..=b'.' | b':' | b'='..=b'>' | b'_' | b'`' | b'|' | b'~')
        });
        let line = (is_decided || self.finished && !line.is_empty()).then_some(line);
        let root = self.blocks.tree(line);
        self.root = Some(Rc::clone(&root));
        root
    }
}

/// A line without the carriage return before its end.
fn whole(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line)
}
