//! What several commands print: facts and advice, without a sign by which a foreign server could write into the terminal.

use std::fmt;
use std::io::{self, Write};

use candor_diagnosis::advice::Advice;
use candor_diagnosis::catalogue::Entry;
use candor_protocol::api_error::ApiError;

/// What is known of a failure, a line each.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn print_facts(said: Option<&ApiError>, cause: &str, out: &mut impl Write) -> io::Result<()> {
    let text = |field: fn(&ApiError) -> &Option<String>| said.and_then(|said| field(said).clone());
    let facts = [
        (
            "status",
            said.map(|said| said.status).filter(|status| *status != 0).map(|status| status.to_string()),
        ),
        ("type", text(|said| &said.error_type)),
        ("code", text(|said| &said.code)),
        ("param", text(|said| &said.param)),
        ("message", text(|said| &said.message).or_else(|| text(|said| &said.text))),
        ("request id", text(|said| &said.request_id)),
        ("retry after", said.and_then(|said| said.retry_after).map(|seconds| format!("{seconds} s"))),
        ("answered by", text(|said| &said.answered_by)),
        ("cause", Some(cause.to_owned())),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            writeln!(out, "      {name}: {}", OneLine(&value))?;
        }
    }
    Ok(())
}

/// What to do about it, and who can.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn print_advice(entry: Option<&Entry>, advice: &Advice, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\n{}", advice.meaning)?;
    if let Some(entry) = entry {
        let fixers = entry.fixers.iter().map(|fixer| fixer.name()).collect::<Vec<_>>().join(" or ");
        writeln!(out, "To do, by {fixers}:")?;
    }
    for (number, step) in (1..).zip(&advice.steps) {
        writeln!(out, "  {number}. {step}")?;
    }
    Ok(())
}

/// Text on one line, without the control characters by which a foreign server could write into the terminal.
pub struct OneLine<'a>(pub &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.split(|letter: char| letter.is_whitespace() || letter.is_control());
        for (at, word) in words.filter(|word| !word.is_empty()).enumerate() {
            write!(f, "{}{word}", if at == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}
