//! The proxy's checks: its settings, the provider, and the model, link by link.
//!
//! The chat is checked by the chat's own path, with its model and parameters, and left at the first word. The list of
//! models is a check of its own: a restricted key may list models while it may not chat.

use std::sync::Arc;
use std::time::Duration;

use candor_diagnosis::catalogue;
use candor_diagnosis::completions::{ChatMessage, Piece};
use candor_protocol::VERSION;
use candor_protocol::cause::Link;
use candor_protocol::checks::{Check, Outcome};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::exchange::{self, Failure, Timeouts};
use super::jobs::chat_request;
use crate::config::Settings;
use crate::provider::Provider;

/// How long the outcome of a run is good for visitors, so that they cannot spend the owner's money by checking.
const FRESH_FOR: Duration = Duration::from_secs(20);

/// The checks of these settings and this provider. One run goes on at a time.
pub struct Checks {
    settings: Arc<Settings>,
    provider: Arc<dyn Provider>,
    latest_run: Mutex<Option<(Instant, Vec<Check>)>>,
}

impl Checks {
    /// Checks that have not run yet.
    pub fn new(settings: Arc<Settings>, provider: Arc<dyn Provider>) -> Self {
        Self { settings, provider, latest_run: Mutex::default() }
    }

    /// Runs every check for the owner, and gives each to `emit` as it ends.
    pub async fn run(&self, emit: impl FnMut(Check)) {
        let mut latest = self.latest_run.lock().await;
        let checks = self.run_now(emit).await;
        *latest = Some((Instant::now(), checks));
    }

    /// The same for a visitor: as the owner lets them see it, and from a moment ago where somebody has just checked.
    pub async fn run_for_visitor(&self, mut emit: impl FnMut(Check)) {
        let diagnostics = self.settings.diagnostics;
        let mut latest = self.latest_run.lock().await;
        if let Some((_, checks)) = latest.as_ref().filter(|(when, _)| when.elapsed() < FRESH_FOR) {
            checks.iter().cloned().for_each(|check| emit(check.for_visitor(diagnostics)));
            return;
        }
        let checks = self.run_now(|check| emit(check.for_visitor(diagnostics))).await;
        *latest = Some((Instant::now(), checks));
    }

    async fn run_now(&self, mut emit: impl FnMut(Check)) -> Vec<Check> {
        let mut done = Vec::new();
        let mut end = |check: Check| {
            emit(check.clone());
            done.push(check);
        };
        let settings = &self.settings;
        let (provider, model) = (settings.provider.name(), settings.provider.model());
        end(Check {
            id: "settings".to_owned(),
            link: Link::Proxy,
            tried: "Read the chat server’s settings".to_owned(),
            evidence: match self.provider.outbound_proxy() {
                None => format!("AI service {provider}, model {model}, version {VERSION}"),
                Some(proxy) => {
                    format!("AI service {provider}, model {model}, version {VERSION}, through {proxy}")
                }
            },
            outcome: Outcome::Pass,
            duration: 0,
            problem: None,
        });
        let timeouts = Timeouts { first_byte: settings.reply_timeout, pause: settings.stall_timeout };

        let started = Instant::now();
        let models = exchange::list_models(self.provider.as_ref(), timeouts).await;
        let lists = models.is_ok();
        let good = "the AI service lists its models";
        // A provider without such a list can still chat.
        end(check(
            ("models", Link::Provider, "Asked the AI service for its models"),
            models,
            Outcome::Warning,
            started,
            good.to_owned(),
        ));

        let started = Instant::now();
        let question = std::iter::once(ChatMessage::new("user", "Say one word."));
        let mut first_word = None;
        let chat = exchange::chat(
            self.provider.as_ref(),
            chat_request(settings, None, question),
            timeouts,
            |piece| {
                let is_word = matches!(piece, Piece::Text(text) if !text.trim().is_empty());
                if is_word {
                    first_word.get_or_insert(started.elapsed().as_millis());
                }
                !is_word
            },
        )
        .await;
        let good =
            format!("the model answers; its first word came after {} ms", first_word.unwrap_or_default());
        let mut chat = check(
            ("chat", Link::Model, "Asked the model for one word, as the chat does"),
            chat,
            Outcome::Failure,
            started,
            good,
        );
        let is_refused = chat.problem.as_ref().is_some_and(|problem| problem.link.is_beyond_proxy());
        if lists && is_refused {
            chat.evidence.push_str("; the same key may list the models");
        }
        end(chat);
        done
    }
}

fn check(
    (id, link, tried): (&str, Link, &str),
    result: Result<(), Failure>,
    bad: Outcome,
    started: Instant,
    good: String,
) -> Check {
    let duration = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (outcome, evidence, problem) = match result {
        Ok(()) => (Outcome::Pass, good, None),
        Err(failure) => {
            let problem = failure.problem();
            let status =
                problem.upstream.as_ref().map(|upstream| upstream.status).filter(|status| *status != 0);
            let status = status.map(|status| format!(" (status {status})")).unwrap_or_default();
            let name = catalogue::find(&problem.cause).map_or("Failed", |entry| entry.name);
            (bad, format!("{name}{status}"), Some(problem))
        }
    };
    Check { id: id.to_owned(), link, tried: tried.to_owned(), evidence, outcome, duration, problem }
}
