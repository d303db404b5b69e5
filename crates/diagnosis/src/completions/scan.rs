//! Where a value of JSON ends, each byte looked at once, however many pieces it comes in.

/// How far values of JSON, one behind the other, have been looked at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scan {
    at: usize,
    depth: usize,
    pub(super) is_string: bool,
    is_escaped: bool,
}

impl Scan {
    /// Looks at what is new, as far as the end of a value, and says where that is.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        while let Some(byte) = bytes.get(self.at) {
            self.at += 1;
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' if self.is_string => self.is_escaped = true,
                b'"' => self.is_string = !self.is_string,
                b'{' | b'[' if !self.is_string => self.depth += 1,
                b'}' | b']' if !self.is_string => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(self.at);
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// So many bytes at the start are taken away.
    pub(super) fn forget(&mut self, bytes: usize) {
        self.at -= bytes;
    }
}
