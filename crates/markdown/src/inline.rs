//! What stands within a paragraph, a heading or a cell.

use std::rc::Rc;

use crate::Host;
use crate::scan::{
    Destination, byte, char_at, char_before, cut, destination, entity, find, html_tag, is_space, label,
    normalize, rest, run, skip_space, starts, trim_end, unescape,
};
use crate::tree::{Node, Tag, Target, dissolve_links, element, text};

/// A link that was defined: its label, normalized, and where it leads.
pub type Definition = (String, Rc<Target>);

/// How many openers wait for their closers; of more, the oldest are words. Bounds the nesting and the search.
const MAX_WAITING: usize = 32;
/// A longer run of delimiters is words.
const MAX_RUN: usize = 16;
/// A longer run of backticks is words. The searches for the shorter ones share [`Parser::failed`] with mathematics.
const MAX_BACKTICKS: usize = 24;
/// The bits of [`Parser::failed`] beyond those for runs of backticks.
const DOLLAR: u32 = 28;
const DOUBLE_DOLLAR: u32 = 29;
const PARENTHESIS: u32 = 30;
const SQUARE_BRACKET: u32 = 31;

/// What was read and may still change its meaning.
enum Piece {
    Node(Node),
    Run(Run),
}

/// A run of `*`, `_` or `~`.
struct Run {
    byte: u8,
    /// How many are left.
    count: usize,
    /// How many there were.
    length: usize,
    opens: bool,
    closes: bool,
}

/// An opening bracket.
struct Bracket {
    /// Its place among the pieces.
    piece: usize,
    /// The place after it in the text.
    at: usize,
    is_image: bool,
    /// Whether it may become a link: a link holds no link.
    active: bool,
    /// Whether another bracket came after it.
    nested: bool,
}

struct Parser<'a> {
    text: &'a str,
    host: Host,
    definitions: &'a [Definition],
    /// The place where reading goes on.
    at: usize,
    /// Words that are not among the pieces yet.
    words: String,
    pieces: Vec<Piece>,
    brackets: Vec<Bracket>,
    /// The closers which are known not to come any more, a bit each.
    failed: u32,
}

/// Reads a text.
#[inline(never)]
pub fn parse(text: &str, definitions: &[Definition], host: Host) -> Vec<Node> {
    let mut parser = Parser {
        text,
        host,
        definitions,
        at: 0,
        words: String::new(),
        pieces: Vec::new(),
        brackets: Vec::new(),
        failed: 0,
    };
    while parser.at < text.len() {
        if !parser.special() {
            // Not special, or not here: words up to what may be.
            let from = parser.at;
            parser.at += 1;
            while parser.at < text.len() && !is_special(byte(text, parser.at)) {
                parser.at += 1;
            }
            parser.words.push_str(cut(text, from, parser.at));
        }
    }
    parser.flush();
    emphasis(parser.pieces)
}

fn is_special(byte: u8) -> bool {
    matches!(
        byte,
        b'\\'
            | b'`'
            | b'*'
            | b'_'
            | b'~'
            | b'['
            | b'!'
            | b']'
            | b'<'
            | b'&'
            | b'$'
            | b'\n'
            | b'h'
            | b'H'
            | b'w'
            | b'W'
            | b'@'
    )
}

