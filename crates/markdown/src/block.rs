//! Blocks: what a line belongs to, and what it begins.

use std::rc::Rc;

use crate::Host;
use crate::cursor::Cursor;
use crate::inline::{self, Definition, new_target};
use crate::scan::{
    byte, cut, destination, find, is_space, label, normalize, rest, run, skip_space, trim, trim_end,
    unescape, word,
};
use crate::tree::{Align, Element, Node, Tag, add, element, text};

/// How many blocks may be open within each other; what is deeper is words.
const MAX_DEPTH: usize = 24;
/// A table with more columns is words: a short row is filled up, so that columns multiply.
const MAX_COLUMNS: usize = 64;
/// Further definitions of links are forgotten: each use looks through all of them.
const MAX_DEFINITIONS: usize = 256;
/// Code is handed out in parts of about this size.
const CODE_PART_BYTES: usize = 1024;

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Root,
    Quote,
    List,
    Item,
    Paragraph,
    Heading,
    Fence,
    Indented,
    Table,
}

/// A block that is open: more lines may come.
#[derive(Clone)]
struct Open {
    kind: Kind,
    tag: Tag,
    /// What it holds that has ended, in groups.
    children: Vec<Node>,
    /// The lines of a paragraph, and those of code that are no part yet.
    text: String,
    /// The bullet of a list and its items, or what stands behind their numbers; the fence's byte; what ends the
    /// mathematics that a paragraph is in.
    marker: u8,
    /// The columns before an item's content; the fence's length.
    width: usize,
    /// The columns before a fence.
    indent: usize,
    /// The columns of a table.
    columns: Vec<Align>,
    /// Whether the last line was blank.
    blank: bool,
}

impl Open {
    fn new(kind: Kind, tag: Tag) -> Self {
        Self {
            kind,
            tag,
            children: Vec::new(),
            text: String::new(),
            marker: 0,
            width: 0,
            indent: 0,
            columns: Vec::new(),
            blank: false,
        }
    }

    /// Makes a part of the lines of code so far.
    fn flush_code(&mut self) {
        if !self.text.is_empty() {
            add(&mut self.children, element(Tag::Group, vec![text(&self.text)]));
            self.text.clear();
        }
    }
}

/// The blocks of a document.
pub struct Blocks {
    host: Host,
    /// From the root to the innermost. Never empty.
    open: Vec<Open>,
    definitions: Vec<Definition>,
}

/// What a line begins.
enum Start {
    Nothing,
    /// A block that the rest of the line stands in.
    Container,
    /// A block that takes the whole line.
    Leaf,
}

impl Blocks {
    pub fn new(host: Host) -> Self {
        Self { host, open: vec![Open::new(Kind::Root, Tag::Group)], definitions: Vec::new() }
    }

    /// The tree, as if the document ended after a last line.
    pub fn tree(&mut self, last: Option<&str>) -> Rc<Element> {
        let open = self.open.clone();
        let definitions = self.definitions.len();
        if let Some(line) = last {
            self.line(line);
        }
        self.close_to(1);
        let root = std::mem::replace(&mut self.open, open).pop();
        self.definitions.truncate(definitions);
        Rc::new(Element { tag: Tag::Group, children: root.map_or_else(Vec::new, |root| root.children) })
    }

    /// Takes a whole line.
    #[inline(never)]
    pub fn line(&mut self, line: &str) {
        let blank_from = self.take_line(&mut Cursor::new(line)).unwrap_or(usize::MAX);
        for (depth, open) in self.open.iter_mut().enumerate() {
            open.blank = depth >= blank_from;
        }
    }

    /// What the block at a depth is, counted from 1.
    #[inline(never)]
    fn kind(&self, depth: usize) -> Kind {
        self.open.get(depth.wrapping_sub(1)).map_or(Kind::Root, |open| open.kind)
    }

