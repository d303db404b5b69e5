//! Counts what test runners say of themselves.

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: usize,
    pub failed: usize,
}

impl Tally {
    /// Adds another count.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Adds what one line of a test runner's closing words says: cargo's and wasm-bindgen's
    /// `test result: ok. 3 passed; 0 failed; …`, or Node's `# pass 3`, `ℹ fail 0`, `ℹ cancelled 0`.
    pub fn read(&mut self, line: &str) {
        let line = without_colours(line);
        if let Some((_, counts)) = line.split_once("test result: ") {
            for part in counts.split([';', '.']) {
                match part.trim().split_once(' ') {
                    Some((number, "passed")) => self.passed += number.parse().unwrap_or(0),
                    Some((number, "failed")) => self.failed += number.parse().unwrap_or(0),
                    _ => {}
                }
            }
        } else if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
            match rest.trim().split_once(' ') {
                Some(("pass", number)) => self.passed += number.parse().unwrap_or(0),
                Some(("fail" | "cancelled", number)) => self.failed += number.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

/// A line without terminal colours (`ESC [ … m`).
fn without_colours(line: &str) -> String {
    let mut pieces = line.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        plain.push_str(piece.split_once('m').map_or(piece, |(_, rest)| rest));
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn read(lines: &[&str]) -> (usize, usize) {
        let mut tally = Tally::default();
        lines.iter().for_each(|line| tally.read(line));
        (tally.passed, tally.failed)
    }

    #[test]
    fn reads_cargo() {
        let line = "test result: FAILED. 41 passed; 2 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.35s";
        assert_eq!(read(&[line, line]), (82, 4));
    }

    #[test]
    fn reads_node_in_both_of_its_formats() {
        assert_eq!(read(&["# tests 12", "# pass 9", "# fail 2", "# cancelled 1", "# skipped 0"]), (9, 3));
        assert_eq!(read(&["\u{1b}[34mℹ pass 7\u{1b}[39m", "\u{1b}[34mℹ fail 1\u{1b}[39m"]), (7, 1));
    }

    #[test]
    fn other_lines_count_for_nothing() {
        assert_eq!(read(&["test pass ... ok", "pass 3", "3 passed", ""]), (0, 0));
    }
}