impl Parser<'_> {
    /// The byte some places further.
    fn peek(&self, further: usize) -> u8 {
        byte(self.text, self.at + further)
    }

    /// Makes a node of the words so far.
    #[inline(never)]
    fn flush(&mut self) {
        if !self.words.is_empty() {
            self.pieces.push(Piece::Node(text(&self.words)));
            self.words.clear();
        }
    }

    /// Adds an element and goes on at a place.
    #[inline(never)]
    fn add(&mut self, tag: Tag, children: Vec<Node>, end: usize) -> bool {
        self.flush();
        self.pieces.push(Piece::Node(element(tag, children)));
        self.at = end;
        true
    }

    /// Reads what a special byte begins; false where it begins nothing.
    fn special(&mut self) -> bool {
        match self.peek(0) {
            b'\\' => self.backslash(),
            b'`' => self.code(),
            byte @ (b'*' | b'_' | b'~') => self.delimiters(byte),
            b'[' => self.open_bracket(false),
            b'!' => self.peek(1) == b'[' && self.open_bracket(true),
            b']' => self.close_bracket(),
            b'<' => self.angle(),
            b'&' => match entity(self.text, self.at, self.host) {
                Some((meaning, end)) => {
                    self.words.push_str(&meaning);
                    self.at = end;
                    true
                }
                None => false,
            },
            b'$' => self.dollar(),
            b'\n' => self.line_end(),
            b'h' | b'H' | b'w' | b'W' => self.bare_address(),
            b'@' => self.bare_mail(),
            _ => false,
        }
    }

    fn backslash(&mut self) -> bool {
        match self.peek(1) {
            b'(' if self.math("\\)", PARENTHESIS) => {}
            b'[' if self.math("\\]", SQUARE_BRACKET) => {}
            b'\n' => {
                self.add(Tag::HardBreak, Vec::new(), self.at + 2);
            }
            byte if byte.is_ascii_punctuation() => {
                self.words.push(char::from(byte));
                self.at += 2;
            }
            _ => return false,
        }
        true
    }

    /// Mathematics, up to a closer that is as long as the opener. A search that failed once is not begun again.
    #[inline(never)]
    fn math(&mut self, close: &str, bit: u32) -> bool {
        let start = self.at + close.len();
        let mut end = start;
        if self.failed & 1 << bit != 0 {
            return false;
        }
        loop {
            let Some(found) = find(self.text, end, close) else {
                self.failed |= 1 << bit;
                return false;
            };
            end = found + close.len();
            // Money is no mathematics: no space within single dollars, no digit behind them.
            let before = byte(self.text, found - 1);
            if bit != DOLLAR || !is_space(before) && before != b'\\' && !byte(self.text, end).is_ascii_digit()
            {
                break;
            }
        }
        if end == start + close.len() {
            return false;
        }
        let math = text(cut(self.text, self.at, end));
        self.add(Tag::Math, vec![math], end)
    }

    fn dollar(&mut self) -> bool {
        match self.peek(1) {
            b'$' => self.math("$$", DOUBLE_DOLLAR),
            next => next != 0 && !is_space(next) && self.math("$", DOLLAR),
        }
    }

    fn code(&mut self) -> bool {
        let length = run(self.text, self.at, b'`');
        let start = self.at + length;
        let mut end = start;
        if length <= MAX_BACKTICKS && self.failed & 1 << length == 0 {
            loop {
                while end < self.text.len() && byte(self.text, end) != b'`' {
                    end += 1;
                }
                if end >= self.text.len() {
                    self.failed |= 1 << length;
                    break;
                }
                let closing = run(self.text, end, b'`');
                if closing == length {
                    let code = text(&code_words(cut(self.text, start, end)));
                    return self.add(Tag::Code, vec![code], end + length);
                }
                end += closing;
            }
        }
        self.words.push_str(cut(self.text, self.at, start));
        self.at = start;
        true
    }

    /// Whether a run opens or closes: CommonMark's rule, with what markdown-cjk-friendly's specification adds, so that
    /// words of languages without spaces need none (<https://github.com/tats-u/markdown-cjk-friendly>).
    fn delimiters(&mut self, byte: u8) -> bool {
        let length = run(self.text, self.at, byte);
        let end = self.at + length;
        let mut before = char_before(self.text, self.at);
        let mut is_wide_quote = false;
        if let Some(selector @ '\u{fe00}'..='\u{fe0e}') = before {
            before = char_before(self.text, self.at - selector.len_utf8());
            is_wide_quote = selector == '\u{fe01}' && matches!(before, Some('‘' | '’' | '“' | '”'));
        }
        let before = Neighbour::new(before, is_wide_quote, self.host);
        let after = Neighbour::new(char_at(self.text, end), false, self.host);
        let mut opens =
            after.is_word() || after.is_foreign_punctuation() && (!before.is_word() || before.cjk);
        let mut closes =
            before.is_word() || before.is_foreign_punctuation() && (!after.is_word() || after.cjk);
        if byte == b'_' || byte == b'~' && length == 1 {
            (opens, closes) = (
                opens && (before.space || before.punctuation || !closes),
                closes && (after.space || after.punctuation || !opens),
            );
        }
        if length > MAX_RUN || byte == b'~' && length > 2 || !opens && !closes {
            self.words.push_str(cut(self.text, self.at, end));
        } else {
            self.flush();
            self.pieces.push(Piece::Run(Run { byte, count: length, length, opens, closes }));
        }
        self.at = end;
        true
    }

    fn open_bracket(&mut self, is_image: bool) -> bool {
        self.flush();
        let at = self.at + 1 + usize::from(is_image);
        if let Some(outer) = self.brackets.last_mut() {
            outer.nested = true;
        }
        if self.brackets.len() >= MAX_WAITING {
            self.brackets.remove(0);
        }
        self.brackets.push(Bracket { piece: self.pieces.len(), at, is_image, active: true, nested: false });
        self.pieces.push(Piece::Node(text(cut(self.text, self.at, at))));
        self.at = at;
        true
    }

    fn close_bracket(&mut self) -> bool {
        let Some(bracket) = self.brackets.pop() else { return false };
        if !bracket.active {
            return false;
        }
        let Some((target, end)) = self.target(&bracket) else { return false };
        self.flush();
        let mut children = emphasis(self.pieces.split_off(bracket.piece + 1));
        self.pieces.pop();
        let tag = if bracket.is_image {
            Tag::Image(target)
        } else {
            dissolve_links(&mut children);
            for outer in &mut self.brackets {
                outer.active &= outer.is_image;
            }
            Tag::Link(target)
        };
        self.add(tag, children, end)
    }

    /// Where a bracket that is closed leads, and the place after it.
    fn target(&self, bracket: &Bracket) -> Option<(Rc<Target>, usize)> {
        let after = self.at + 1;
        if byte(self.text, after) == b'('
            && let Some(found) = destination(self.text, skip_space(self.text, after + 1))
        {
            let end = skip_space(self.text, found.end);
            if byte(self.text, end) == b')' {
                return Some((self.new_target(&found), end + 1));
            }
        }
        if self.definitions.is_empty() {
            return None;
        }
        let mut name = cut(self.text, bracket.at, self.at);
        let mut end = after;
        match label(self.text, after) {
            Some(label_end) if label_end > after + 2 => {
                name = cut(self.text, after + 1, label_end - 1);
                end = label_end;
            }
            _ if bracket.nested || name.len() > 1000 => return None,
            Some(label_end) => end = label_end,
            None => {}
        }
        let name = normalize(name);
        let (_, target) = self.definitions.iter().find(|(defined, _)| *defined == name)?;
        Some((Rc::clone(target), end))
    }

    fn new_target(&self, found: &Destination<'_>) -> Rc<Target> {
        new_target(found, self.host)
    }

    fn add_link(&mut self, prefix: &str, words: &str, end: usize) -> bool {
        let mut address = String::from(prefix);
        address.push_str(words);
        self.add(Tag::Link(Rc::new(Target { address, title: String::new() })), vec![text(words)], end)
    }

    /// An address or a mail address in angle brackets, a line end, or another tag as it is written.
    fn angle(&mut self) -> bool {
        let start = self.at + 1;
        let mut end = start;
        while !matches!(byte(self.text, end), 0..=b' ' | b'<' | b'>' | 0x7f) {
            end += 1;
        }
        if byte(self.text, end) == b'>' {
            let words = cut(self.text, start, end);
            let mut scheme = 0;
            while matches!(byte(words, scheme), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'+' | b'.' | b'-')
            {
                scheme += 1;
            }
            if byte(words, scheme) == b':'
                && scheme > 1
                && scheme <= 32
                && byte(words, 0).is_ascii_alphabetic()
            {
                return self.add_link("", words, end + 1);
            }
            let mut local = 0;
            while matches!(byte(words, local), b'!' | b'#'..=b'\'' | b'*'..=b'+' | b'-'..=b'9' | b'=' | b'?' | b'A'..=b'Z' | b'^'..=b'~')
            {
                local += 1;
            }
            if local > 0 && mail_domain(words, local) == words.len() {
                return self.add_link("mailto:", words, end + 1);
            }
        }
        let Some(end) = html_tag(self.text, self.at) else { return false };
        let tag = cut(self.text, self.at, end);
        if starts(tag, 0, "<br") && matches!(byte(tag, 3), b'>' | b'/' | b' ') {
            return self.add(Tag::HardBreak, Vec::new(), skip_space(self.text, end));
        }
        self.words.push_str(tag);
        self.at = end;
        true
    }

    fn line_end(&mut self) -> bool {
        let end = trim_end(&self.words).len();
        let hard = rest(&self.words, end).ends_with("  ");
        self.words.truncate(end);
        let tag = if hard { Tag::HardBreak } else { Tag::SoftBreak };
        self.add(tag, Vec::new(), self.at + 1)
    }

    /// `https://…`, `http://…` or `www.…`.
    fn bare_address(&mut self) -> bool {
        let mut end = self.at + 4;
        let mut prefix = "";
        if starts(self.text, self.at, "www.") {
            prefix = "http://";
        } else if starts(self.text, self.at, "https://") {
            end += 4;
        } else if starts(self.text, self.at, "http://") {
            end += 3;
        } else {
            return false;
        }
        let begins =
            char_at(self.text, end).is_some_and(|char| char.is_ascii_alphanumeric() || !char.is_ascii());
        if !begins || byte(self.text, self.at.wrapping_sub(1)).is_ascii_alphanumeric() {
            return false;
        }
        let start = end;
        for char in rest(self.text, start).chars() {
            let ends = match char {
                '\0'..=' ' | '<' | '\u{7f}' => true,
                ']' => !self.brackets.is_empty(),
                '\u{80}'.. => is_wide_space(char) || (self.host.is_punctuation)(char),
                _ => false,
            };
            if ends {
                break;
            }
            end += char.len_utf8();
        }
        let end = self.trim_address(start, end);
        let words = cut(self.text, self.at, end);
        self.add_link(prefix, words, end)
    }

    /// The end of a bare address without the punctuation that belongs to the sentence.
    fn trim_address(&self, start: usize, mut end: usize) -> usize {
        // How many parentheses are closed and were not opened.
        let mut closed = 0;
        for at in start..end {
            match byte(self.text, at) {
                b'(' => closed -= 1,
                b')' => closed += 1,
                _ => {}
            }
        }
        while end > start {
            match byte(self.text, end - 1) {
                b'?' | b'!' | b'.' | b',' | b':' | b'*' | b'_' | b'~' | b'\'' | b'"' => {}
                b')' if closed > 0 => closed -= 1,
                b';' => {
                    let mut name = end - 1;
                    while byte(self.text, name - 1).is_ascii_alphanumeric() {
                        name -= 1;
                    }
                    if byte(self.text, name - 1) == b'&' {
                        end = name;
                    }
                }
                _ => break,
            }
            end -= 1;
        }
        end
    }

    /// `somebody@example.org`, at its `@`.
    fn bare_mail(&mut self) -> bool {
        let mut start = self.words.len();
        while is_local(byte(&self.words, start.wrapping_sub(1))) {
            start -= 1;
        }
        let end = mail_domain(self.text, self.at);
        if start == self.words.len() || end == 0 {
            return false;
        }
        let mut words = String::from(rest(&self.words, start));
        self.words.truncate(start);
        words.push_str(cut(self.text, self.at, end));
        self.add_link("mailto:", &words, end)
    }
}

