//! Runs a test runner with its output passed through, and counts what it says of itself.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use crate::emitted::{self, Emitted};
use crate::error::{Error, Result};
use crate::process::{cannot_start, shown};

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
    fn read(&mut self, line: &str) {
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

/// Runs a test runner and records what it prints. A runner that fails without naming a failed test, or that ran none, counts as one
/// failure.
pub fn run(command: &mut Command, emitted: &Emitted) -> Result<Tally> {
    println!("$ {}", shown(command));
    command.env(emitted::VARIABLE, emitted.folder()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (mut told, complaints) = (emitted.output()?, emitted.output()?);
    let mut child = command.spawn().map_err(|error| cannot_start(command, &error))?;
    let listener = child.stderr.take().map(|output| thread::spawn(move || pass_on(output, complaints)));
    let mut tally = Tally::default();
    if let Some(output) = child.stdout.take() {
        // Some runners print bytes that are no UTF-8; they are shown all the same.
        for line in BufReader::new(output).split(b'\n').map_while(std::result::Result::ok) {
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            let _ = writeln!(told, "{line}");
            tally.read(&line);
        }
    }
    if let Some(listener) = listener {
        let _ = listener.join();
    }
    let status = child.wait().map_err(|error| {
        Error::new(format!("`{}` was lost: {error}.", shown(command)), "Run the command again.")
    })?;
    if !status.success() && tally.failed == 0 {
        println!("`{}` failed ({status}).", shown(command));
        tally.failed = 1;
    } else if status.success() && tally == Tally::default() {
        println!("`{}` ran no test.", shown(command));
        tally.failed = 1;
    }
    Ok(tally)
}

/// Shows what a program complains of as it comes, and records it.
fn pass_on(mut output: impl Read, mut record: File) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = output.read(&mut bytes) {
        let _ = std::io::stderr().write_all(&bytes[..count]);
        let _ = record.write_all(&bytes[..count]);
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