    /// Takes a line. If it was blank, says from which place among the open blocks on.
    fn take_line(&mut self, cursor: &mut Cursor<'_>) -> Option<usize> {
        let (mut depth, blank_from) = self.go_on(cursor)?;
        let was_blank = cursor.is_blank();
        loop {
            match self.start(depth, cursor) {
                Start::Nothing => break,
                Start::Container => depth = self.open.len(),
                Start::Leaf => return None,
            }
        }
        let is_lazy =
            depth < self.open.len() && self.kind(self.open.len()) == Kind::Paragraph && !cursor.is_blank();
        if !is_lazy {
            self.close_to(depth);
        }
        match self.kind(self.open.len()) {
            Kind::Fence | Kind::Indented => {
                if let Some(code) = self.open.last_mut() {
                    cursor.copy(&mut code.text);
                    code.text.push('\n');
                    // Blank lines wait, since those at the end of indented code are no part of it.
                    if code.text.len() >= CODE_PART_BYTES && !was_blank {
                        code.flush_code();
                    }
                    if code.kind == Kind::Fence {
                        return None;
                    }
                }
            }
            Kind::Table => self.add_row(cursor.rest(), false),
            Kind::Paragraph => self.add_line(cursor.rest()),
            _ if !cursor.is_blank() => {
                self.push(depth, Open::new(Kind::Paragraph, Tag::Paragraph));
                self.add_line(cursor.rest());
            }
            _ => {}
        }
        was_blank.then_some(blank_from)
    }

    /// Finds how many of the open blocks a line belongs to, and where a blank line makes lists loose from. None where the
    /// line ends a fence.
    fn go_on(&mut self, cursor: &mut Cursor<'_>) -> Option<(usize, usize)> {
        let mut depth = 1;
        let mut blank_from = 1;
        let innermost = self.open.len();
        while let Some(open) = self.open.get_mut(depth) {
            let indent = cursor.indent();
            let rest = cursor.rest();
            let is_blank = cursor.is_blank();
            let mut columns = 0;
            let goes_on = match open.kind {
                Kind::Quote => {
                    let goes_on = indent < 4 && byte(rest, 0) == b'>';
                    if goes_on {
                        cursor.take_marker(1);
                        columns = 1;
                        blank_from = depth + 1;
                    }
                    goes_on
                }
                Kind::Item if is_blank => {
                    columns = indent;
                    depth + 1 < innermost || !open.children.is_empty()
                }
                Kind::Item => {
                    // Bullets below a number: two columns are meant, even where the number is wider.
                    let is_numbered = matches!(open.marker, b'.' | b')');
                    if is_numbered
                        && indent > 1
                        && indent < open.width
                        && marker(rest).is_some_and(|marker| marker.start.is_none())
                    {
                        open.width = indent;
                    }
                    columns = open.width;
                    indent >= columns
                }
                Kind::Fence => {
                    let length = run(rest, 0, open.marker);
                    if indent < 4 && length >= open.width && skip_space(rest, length) >= rest.len() {
                        self.close_to(depth);
                        return None;
                    }
                    columns = open.indent;
                    true
                }
                Kind::Indented => {
                    columns = 4;
                    indent > 3 || is_blank
                }
                Kind::Root | Kind::List => true,
                Kind::Paragraph | Kind::Heading | Kind::Table => !is_blank,
            };
            if !goes_on {
                break;
            }
            cursor.take_columns(columns);
            depth += 1;
        }
        Some((depth, blank_from))
    }

