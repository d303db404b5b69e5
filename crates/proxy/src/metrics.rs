//! What is counted and measured, for Prometheus: answers, refusals, tokens, money, streams and the database.
//!
//! Every label is a `&'static str` of a closed list (causes of the catalogue, names of limits): nobody makes new series by
//! what they send. Nothing here says who has asked, or what.

use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use candor_diagnosis::catalogue;
use candor_diagnosis::completions::Usage;
use candor_protocol::cause::known;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::config::limits::{self, What};

/// What every name begins with.
const PREFIX: &str = "candor";

/// Upper bounds of what a visitor waits for a first word, in seconds.
const FIRST_WORD_SECONDS: [f64; 10] = [0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0];

/// Upper bounds of what the database takes, in seconds.
const DATABASE_SECONDS: [f64; 10] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 1.0, 5.0];

/// Millionths of a dollar in one.
const MICROS_PER_DOLLAR: f64 = 1e6;

/// A cause that the catalogue does not have, such as that of a problem that an older version has kept.
const OTHER_CAUSE: &str = "other";

/// How often the database has failed this process. It belongs to no store, since it is counted where an error is converted.
pub static DATABASE_ERRORS: LazyLock<Counter> = LazyLock::new(Counter::default);

/// How often 80% of a limit of the whole site came to be used up in this process, by limit; like [`DATABASE_ERRORS`].
pub static LIMITS_NEAR: LazyLock<Family<[Label; 1], Counter>> = LazyLock::new(Family::default);

/// A label's name and value.
pub type Label = (&'static str, &'static str);

/// How an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    /// It is whole.
    Complete,
    /// The visitor stopped it.
    Stopped,
    /// It failed, by this cause's id.
    Failed(&'a str),
}

impl Outcome<'_> {
    /// A word of a closed list.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Stopped => "stopped",
            Self::Failed(_) => "failed",
        }
    }
}

/// The id of a cause as the catalogue has it, so that there are no more of them than it has.
pub fn known_cause(id: &str) -> &'static str {
    catalogue::find(id).map_or(OTHER_CAUSE, |entry| entry.cause.id)
}

/// Why a request was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The cause's id.
    pub cause: &'static str,
    /// The setting whose limit was reached, where one was.
    pub limit: Option<&'static str>,
}

/// For how long connections to the database are held, the wait for one included, by what for.
#[derive(Clone, Debug)]
pub struct DatabaseTimes(Family<[Label; 1], Histogram, fn() -> Histogram>);

impl DatabaseTimes {
    /// Measures a read, until it is dropped.
    pub fn read(&self) -> Timer {
        self.start("read")
    }

    /// Measures a write, or a transaction of several.
    pub fn write(&self) -> Timer {
        self.start("write")
    }

    fn start(&self, operation: &'static str) -> Timer {
        Timer { since: Instant::now(), into: self.0.get_or_create_owned(&[("operation", operation)]) }
    }
}

impl Default for DatabaseTimes {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(DATABASE_SECONDS)))
    }
}

/// Measures until it is dropped.
#[derive(Debug)]
pub struct Timer {
    since: Instant,
    into: Histogram,
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.into.observe(self.since.elapsed().as_secs_f64());
    }
}

/// Everything that is counted and measured, since the process started.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    answers: Family<[Label; 2], Counter>,
    first_word: Histogram,
    tokens: Family<[Label; 1], Counter>,
    cost: Counter<f64, AtomicU64>,
    refusals: Family<[Label; 2], Counter>,
    streams: Gauge,
    connections: Gauge,
    connections_refused: Counter,
}

/// How much there may be at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Most {
    /// The setting `max_streams`.
    pub streams: usize,
    /// The setting `max_connections`.
    pub connections: usize,
}

/// How much there is at the moment that somebody looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Answers under way.
    pub streams: usize,
    /// Open connections.
    pub connections: usize,
}

