//! `candor errors`: the errors of a running proxy, as its owner.

use std::fmt;
use std::io::Write;
use std::time::{Duration, UNIX_EPOCH};

use candor_diagnosis::advice::advise;
use candor_diagnosis::catalogue;
use candor_protocol::problem::Problem;
use candor_protocol::wire::ErrorLog;
use candor_protocol::{MOUNT, Millis};

use super::print::print_facts;
use crate::config::Settings;
use crate::provider::openai::use_ring;

/// Why the errors cannot be listed: one line with the cause and the way on.
#[derive(Debug)]
pub struct ListError(String);

impl fmt::Display for ListError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ListError {}

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
        ListError(
            "The error log is the owner’s. Set CANDOR_OWNER_TOKEN as the running proxy has it.".to_owned(),
        )
    })?;
    let url = format!("http://{}{MOUNT}/diagnostics/errors", settings.addr);
    use_ring();
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
    let response = client.get(&url).bearer_auth(token.reveal()).send().await.map_err(|_| {
        ListError(format!(
            "No proxy answers at {}. Start it with `candor serve`, or set CANDOR_ADDR as it has it.",
            settings.addr
        ))
    })?;
    let is_good = response.status().is_success();
    let body = response.text().await?;
    if !is_good {
        let refused = serde_json::from_str::<Problem>(&body)
            .map(|problem| format!("{} {}", problem.title, problem.detail));
        return Err(ListError(
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
