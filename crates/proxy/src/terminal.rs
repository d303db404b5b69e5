//! What `candor check`, `candor explain`, `candor errors` and `candor causes` print: for people, or one JSON object a line.

use std::fmt;
use std::io::{self, Read, Write};
use std::time::{Duration, UNIX_EPOCH};

use candor_diagnosis::advice::{Advice, advise};
use candor_diagnosis::catalogue::{self, Entry};
use candor_diagnosis::explain::{self, Explanation};
use candor_diagnosis::verdict::{Standing, advice_of, entry_of, judge};
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::Link;
use candor_protocol::checks::{Check, Outcome};
use candor_protocol::problem::Problem;
use candor_protocol::wire::ErrorLog;
use candor_protocol::{MOUNT, Millis};
use serde_json::{Value, json};

use crate::provider::demo;
use crate::provider::openai::use_ring;
use crate::settings::Settings;
use crate::{App, checks};

/// The most bytes that are read from standard input.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Runs every check and prints it, then the verdict and the fix. Whether the chat works; the list of models alone fails
/// nothing.
///
/// # Errors
/// Where `out` cannot be written to.
pub async fn check(app: &App, json: bool, out: &mut (impl Write + Send)) -> io::Result<bool> {
    let mut done = Vec::new();
    let mut written = Ok(());
    checks::run(app, |check| {
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

fn print_facts(said: Option<&ApiError>, cause: &str, out: &mut impl Write) -> io::Result<()> {
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

fn print_advice(entry: Option<&Entry>, advice: &Advice, out: &mut impl Write) -> io::Result<()> {
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
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.split(|letter: char| letter.is_whitespace() || letter.is_control());
        for (at, word) in words.filter(|word| !word.is_empty()).enumerate() {
            write!(f, "{}{word}", if at == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

/// Explains everything in `input`, a reply or a pasted message after the other. Whether there was anything.
///
/// # Errors
/// Where `input` cannot be read, or `out` not be written to.
pub fn explain(input: impl Read, json: bool, out: &mut impl Write) -> io::Result<bool> {
    let mut bytes = Vec::new();
    input.take(MOST_BYTES).read_to_end(&mut bytes)?;
    let explanations = explain::text(&String::from_utf8_lossy(&bytes));
    for (at, explanation) in explanations.iter().enumerate() {
        if json {
            writeln!(out, "{}", serde_json::to_string(&explanation.line())?)?;
            continue;
        }
        if at > 0 {
            writeln!(out)?;
        }
        let (Some(entry), Some(advice)) = (explanation.entry, explanation.advice()) else {
            writeln!(out, "Nothing failed: this is a whole answer.")?;
            continue;
        };
        writeln!(out, "{}: {}", advice.name, entry.verdict)?;
        print_facts(Some(&explanation.error), entry.id(), out)?;
        writeln!(out, "      link: {}", entry.cause.link.name())?;
        print_advice(Some(entry), &advice, out)?;
    }
    Ok(!explanations.is_empty())
}

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
        writeln!(out, "\nRehearsed in Diagnostics: “Rehearse a failure”.")?;
    }
    let cases: Vec<_> = entry.case_names().collect();
    if !cases.is_empty() {
        writeln!(out, "\nTold apart, with steps of their own: {}.", cases.join("; "))?;
    }
    Ok(())
}

/// Why the errors cannot be listed: one line with the cause and the way on.
#[derive(Debug)]
pub struct ErrorsError(String);

impl fmt::Display for ErrorsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ErrorsError {}

/// Lists the errors of the proxy that runs with these settings.
///
/// # Errors
/// Where no owner token is set, no proxy answers, or it refuses.
pub async fn errors(
    settings: &Settings,
    json: bool,
    out: &mut (impl Write + Send),
) -> Result<(), Box<dyn std::error::Error>> {
    let token = settings.owner_token.as_ref().ok_or_else(|| {
        ErrorsError(
            "The error log is the owner’s. Set CANDOR_OWNER_TOKEN as the running proxy has it.".to_owned(),
        )
    })?;
    let url = format!("http://{}{MOUNT}/diagnostics/errors", settings.addr);
    use_ring();
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
    let response = client.get(&url).bearer_auth(token.reveal()).send().await.map_err(|_| {
        ErrorsError(format!(
            "No proxy answers at {}. Start it with `candor serve`, or set CANDOR_ADDR as it has it.",
            settings.addr
        ))
    })?;
    let is_good = response.status().is_success();
    let body = response.text().await?;
    if !is_good {
        let refused = serde_json::from_str::<Problem>(&body)
            .map(|problem| format!("{} {}", problem.title, problem.detail));
        return Err(ErrorsError(
            refused.unwrap_or_else(|_| "Something else than the proxy answered.".to_owned()),
        )
        .into());
    }
    let log: ErrorLog = serde_json::from_str(&body)?;
    if log.errors.is_empty() && !json {
        writeln!(out, "No errors.")?;
    }
    for group in &log.errors {
        if json {
            writeln!(out, "{}", serde_json::to_string(group)?)?;
            continue;
        }
        let problem = &group.latest;
        let entry = catalogue::find(&problem.cause);
        let advice = entry.map(|entry| advise(entry, problem.upstream.as_ref()));
        let name = advice.as_ref().map_or(problem.title.as_str(), |advice| advice.name);
        let times = if group.count == 1 { "once".to_owned() } else { format!("{} times", group.count) };
        writeln!(out, "{name}, {times}, last {}", utc(group.last))?;
        print_facts(problem.upstream.as_ref(), &problem.cause, out)?;
        writeln!(out, "      first: {}", utc(group.first))?;
        writeln!(out, "      references: {}\n", group.references.join(", "))?;
    }
    Ok(())
}

/// A time as people read it, in UTC: `2026-11-24T13:47:21Z`.
fn utc(time: Millis) -> impl fmt::Display {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_millis(time))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(input: &str, json: bool) -> String {
        let mut out = Vec::new();
        explain(input.as_bytes(), json, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_pasted_message_is_explained_with_its_steps() {
        let said =
            explained("API Error Type: invalid_request_error Message: Missing scopes: model.request.", false);
        for words in [
            "Missing scope",
            "type: invalid_request_error",
            "cause: missing_scope",
            "  1. ",
            "“model.request”",
        ] {
            assert!(said.contains(words), "{words} is missing in: {said}");
        }
    }

    #[test]
    fn json_has_every_key_and_one_line_a_reply() {
        let input = "{\"status\":401,\"headers\":{},\"body\":\"\"}\n{\"status\":429,\"headers\":{\"retry-after\":\"3\"},\"body\":\"\"}\n";
        let lines: Vec<Value> =
            explained(input, true).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        for key in ["type", "code", "param", "message", "request_id", "retry_after", "cause", "link"] {
            assert!(lines.iter().all(|line| line.get(key).is_some()), "{key}");
        }
        assert_eq!((&lines[1]["cause"], &lines[1]["retry_after"]), (&json!("rate_limit"), &json!(3)));
        assert_eq!(lines[0]["link"], "provider");
    }

    #[test]
    fn a_foreign_server_cannot_write_into_the_terminal() {
        let said =
            explained("{\"status\":400,\"body\":\"{\\\"error\\\":\\\"a\\\\u001b[2Jb\\\\nc\\\"}\"}", false);
        assert!(!said.contains('\u{1b}') && said.contains("message: a [2Jb c"), "{said:?}");
    }
}