fn gauge(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Metrics {
    /// Nothing has happened yet.
    pub fn new(most: Most, database: DatabaseTimes) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let answers = Family::default();
        registry.register("answers", "Answers that have ended, by how and why", answers.clone());
        let first_word = Histogram::new(FIRST_WORD_SECONDS);
        registry.register_with_unit(
            "first_word",
            "From asking the AI service to the first word of its answer",
            Unit::Seconds,
            first_word.clone(),
        );
        let tokens = Family::default();
        registry.register("tokens", "Tokens of questions and answers", tokens.clone());
        let cost = Counter::default();
        registry.register("cost_dollars", "What these tokens cost, by the prices in use", cost.clone());
        let refusals = Family::<[Label; 2], Counter>::default();
        registry.register(
            "refusals",
            "Requests that were refused, by cause and by the limit that was reached",
            refusals.clone(),
        );
        // Prometheus sees no increase in what was not there before: each is there from the start.
        for limit in limits::ALL.iter().filter(|limit| limit.is_lasting_of_site()) {
            drop(LIMITS_NEAR.get_or_create(&[("limit", limit.name)]));
            let cause = if limit.what == What::Cents { &known::spending_cap } else { &known::site_limit };
            drop(refusals.get_or_create(&[("cause", cause.id), ("limit", limit.name)]));
        }
        let near = "Times that 80% of a limit of the whole site came to be used up, by limit";
        registry.register("limits_near", near, LIMITS_NEAR.clone());
        let streams = Gauge::default();
        registry.register("streams", "Answers under way", streams.clone());
        let max_streams = ConstGauge::new(gauge(most.streams));
        registry.register("max_streams", "Answers that may be under way", max_streams);
        let connections = Gauge::default();
        registry.register("connections", "Open connections", connections.clone());
        let max_connections = ConstGauge::new(gauge(most.connections));
        registry.register("max_connections", "Connections that may be open", max_connections);
        let connections_refused = Counter::default();
        registry.register(
            "connections_refused",
            "Connections that were closed at once, since their address had as many as it may have",
            connections_refused.clone(),
        );
        registry.register_with_unit(
            "database",
            "For how long connections to the database are held, the wait for one included",
            Unit::Seconds,
            database.0,
        );
        registry.register("database_errors", "Failures of the database", DATABASE_ERRORS.clone());
        Self {
            registry,
            answers,
            first_word,
            tokens,
            cost,
            refusals,
            streams,
            connections,
            connections_refused,
        }
    }

    /// An answer has ended.
    pub fn answered(&self, outcome: Outcome<'_>) {
        let cause = match outcome {
            Outcome::Complete | Outcome::Stopped => "",
            Outcome::Failed(cause) => known_cause(cause),
        };
        self.answers.get_or_create(&[("outcome", outcome.name()), ("cause", cause)]).inc();
    }

    /// The first word of an answer has come, so long after it was asked for.
    pub fn first_word_after(&self, waited: Duration) {
        self.first_word.observe(waited.as_secs_f64());
    }

    /// An answer has used these tokens, which cost so many millionths of a dollar.
    pub fn used(&self, used: Usage, cost_micros: u64) {
        self.tokens.get_or_create(&[("kind", "input")]).inc_by(used.input);
        self.tokens.get_or_create(&[("kind", "output")]).inc_by(used.output);
        self.cost.inc_by(cost_micros as f64 / MICROS_PER_DOLLAR);
    }

    /// A request was refused.
    pub fn refused(&self, refusal: Refusal) {
        let labels = [("cause", refusal.cause), ("limit", refusal.limit.unwrap_or_default())];
        self.refusals.get_or_create(&labels).inc();
    }

    /// A connection was closed at once.
    pub fn refused_connection(&self) {
        self.connections_refused.inc();
    }

    /// All of it as Prometheus reads it, in the text format of OpenMetrics, with what there is now.
    pub fn exposition(&self, load: Load) -> String {
        self.streams.set(gauge(load.streams));
        self.connections.set(gauge(load.connections));
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_nobody_knows_makes_no_series_of_its_own() {
        let metrics = Metrics::new(Most { streams: 1, connections: 1 }, DatabaseTimes::default());
        for cause in ["overloaded", "invented-1", "invented-2"] {
            metrics.answered(Outcome::Failed(cause));
        }
        let text = metrics.exposition(Load::default());
        assert!(text.contains("candor_answers_total{outcome=\"failed\",cause=\"overloaded\"} 1"), "{text}");
        assert!(text.contains("candor_answers_total{outcome=\"failed\",cause=\"other\"} 2"), "{text}");
        assert!(!text.contains("invented"), "{text}");
    }

    #[test]
    fn money_is_told_in_dollars() {
        let metrics = Metrics::new(Most { streams: 1, connections: 1 }, DatabaseTimes::default());
        metrics.used(Usage { input: 10, output: 20 }, 250_000);
        metrics.used(Usage { input: 1, output: 2 }, 500_000);
        let text = metrics.exposition(Load::default());
        for line in [
            "candor_cost_dollars_total 0.75",
            "candor_tokens_total{kind=\"input\"} 11",
            "candor_tokens_total{kind=\"output\"} 22",
        ] {
            assert!(text.lines().any(|one| one == line), "{line} is missing in:\n{text}");
        }
    }
}