    /// Begins the block that the rest of a line begins, within the block at a depth.
    fn start(&mut self, mut depth: usize, cursor: &mut Cursor<'_>) -> Start {
        let kind = self.kind(depth);
        let in_paragraph = kind == Kind::Paragraph;
        let in_mathematics = in_paragraph && self.open.last().is_some_and(|open| open.marker != 0);
        let indent = cursor.indent();
        if matches!(kind, Kind::Fence | Kind::Indented) || in_mathematics || cursor.is_blank() {
            return Start::Nothing;
        }
        if indent > 3 {
            if self.kind(self.open.len()) != Kind::Paragraph {
                cursor.take_columns(4);
                self.push(depth, Open::new(Kind::Indented, Tag::CodeBlock(Rc::from(""))));
                return Start::Container;
            }
            return Start::Nothing;
        }
        let line = cursor.rest();
        let first = byte(line, 0);
        let length = run(line, 0, first);
        let after = byte(line, length);
        match first {
            b'>' if depth < MAX_DEPTH => {
                cursor.take_marker(1);
                cursor.take_columns(1);
                self.push(depth, Open::new(Kind::Quote, Tag::Quote));
                return Start::Container;
            }
            b'#' if length < 7 && (after == 0 || is_space(after)) => {
                let mut words = trim(rest(line, length));
                let mut end = words.len();
                while byte(words, end.wrapping_sub(1)) == b'#' {
                    end -= 1;
                }
                if end == 0 || is_space(byte(words, end - 1)) {
                    words = trim_end(cut(words, 0, end));
                }
                self.push_leaf(depth, Tag::Heading(length as u8), words);
                return Start::Leaf;
            }
            b'`' | b'~' if length > 2 => {
                let info = rest(line, length);
                if first == b'~' || find(info, 0, "`").is_none() {
                    let (start, end) = word(info, 0);
                    let language = Rc::from(unescape(cut(info, start, end), self.host));
                    let mut fence = Open::new(Kind::Fence, Tag::CodeBlock(language));
                    fence.marker = first;
                    fence.width = length;
                    fence.indent = indent;
                    self.push(depth, fence);
                    return Start::Leaf;
                }
            }
            b'=' | b'-'
                if in_paragraph && skip_space(line, length) >= line.len() && self.underline(first) =>
            {
                return Start::Leaf;
            }
            _ => {}
        }
        if is_rule(line, first) {
            self.push_leaf(depth, Tag::Rule, "");
            return Start::Leaf;
        }
        if let Some(marker) = marker(line) {
            let is_empty = skip_space(line, marker.bytes) >= line.len();
            let same =
                kind == Kind::List && self.open.get(depth - 1).is_some_and(|list| list.marker == marker.byte);
            let interrupts = !is_empty && marker.start.is_none_or(|start| start == 1);
            if (same || depth + 2 <= MAX_DEPTH) && (!in_paragraph || interrupts) {
                if !same {
                    let tag = Tag::List { start: marker.start, loose: false };
                    let mut list = Open::new(Kind::List, tag);
                    list.marker = marker.byte;
                    self.push(depth, list);
                    depth = self.open.len();
                }
                cursor.take_marker(marker.bytes);
                let spaces = if is_empty || cursor.indent() > 4 { 1 } else { cursor.indent() };
                cursor.take_columns(spaces);
                let mut item = Open::new(Kind::Item, Tag::Item);
                item.marker = marker.byte;
                item.width = indent + marker.bytes + spaces;
                self.push(depth, item);
                return Start::Container;
            }
        }
        if in_paragraph && self.start_table(depth, line) { Start::Leaf } else { Start::Nothing }
    }

    /// Makes a heading of the paragraph that is open; false where nothing but definitions stands in it.
    fn underline(&mut self, byte: u8) -> bool {
        let Some(mut paragraph) = self.open.pop() else { return false };
        let end = self.define(&paragraph.text);
        paragraph.text.drain(..end);
        let is_heading = !paragraph.text.is_empty();
        if is_heading {
            paragraph.kind = Kind::Heading;
            paragraph.tag = Tag::Heading(if byte == b'=' { 1 } else { 2 });
        }
        self.open.push(paragraph);
        if is_heading {
            self.close();
        }
        is_heading
    }

    /// Begins a table where a line of dashes stands below a line with as many cells.
    fn start_table(&mut self, depth: usize, line: &str) -> bool {
        let Some(columns) = columns(line) else { return false };
        let Some(paragraph) = self.open.last_mut() else { return false };
        let start = last_line(&paragraph.text);
        let head = String::from(rest(&paragraph.text, start));
        if cells(&head).len() != columns.len() {
            return false;
        }
        paragraph.text.truncate(start.saturating_sub(1));
        let mut table = Open::new(Kind::Table, Tag::Table);
        table.columns = columns;
        self.push(depth, table);
        self.add_row(&head, true);
        true
    }