/// Code with its line ends as spaces, and without one space at each end where it has them, so that it may begin with a
/// backtick.
#[inline(never)]
fn code_words(code: &str) -> String {
    let mut words = String::new();
    let mut from = 0;
    let mut is_blank = true;
    for (at, byte) in code.bytes().enumerate() {
        is_blank &= byte == b' ' || byte == b'\n';
        if byte == b'\n' {
            words.push_str(cut(code, from, at));
            words.push(' ');
            from = at + 1;
        }
    }
    words.push_str(rest(code, from));
    if !is_blank && byte(&words, 0) == b' ' && byte(&words, words.len() - 1) == b' ' {
        return String::from(cut(&words, 1, words.len() - 1));
    }
    words
}

/// A byte that may stand before the `@` of a bare mail address.
fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-' | b'_')
}

/// The place after the domain of a mail address, from its `@` on; 0 where it is none.
fn mail_domain(text: &str, at: usize) -> usize {
    let mut end = at + 1;
    let mut dots = 0;
    while byte(text, at) == b'@' {
        let start = end;
        while matches!(byte(text, end), b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_') {
            end += 1;
        }
        if start == end || matches!(byte(text, end - 1), b'-' | b'_') {
            return 0;
        }
        if byte(text, end) != b'.' || !byte(text, end + 1).is_ascii_alphanumeric() {
            return if dots > 0 { end } else { 0 };
        }
        dots += 1;
        end += 1;
    }
    0
}

