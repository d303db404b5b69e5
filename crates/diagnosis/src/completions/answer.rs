//! The text of an answer, as its pieces say it: shown once, whichever way it is told.

use super::repair;
use super::thoughts::Thoughts;

/// From so many bytes on, a piece that begins with all that came before it is the whole so far, and no word said twice.
const CERTAIN_BYTES: usize = 8;

/// Puts an answer together from what is told of it.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Everything that was said, thoughts included.
    said: String,
    telling: Telling,
    /// The first half of a surrogate pair, whose second half is to come.
    half: Option<u16>,
    thoughts: Thoughts,
}

/// How the answer is told.
#[derive(Debug, Default)]
enum Telling {
    /// There was one piece at most.
    #[default]
    Unknown,
    /// Each of these pieces began with all that came before it: the whole so far, or words that are said twice.
    Doubtful(Vec<String>),
    /// By what is added.
    Deltas,
    /// By the whole so far.
    Whole,
}

impl Answer {
    /// Takes a piece that is added, as its sender says. `is_last` where the answer ends with it. Returns what is new.
    pub(super) fn add(&mut self, piece: &str, is_last: bool) -> String {
        let piece = self.plain(piece);
        if piece.is_empty() {
            return String::new();
        }
        let new = match &mut self.telling {
            Telling::Unknown if self.said.is_empty() => piece,
            Telling::Unknown if goes_on(&piece, &self.said) => {
                self.telling = Telling::Doubtful(vec![piece]);
                return self.settle(false);
            }
            Telling::Unknown => {
                self.telling = Telling::Deltas;
                piece
            }
            Telling::Doubtful(pieces) => {
                if goes_on(&piece, pieces.last().map_or("", |last| last)) {
                    pieces.push(piece);
                    return self.settle(false);
                }
                let held = pieces.concat();
                self.telling = Telling::Deltas;
                held + &piece
            }
            // Some say all of it again with the last piece.
            Telling::Deltas if is_last && piece.len() >= CERTAIN_BYTES && piece == self.said => String::new(),
            Telling::Deltas => piece,
            Telling::Whole => match piece.strip_prefix(self.said.as_str()) {
                Some(new) => new.to_owned(),
                None if self.said.starts_with(piece.as_str()) => String::new(),
                None => piece,
            },
        };
        self.say(&new)
    }

    /// Takes the whole, which may have been told before. Returns what is new.
    pub(super) fn whole(&mut self, text: &str) -> String {
        let text = self.plain(text);
        self.telling = Telling::Whole;
        match text.strip_prefix(self.said.as_str()) {
            Some(new) => self.say(new),
            None => String::new(),
        }
    }

    /// What is left at the end; `is_whole` where it is the end that its sender meant.
    pub(super) fn end(&mut self, is_whole: bool) -> String {
        let mut left = self.settle(true);
        if self.half.take().is_some() {
            left += &self.thoughts.push("\u{fffd}");
        }
        left + &self.thoughts.end(is_whole)
    }

    /// Whether it is expected to begin with thoughts that nothing opens.
    pub(super) fn expect_thoughts(&mut self, are_expected: bool) {
        self.thoughts.expect(are_expected);
    }

    /// Whether all that was returned before the last piece has turned out to be thought. Told once.
    pub(super) fn take_retracted(&mut self) -> bool {
        self.thoughts.take_retracted()
    }

    /// Whether there were thoughts in it.
    pub(super) fn has_thoughts(&self) -> bool {
        self.thoughts.any
    }

    /// Takes pieces in doubt for the whole so far, where enough speaks for it.
    fn settle(&mut self, is_end: bool) -> String {
        let Telling::Doubtful(pieces) = &mut self.telling else { return String::new() };
        let is_certain = pieces.len() > 1 && pieces.last().is_some_and(|last| last.len() >= CERTAIN_BYTES);
        if !is_certain && !is_end {
            return String::new();
        }
        let last = pieces.pop().unwrap_or_default();
        self.telling = Telling::Whole;
        let new = last.strip_prefix(self.said.as_str()).unwrap_or_default().to_owned();
        self.say(&new)
    }

    fn say(&mut self, new: &str) -> String {
        self.said.push_str(new);
        self.thoughts.push(new)
    }

    /// The piece without U+0000, which no database keeps as text, and with halves of surrogate pairs joined.
    fn plain(&mut self, piece: &str) -> String {
        if self.half.is_none() && !repair::has_halves(piece) {
            return piece.replace('\0', "");
        }
        let mut plain = String::with_capacity(piece.len());
        let mut letters = piece.chars().filter(|letter| *letter != '\0').peekable();
        while let Some(letter) = letters.next() {
            let half = letters.peek().and_then(|next| repair::half(letter, *next));
            if half.is_some() {
                letters.next();
            }
            let first = self.half.take();
            match (first, half) {
                (Some(high), Some(low @ 0xdc00..)) => {
                    plain.extend(char::decode_utf16([high, low]).map(|letter| letter.unwrap_or('\u{fffd}')));
                }
                (first, half) => {
                    if first.is_some() {
                        plain.push('\u{fffd}');
                    }
                    match half {
                        Some(high @ ..0xdc00) => self.half = Some(high),
                        Some(_) => plain.push('\u{fffd}'),
                        None => plain.push(letter),
                    }
                }
            }
        }
        plain
    }
}

/// Whether a piece is longer than what came before it, and begins with it.
fn goes_on(piece: &str, before: &str) -> bool {
    piece.len() > before.len() && piece.starts_with(before)
}