    fn add_row(&mut self, line: &str, head: bool) {
        let Some(table) = self.open.last_mut() else { return };
        let words = cells(line);
        let mut row = Vec::new();
        for (column, align) in table.columns.iter().enumerate() {
            let words = words.get(column).map_or("", String::as_str);
            let words = inline::parse(words, &self.definitions, self.host);
            row.push(element(Tag::Cell { head, align: *align }, words));
        }
        add(&mut table.children, element(Tag::Row, row));
    }

    /// Adds a line to the paragraph that is open.
    fn add_line(&mut self, line: &str) {
        let Some(paragraph) = self.open.last_mut() else { return };
        if !paragraph.text.is_empty() {
            paragraph.text.push('\n');
        }
        paragraph.text.push_str(line);
        paragraph.marker = mathematics(trim(line), paragraph.marker);
    }

    fn push_leaf(&mut self, depth: usize, tag: Tag, words: &str) {
        let mut leaf = Open::new(Kind::Heading, tag);
        leaf.text.push_str(words);
        self.push(depth, leaf);
        self.close();
    }

    /// Opens a block within the block at a depth, or the nearest round it that may hold it.
    #[inline(never)]
    fn push(&mut self, mut depth: usize, block: Open) {
        while match self.kind(depth) {
            Kind::Root | Kind::Quote | Kind::Item => false,
            Kind::List => block.kind != Kind::Item,
            _ => true,
        } {
            depth -= 1;
        }
        self.close_to(depth);
        if let Some(parent) = self.open.last()
            && parent.blank
            && !parent.children.is_empty()
        {
            let list = depth - if parent.kind == Kind::Item { 2 } else { 1 };
            if let Some(Open { tag: Tag::List { loose, .. }, .. }) = self.open.get_mut(list) {
                *loose = true;
            }
        }
        self.open.push(block);
    }

    /// Closes the blocks beyond a depth.
    #[inline(never)]
    fn close_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            self.close();
        }
    }

    /// Closes the innermost block.
    #[inline(never)]
    fn close(&mut self) {
        let Some(mut block) = self.open.pop() else { return };
        let mut words = block.text.as_str();
        match block.kind {
            Kind::Paragraph => {
                words = rest(words, self.define(words));
                if words.is_empty() {
                    return;
                }
            }
            Kind::Indented => {
                // Blank lines at its end are no part of it.
                let mut end = words.len();
                while is_space(byte(words, end.wrapping_sub(1))) {
                    end -= 1;
                }
                let end = find(words, end, "\n").map_or(end, |end| end + 1);
                block.text.truncate(end);
                block.flush_code();
                words = "";
            }
            Kind::Fence => {
                block.flush_code();
                words = "";
            }
            _ => {}
        }
        let Some(parent) = self.open.last_mut() else { return };
        words = trim_end(words);
        let mut task = None;
        if parent.kind == Kind::Item
            && block.kind == Kind::Paragraph
            && parent.children.is_empty()
            && let b"[ ]" | b"[x]" | b"[X]" = cut(words, 0, 3).as_bytes()
            && is_space(byte(words, 3))
        {
            task = Some(element(Tag::Task(byte(words, 1) != b' '), Vec::new()));
            words = rest(words, 4);
        }
        if !words.is_empty() {
            block.children = inline::parse(words, &self.definitions, self.host);
        }
        if let Some(task) = task {
            block.children.insert(0, task);
        }
        add(&mut parent.children, element(block.tag, block.children));
    }

    /// Takes the definitions of links at the start of a paragraph, and says where they end.
    fn define(&mut self, text: &str) -> usize {
        let mut at = 0;
        while let Some(end) = self.definition(text, at) {
            at = end;
        }
        at
    }

    fn definition(&mut self, text: &str, at: usize) -> Option<usize> {
        let label_end = label(text, at)?;
        if byte(text, label_end) != b':' {
            return None;
        }
        let mut found = destination(text, label_end + 1)?;
        if found.address.is_empty() && byte(text, found.after_address - 1) != b'>' {
            return None;
        }
        let line_end = |mut at| {
            while matches!(byte(text, at), b' ' | b'\t') {
                at += 1;
            }
            match byte(text, at) {
                b'\n' => Some(at + 1),
                _ => (at >= text.len()).then_some(at),
            }
        };
        let end = line_end(found.end).or_else(|| {
            found.title = "";
            line_end(found.after_address)
        })?;
        let name = normalize(cut(text, at + 1, label_end - 1));
        if name.is_empty() {
            return None;
        }
        if self.definitions.len() < MAX_DEFINITIONS {
            self.definitions.push((name, new_target(&found, self.host)));
        }
        Some(end)
    }
}

