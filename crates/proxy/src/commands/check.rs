//! `candor check`: the chain from the settings to the model, for people, or one JSON object a line.

use std::io::{self, Write};

use candor_diagnosis::explain::Explanation;
use candor_diagnosis::verdict::{Standing, advice_of, entry_of, judge};
use candor_protocol::cause::Link;
use candor_protocol::checks::{Check, Outcome};
use serde_json::{Value, json};

use super::archive::existing;
use super::print::{OneLine, print_advice, print_facts};
use crate::App;
use crate::config::limits::{Per, What, Whom};
use crate::config::price::{MICROS_PER_CENT, Price, Pricing};
use crate::config::{Limits, Settings};

/// Runs every check and prints it, then the verdict and the fix. Whether the chat works; the list of models alone fails
/// nothing.
///
/// # Errors
/// Where `out` cannot be written to.
pub async fn check(app: &App, json: bool, out: &mut (impl Write + Send)) -> io::Result<bool> {
    let mut done = Vec::new();
    let mut written = Ok(());
    let mut end = |check: Check| {
        if written.is_ok() {
            written = if json { check_line(&check, out) } else { print_check(&check, out) };
        }
        done.push(check);
    };
    app.checks.run(&mut end).await;
    end(limits(&app.settings));
    end(spending(&app.settings));
    end(addresses(&app.settings).await);
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

/// Which limits are on.
fn limits(settings: &Settings) -> Check {
    let Settings { limits, max_streams, .. } = settings;
    let (outcome, evidence) = match limits.is_off() {
        true => (Outcome::Warning, format!("none is on but max_streams {max_streams}")),
        false => (Outcome::Pass, format!("{limits}, max_streams {max_streams}")),
    };
    own_check("limits", "Read how much visitors may take", outcome, evidence)
}

/// What the answers of a day and a month may cost, and by which prices that is counted.
fn spending(settings: &Settings) -> Check {
    let most = |per, name| {
        let cents = settings.limits.most(What::Cents, Whom::Site, Some(per))?;
        Some(format!("at most {}.{:02} dollars a {name}", cents / 100, cents % 100))
    };
    let caps: Vec<_> = [most(Per::Day, "day"), most(Per::Month, "month")].into_iter().flatten().collect();
    let caps = if caps.is_empty() { "no cap".to_owned() } else { caps.join(", ") };
    let (outcome, evidence) = match settings.pricing {
        Pricing::Free | Pricing::Near(None) => (Outcome::Pass, settings.pricing.to_string()),
        Pricing::Unknown(_) => (Outcome::Warning, format!("{caps}; {}", settings.pricing)),
        Pricing::Own(_) | Pricing::Known(_) | Pricing::Near(Some(_)) => {
            (Outcome::Pass, format!("{caps}; {}", settings.pricing))
        }
    };
    let evidence = match settings.pricing.price() {
        None => evidence,
        Some(price) => format!("{evidence}; {}", full_day(&settings.limits, price)),
    };
    own_check("spending", "Read what answers may cost", outcome, evidence)
}

/// What a day costs in which the limits are used up.
fn full_day(limits: &Limits, price: Price) -> String {
    let cost = |whom| limits.full_day_cost(whom, price).map(|micros| micros.div_ceil(MICROS_PER_CENT));
    let dollars = |cents: u64| format!("{}.{:02} dollars", cents / 100, cents % 100);
    match (cost(Whom::Visitor), cost(Whom::Site)) {
        (_, None) => "nothing bounds what a day can cost".to_owned(),
        (None, Some(site)) => format!("a day that uses the limits up costs at most {}", dollars(site)),
        (Some(visitor), Some(site)) => format!(
            "a day that uses the limits up costs at most {}, one visitor’s {}",
            dollars(site),
            dollars(visitor)
        ),
    }
}

/// By which address visitors are told apart, and whether a running proxy has seen that they cannot be.
async fn addresses(settings: &Settings) -> Check {
    // A database that is not there has nothing to tell, and one that fails is told where it is needed.
    let noted = match existing(settings).await {
        Ok(store) => {
            let noted = store.unnamed_proxy().await.ok().flatten();
            store.database().close().await;
            noted
        }
        Err(_) => None,
    };
    let (outcome, evidence) = match (noted, settings.trusted_proxies.is_empty()) {
        (Some(header), _) => (
            Outcome::Warning,
            format!(
                "requests came with the header {header} from an address that trusted_proxies does not name; if a CDN or a \
                 web server stands before this one, name it there, and restart"
            ),
        ),
        (None, true) => (Outcome::Pass, "visitors are told apart by the address that asks".to_owned()),
        (None, false) => {
            (Outcome::Pass, "visitors are told apart by the address that trusted_proxies pass on".to_owned())
        }
    };
    own_check("addresses", "Looked by which address visitors are told apart", outcome, evidence)
}

fn own_check(id: &str, tried: &str, outcome: Outcome, evidence: String) -> Check {
    let (id, tried) = (id.to_owned(), tried.to_owned());
    Check { id, link: Link::Proxy, tried, evidence, outcome, duration: 0, problem: None }
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
    writeln!(out, "{}  {id:<10}  {} ({duration} ms)", outcome(check.outcome), OneLine(evidence))?;
    match &check.problem {
        Some(problem) => print_facts(problem.upstream.as_ref(), &problem.cause, out),
        None => Ok(()),
    }
}
