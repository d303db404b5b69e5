//! What a document means: a plain tree.

use std::rc::Rc;

/// A piece of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// Words.
    Text(Rc<str>),
    /// An element with what it holds.
    Element(Rc<Element>),
}

/// An element with what it holds. Never changes; two handles to one element mean the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// What it is.
    pub tag: Tag,
    /// What it holds: in a quote, a list, an item, a table and a code block [`Tag::Group`]s, whose children are elements
    /// that keep their places; in any other element words and elements.
    pub children: Vec<Node>,
}

/// What an element is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Stands for what it holds: a stretch of neighbours, or some lines of code.
    Group,
    /// A paragraph. Items of lists hold paragraphs too.
    Paragraph,
    /// A heading, with its level from 1 to 6.
    Heading(u8),
    /// A block quote.
    Quote,
    /// Lines of code with their language, which may be empty.
    CodeBlock(Rc<str>),
    /// A list, numbered where it has a number to start with.
    List {
        /// Its first number.
        start: Option<u32>,
        /// Whether blank lines stand between its items, or within one.
        loose: bool,
    },
    /// An item of a list.
    Item,
    /// The box before a task, and whether it is ticked.
    Task(bool),
    /// A table of rows.
    Table,
    /// A row of cells.
    Row,
    /// A cell.
    Cell {
        /// Whether it stands in the table's first row.
        head: bool,
        /// Where its words stand.
        align: Align,
    },
    /// A line across.
    Rule,
    /// Emphasis.
    Emphasis,
    /// Strong emphasis.
    Strong,
    /// Words struck through.
    Strikethrough,
    /// Code within a line.
    Code,
    /// A link. Holds no other link and no image. Its address is as it was written: the reader of the tree decides where
    /// a link may lead.
    Link(Rc<Target>),
    /// An image, holding its alternative text.
    Image(Rc<Target>),
    /// Mathematics as it was written, with its delimiters.
    Math,
    /// A line end as it was typed.
    SoftBreak,
    /// A line end that was asked for, by two spaces, a backslash or `<br>`.
    HardBreak,
}

/// Where a link leads.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// Its address.
    pub address: String,
    /// Its title, which may be empty.
    pub title: String,
}

/// Where the words of a column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Not said.
    None,
    /// `:---`
    Left,
    /// `:---:`
    Center,
    /// `---:`
    Right,
}

/// An element as a node.
#[inline(never)]
pub fn element(tag: Tag, children: Vec<Node>) -> Node {
    Node::Element(Rc::new(Element { tag, children }))
}

/// Words as a node.
#[inline(never)]
pub fn text(words: &str) -> Node {
    Node::Text(Rc::from(words))
}

/// How many neighbours make a group.
const GROUP: usize = 32;

/// Adds a finished neighbour. A group that is full is never touched again; one that was handed out is copied.
#[inline(never)]
pub fn add(groups: &mut Vec<Node>, node: Node) {
    if let Some(Node::Element(group)) = groups.last_mut()
        && group.children.len() < GROUP
    {
        match Rc::get_mut(group) {
            Some(group) => group.children.push(node),
            None => {
                let mut children = group.children.clone();
                children.push(node);
                *group = Rc::new(Element { tag: Tag::Group, children });
            }
        }
    } else {
        groups.push(element(Tag::Group, vec![node]));
    }
}

/// Dissolves the links and images in what a link holds.
#[inline(never)]
pub fn dissolve_links(nodes: &mut [Node]) {
    for node in nodes {
        if let Node::Element(element) = node
            && let Some(element) = Rc::get_mut(element)
        {
            dissolve_links(&mut element.children);
            if let Tag::Link(_) | Tag::Image(_) = element.tag {
                element.tag = Tag::Group;
            }
        }
    }
}
