//! `candor causes`: the catalogue of causes as Markdown.

use std::io::{self, Write};

use candor_diagnosis::advice::advise;
use candor_diagnosis::catalogue::{self, Entry};
use candor_protocol::cause::Link;

use crate::provider::demo;

/// Prints the catalogue of causes as a page of Markdown: `docs/causes.md`.
///
/// # Errors
/// Where `out` cannot be written to.
pub fn causes(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "# Causes\n")?;
    writeln!(
        out,
        "What Candor recognises, link by link: {} causes. Made by `candor causes` from `crates/protocol/causes.toml`; a \
         reply is explained by `candor explain`.",
        catalogue::ALL.len()
    )?;
    for link in Link::ALL {
        writeln!(out, "\n## {}", link.name())?;
        for entry in catalogue::ALL.iter().filter(|entry| entry.cause.link == link) {
            print_entry(entry, out)?;
        }
    }
    Ok(())
}

fn print_entry(entry: &Entry, out: &mut impl Write) -> io::Result<()> {
    let (cause, advice) = (entry.cause, advise(entry, None));
    let fixers = entry.fixers.iter().map(|fixer| fixer.name()).collect::<Vec<_>>().join(" or ");
    let retry = if cause.retryable { "may help" } else { "does not help" };
    writeln!(out, "\n### {} (`{}`)\n", entry.name, cause.id)?;
    writeln!(out, "{} {}\n", entry.verdict, advice.meaning)?;
    writeln!(out, "A visitor reads: “{} {}”\n", cause.title, cause.detail)?;
    writeln!(out, "Who can fix it: {fixers}. Trying again {retry}.\n")?;
    for (number, step) in (1..).zip(&advice.steps) {
        writeln!(out, "{number}. {step}")?;
    }
    let observed = (!entry.observed.is_empty()).then(|| entry.observed.to_owned());
    let signs: Vec<_> = entry.rules_in_words().into_iter().chain(observed).collect();
    if !signs.is_empty() {
        writeln!(out, "\nRecognised by any of:\n")?;
    }
    for sign in signs {
        writeln!(out, "- {sign}")?;
    }
    if let Some(line) = demo::example(cause.id) {
        writeln!(out, "\nRehearsed by `fail: {}`, which tells: {line}", cause.id)?;
    } else {
        writeln!(out, "\nRehearsed in Diagnostics: “Preview an error as visitors see it”.")?;
    }
    let cases: Vec<_> = entry.case_names().collect();
    if !cases.is_empty() {
        writeln!(out, "\nTold apart, with steps of their own: {}.", cases.join("; "))?;
    }
    Ok(())
}