#[inline(never)]
pub fn new_target(found: &Destination<'_>, host: Host) -> Rc<Target> {
    Rc::new(Target { address: unescape(found.address, host), title: unescape(found.title, host) })
}

/// What a character beside a run of delimiters is.
struct Neighbour {
    space: bool,
    punctuation: bool,
    cjk: bool,
}

impl Neighbour {
    #[inline(never)]
    fn new(char: Option<char>, is_wide_quote: bool, host: Host) -> Self {
        let char = char.unwrap_or(' ');
        let is_ascii = char.is_ascii();
        Self {
            space: char.is_ascii_whitespace() || is_wide_space(char),
            punctuation: if is_ascii { char.is_ascii_punctuation() } else { (host.is_punctuation)(char) },
            cjk: is_wide_quote || is_cjk(char),
        }
    }

    /// Punctuation of a language that sets spaces round its words.
    fn is_foreign_punctuation(&self) -> bool {
        self.punctuation && !self.cjk
    }

    /// Neither a space nor such punctuation.
    fn is_word(&self) -> bool {
        !self.space && !self.is_foreign_punctuation()
    }
}

/// Unicode's spaces (category Zs) outside ASCII.
fn is_wide_space(char: char) -> bool {
    matches!(char, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// Whether a character is Chinese, Japanese or Korean: the East Asian widths W, F and H without emoji, Hangul, and
/// variation selectors of ideographs. In blocks, as coarse as a character that is never beside `**` allows.
fn is_cjk(char: char) -> bool {
    matches!(
        char,
        '\u{1100}'..='\u{11ff}'
            | '\u{20a9}'
            | '\u{2329}'..='\u{232a}'
            | '\u{2e80}'..='\u{303e}'
            | '\u{3041}'..='\u{a4cf}'
            | '\u{a960}'..='\u{a97f}'
            | '\u{ac00}'..='\u{d7ff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{fe10}'..='\u{fe19}'
            | '\u{fe30}'..='\u{fe6f}'
            | '\u{ff01}'..='\u{ffee}'
            | '\u{16fe0}'..='\u{1b2ff}'
            | '\u{20000}'..='\u{3fffd}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

/// Pairs the runs of delimiters and makes a tree of the pieces.
#[inline(never)]
fn emphasis(pieces: Vec<Piece>) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    // The openers that wait, each with its place among the nodes, where what is left of it stands as words.
    let mut waiting: Vec<(usize, Run)> = Vec::new();
    for piece in pieces {
        let mut closer = match piece {
            Piece::Node(node) => {
                nodes.push(node);
                continue;
            }
            Piece::Run(run) => run,
        };
        while closer.closes
            && closer.count > 0
            && let Some(found) = waiting.iter().rposition(|(_, opener)| pairs(opener, &closer))
        {
            waiting.truncate(found + 1);
            let Some((place, opener)) = waiting.last_mut() else { break };
            let used = if opener.count > 1 && closer.count > 1 { 2 } else { 1 };
            let tag = match (opener.byte, used) {
                (b'~', _) => Tag::Strikethrough,
                (_, 1) => Tag::Emphasis,
                _ => Tag::Strong,
            };
            opener.count -= used;
            closer.count -= used;
            let node = element(tag, nodes.split_off(*place + 1));
            nodes.pop();
            if opener.count > 0 {
                nodes.push(literal(opener));
            } else {
                waiting.pop();
            }
            nodes.push(node);
        }
        if closer.count == 0 {
            continue;
        }
        if closer.opens {
            if waiting.len() >= MAX_WAITING {
                waiting.remove(0);
            }
            nodes.push(literal(&closer));
            waiting.push((nodes.len() - 1, closer));
        } else {
            nodes.push(literal(&closer));
        }
    }
    nodes
}

fn pairs(opener: &Run, closer: &Run) -> bool {
    opener.byte == closer.byte
        && if opener.byte == b'~' {
            opener.length == closer.length
        } else {
            !(opener.closes || closer.opens)
                || (opener.length + closer.length) % 3 != 0
                || opener.length % 3 == 0 && closer.length % 3 == 0
        }
}

/// What is left of a run, as words.
fn literal(run: &Run) -> Node {
    let mut words = String::new();
    for _ in 0..run.count {
        words.push(char::from(run.byte));
    }
    text(&words)
}
