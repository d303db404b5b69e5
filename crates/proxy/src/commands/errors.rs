//! `candor errors`: the errors of a running proxy, as its owner.

use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::{Duration, UNIX_EPOCH};

use candor_diagnosis::advice::advise;
use candor_diagnosis::catalogue;
use candor_protocol::problem::Problem;
use candor_protocol::wire::ErrorLog;
use candor_protocol::{MOUNT, Millis};

use super::print::print_facts;
use crate::config::Settings;
use crate::provider::ClientError;
use crate::provider::openai::use_ring;

/// Why the errors cannot be listed: one line with the cause and the way on.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The settings name no owner.
    #[error("The error log is the owner’s. Set CANDOR_OWNER_TOKEN as the running proxy has it.")]
    NoOwnerToken,
    /// No request can be made.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Nothing answers.
    #[error("No proxy answers at {addr}. Start it with `candor serve`, or set CANDOR_ADDR as it has it.")]
    NoProxy {
        /// Where it was looked for.
        addr: SocketAddr,
        /// What the client says of it.
        source: reqwest::Error,
    },
    /// The proxy refuses.
    #[error("{} {}", .0.title, .0.detail)]
    Refused(Box<Problem>),
    /// What answers does not speak as the proxy does.
    #[error("Something else than the proxy answered.")]
    NotTheProxy(#[source] serde_json::Error),
    /// The list cannot be written out.
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// Lists the errors of the proxy that runs with these settings.
///
/// # Errors
/// Where no owner token is set, no proxy answers, or it refuses.
pub async fn errors(settings: &Settings, json: bool, out: &mut (impl Write + Send)) -> Result<(), ListError> {
    let token = settings.owner_token.as_ref().ok_or(ListError::NoOwnerToken)?;
    let url = format!("http://{}{MOUNT}/diagnostics/errors", settings.addr);
    use_ring();
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
        .map_err(ClientError::from)?;
    let no_proxy = |source| ListError::NoProxy { addr: settings.addr, source };
    let response = client.get(&url).bearer_auth(token.reveal()).send().await.map_err(no_proxy)?;
    let is_good = response.status().is_success();
    let body = response.text().await.map_err(no_proxy)?;
    if !is_good {
        let problem = serde_json::from_str(&body).map_err(ListError::NotTheProxy)?;
        return Err(ListError::Refused(problem));
    }
    let log: ErrorLog = serde_json::from_str(&body).map_err(ListError::NotTheProxy)?;
    if log.errors.is_empty() && !json {
        writeln!(out, "No errors.")?;
    }
    for group in &log.errors {
        if json {
            writeln!(out, "{}", serde_json::to_string(group).map_err(io::Error::from)?)?;
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