/// Where the last line of a text begins.
fn last_line(text: &str) -> usize {
    let mut start = text.len();
    while start > 0 && byte(text, start - 1) != b'\n' {
        start -= 1;
    }
    start
}

/// The marker of an item.
struct Marker {
    byte: u8,
    bytes: usize,
    start: Option<u32>,
}

fn marker(line: &str) -> Option<Marker> {
    let mut found = Marker { byte: byte(line, 0), bytes: 1, start: None };
    if found.byte.is_ascii_digit() {
        let mut start = 0;
        found.bytes = 0;
        while found.byte.is_ascii_digit() && found.bytes < 9 {
            start = start * 10 + u32::from(found.byte - b'0');
            found.bytes += 1;
            found.byte = byte(line, found.bytes);
        }
        found.bytes += 1;
        found.start = Some(start);
        if !matches!(found.byte, b'.' | b')') {
            return None;
        }
    } else if !matches!(found.byte, b'-' | b'+' | b'*') {
        return None;
    }
    let after = byte(line, found.bytes);
    (found.bytes >= line.len() || after == b' ' || after == b'\t').then_some(found)
}

/// Whether a line is a line across: three `*`, `-` or `_` and spaces.
fn is_rule(line: &str, first: u8) -> bool {
    let mut count = 0;
    matches!(first, b'*' | b'-' | b'_')
        && line.bytes().all(|byte| {
            count += usize::from(byte == first);
            byte == first || is_space(byte)
        })
        && count > 2
}

/// The cells of a row.
#[inline(never)]
fn cells(line: &str) -> Vec<String> {
    let line = trim(line);
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut at = usize::from(byte(line, 0) == b'|');
    let mut from = at;
    while at < line.len() {
        match byte(line, at) {
            b'\\' if byte(line, at + 1) == b'|' => {
                cell.push_str(cut(line, from, at));
                from = at + 1;
                at += 1;
            }
            b'\\' => at += 1,
            b'|' => {
                cell.push_str(cut(line, from, at));
                cells.push(String::from(trim(&cell)));
                cell.clear();
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    cell.push_str(rest(line, from));
    let last = trim(&cell);
    if !last.is_empty() {
        cells.push(String::from(last));
    }
    cells
}

/// The columns of a table, where a line is its second: `| --- | :---: |`.
fn columns(line: &str) -> Option<Vec<Align>> {
    if !line.bytes().all(|byte| matches!(byte, b'|' | b'-' | b':' | b' ' | b'\t')) {
        return None;
    }
    let mut columns = Vec::new();
    for cell in cells(line) {
        let left = byte(&cell, 0) == b':';
        let start = usize::from(left);
        let dashes = run(&cell, start, b'-');
        let right = byte(&cell, start + dashes) == b':';
        if dashes == 0 || start + dashes + usize::from(right) != cell.len() {
            return None;
        }
        columns.push(match (left, right) {
            (true, true) => Align::Center,
            (true, false) => Align::Left,
            (false, true) => Align::Right,
            (false, false) => Align::None,
        });
    }
    (!columns.is_empty() && columns.len() <= MAX_COLUMNS).then_some(columns)
}

/// What ends the mathematics that a paragraph is in after a line, 0 where it is in none: lines of a formula begin no
/// lists and no headings.
fn mathematics(line: &str, inside: u8) -> u8 {
    for (open, close, closing) in [("$$", "$$", b'$'), ("\\[", "\\]", b']')] {
        if inside == closing {
            return if find(line, 0, close).is_some() { 0 } else { inside };
        }
        let opens = line.starts_with(open) && find(line, 2, close).is_none();
        let opens_last = line.ends_with(open) && find(line, 0, open) == Some(line.len() - 2);
        if inside == 0 && (opens || opens_last) {
            return closing;
        }
    }
    inside
}
