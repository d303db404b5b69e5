//! A place in a line, counted in bytes and in columns: a tab reaches to the next multiple of four.

use crate::scan::{byte, rest};

/// A place in a line.
pub struct Cursor<'a> {
    line: &'a str,
    at: usize,
    column: usize,
    /// Whether a part of the tab at the place was already taken.
    in_tab: bool,
    /// The place of what comes after spaces and tabs.
    next: usize,
    next_column: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(line: &'a str) -> Self {
        let mut cursor = Self { line, at: 0, column: 0, in_tab: false, next: 0, next_column: 0 };
        cursor.look();
        cursor
    }

    /// Looks for what comes after spaces and tabs.
    #[inline(never)]
    fn look(&mut self) {
        self.next = self.at;
        self.next_column = self.column;
        loop {
            match byte(self.line, self.next) {
                b' ' => self.next_column += 1,
                b'\t' => self.next_column += 4 - self.next_column % 4,
                _ => return,
            }
            self.next += 1;
        }
    }

    /// How many columns of spaces and tabs stand here.
    pub fn indent(&self) -> usize {
        self.next_column - self.column
    }

    /// Whether nothing else stands in the rest of the line.
    pub fn is_blank(&self) -> bool {
        self.next >= self.line.len()
    }

    /// What comes after spaces and tabs.
    pub fn rest(&self) -> &'a str {
        rest(self.line, self.next)
    }

    /// Takes spaces and tabs.
    #[inline(never)]
    pub fn take_columns(&mut self, columns: usize) {
        let end = self.column + columns.min(self.indent());
        while self.column < end {
            let width = if byte(self.line, self.at) == b'\t' { 4 - self.column % 4 } else { 1 };
            self.in_tab = self.column + width > end;
            if self.in_tab {
                self.column = end;
            } else {
                self.column += width;
                self.at += 1;
            }
        }
    }

    /// Takes spaces and tabs and then a marker.
    #[inline(never)]
    pub fn take_marker(&mut self, bytes: usize) {
        self.at = self.next + bytes;
        self.column = self.next_column + bytes;
        self.in_tab = false;
        self.look();
    }

    /// Adds the rest of the line as it is to a text.
    #[inline(never)]
    pub fn copy(&self, text: &mut String) {
        let mut at = self.at;
        if self.in_tab {
            at += 1;
            for _ in self.column % 4..4 {
                text.push(' ');
            }
        }
        text.push_str(rest(self.line, at));
    }
}
