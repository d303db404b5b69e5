//! `candor check`: the chain from the settings to the model, for people, or one JSON object a line.

use std::io::{self, Write};

use candor_diagnosis::explain::Explanation;
use candor_diagnosis::verdict::{Standing, advice_of, entry_of, judge};
use candor_protocol::checks::{Check, Outcome};
use serde_json::{Value, json};

use super::print::{OneLine, print_advice, print_facts};
use crate::App;

/// Runs every check and prints it, then the verdict and the fix. Whether the chat works; the list of models alone fails
/// nothing.
///
/// # Errors
/// Where `out` cannot be written to.
pub async fn check(app: &App, json: bool, out: &mut (impl Write + Send)) -> io::Result<bool> {
    let mut done = Vec::new();
    let mut written = Ok(());
    app.checks
        .run(|check| {
            if written.is_ok() {
                written = if json { check_line(&check, out) } else { print_check(&check, out) };
            }
            done.push(check);
        })
        .await;
    written?;
    let verdict = judge(&done, None);
    if !json {
        let links = verdict.chain.iter().skip_while(|(_, standing)| *standing == Standing::Unknown);
        let links = links.map(|(link, standing)| format!("{} {}", sign(*standing), link.name()));
        writeln!(out, "\n{}", links.collect::<Vec<_>>().join(" → "))?;
        writeln!(out, "{} {}", verdict.sentence, verdict.next)?;
        let failed = done.iter().filter(|check| check.outcome == Outcome::Failure);
        for (check, advice) in failed.filter_map(|check| Some((check, advice_of(check)?))) {
            print_advice(entry_of(check), &advice, out)?;
        }
    }
    Ok(verdict.broken().is_none())
}

fn sign(standing: Standing) -> &'static str {
    match standing {
        Standing::Unknown => "–",
        Standing::Good => "✓",
        Standing::Warned => "!",
        Standing::Broken => "✗",
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "pass",
        Outcome::Warning => "warn",
        Outcome::Failure => "fail",
    }
}

/// The keys of an explained reply, and what makes it a check.
fn check_line(check: &Check, out: &mut impl Write) -> io::Result<()> {
    let error = check.problem.as_ref().and_then(|problem| problem.upstream.clone()).unwrap_or_default();
    let explanation = Explanation { error, entry: entry_of(check) };
    let mut line = serde_json::to_value(explanation.line())?;
    if let Value::Object(line) = &mut line {
        line.insert("check".to_owned(), json!(check.id));
        line.insert("outcome".to_owned(), json!(check.outcome));
        line.insert("evidence".to_owned(), json!(check.evidence));
        line.insert("duration_ms".to_owned(), json!(check.duration));
        // Where nothing failed, the link is the one that was looked at.
        line.entry("link").and_modify(|link| {
            if link.is_null() {
                *link = json!(check.link);
            }
        });
    }
    writeln!(out, "{line}")
}

fn print_check(check: &Check, out: &mut impl Write) -> io::Result<()> {
    let Check { id, evidence, duration, .. } = check;
    writeln!(out, "{}  {id:<9}  {} ({duration} ms)", outcome(check.outcome), OneLine(evidence))?;
    match &check.problem {
        Some(problem) => print_facts(problem.upstream.as_ref(), &problem.cause, out),
        None => Ok(()),
    }
}
