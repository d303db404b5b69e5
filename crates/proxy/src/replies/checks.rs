//! The proxy's checks: its settings, the provider, and the model, link by link.
//!
//! The chat is checked by the chat's own path, with its model and parameters, and left at the first word. The list of
//! models is a check of its own: a restricted key may list models while it may not chat.

use std::sync::Arc;
use std::time::Duration;

use candor_diagnosis::catalogue;
use candor_diagnosis::completions::{ChatMessage, Piece, Usage};
use candor_protocol::VERSION;
use candor_protocol::cause::Link;
use candor_protocol::checks::{Check, Outcome};
use candor_protocol::problem::Problem;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::context::estimated_tokens;
use super::exchange::{self, Failure, MAX_REPLY_BYTES, Timeouts};
use super::jobs::chat_request;
use super::{moderation, usage};
use crate::config::Settings;
use crate::provider::{EchoedKey, Provider};

/// How long the outcome of a run is good for visitors, so that they cannot spend the owner's money by checking.
const FRESH_FOR: Duration = Duration::from_secs(20);

/// What a run is expected to cost: one word, before which the model may think.
pub const EXPECTED: Usage = Usage { input: 20, output: 100 };

/// What a run costs in which the model is not asked, or refuses.
const NOTHING: Usage = Usage { input: 0, output: 0 };

/// What the model is asked.
const QUESTION: &str = "Say one word.";

/// The checks of these settings and this provider. One run goes on at a time.
pub struct Checks {
    settings: Arc<Settings>,
    provider: Arc<dyn Provider>,
    key: EchoedKey,
    latest_run: Mutex<Option<(Instant, Vec<Check>)>>,
}

impl Checks {
    /// Checks that have not run yet.
    pub fn new(settings: Arc<Settings>, provider: Arc<dyn Provider>) -> Self {
        Self { key: EchoedKey::of(&settings.provider), settings, provider, latest_run: Mutex::default() }
    }

    /// Runs every check for the owner, and gives each to `emit` as it ends; in the end what the model has been asked for.
    pub async fn run(&self, emit: impl FnMut(Check)) -> Usage {
        let mut latest = self.latest_run.lock().await;
        let (checks, used) = self.run_now(emit).await;
        *latest = Some((Instant::now(), checks));
        used
    }

    /// The same for a visitor: as the owner lets them see it, and from a moment ago where somebody has just checked.
    pub async fn run_for_visitor(&self, mut emit: impl FnMut(Check)) -> Usage {
        let diagnostics = self.settings.diagnostics;
        let mut latest = self.latest_run.lock().await;
        if let Some((_, checks)) = latest.as_ref().filter(|(when, _)| when.elapsed() < FRESH_FOR) {
            checks.iter().cloned().for_each(|check| emit(check.for_visitor(diagnostics)));
            return NOTHING;
        }
        let (checks, used) = self.run_now(|check| emit(check.for_visitor(diagnostics))).await;
        *latest = Some((Instant::now(), checks));
        used
    }

    async fn run_now(&self, mut emit: impl FnMut(Check)) -> (Vec<Check>, Usage) {
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
        let told = |failure: Failure| failure.problem(&self.key);
        let timeouts = Timeouts { first_byte: settings.reply_timeout, pause: settings.stall_timeout };

        let started = Instant::now();
        let models = exchange::list_models(self.provider.as_ref(), timeouts).await;
        let lists = models.is_ok();
        let good = "the AI service lists its models";
        // A provider without such a list can still chat.
        end(check(
            ("models", Link::Provider, "Asked the AI service for its models"),
            models.map_err(told),
            Outcome::Warning,
            started,
            good.to_owned(),
        ));

        if settings.moderation {
            let started = Instant::now();
            let moderated = moderation::moderate(self.provider.as_ref(), &[QUESTION], timeouts).await;
            end(check(
                ("moderation", Link::Provider, "Had a message looked at by the AI service’s moderation"),
                moderated.map_err(told),
                Outcome::Failure,
                started,
                "the AI service’s moderation answers".to_owned(),
            ));
        }

        let started = Instant::now();
        let question = std::iter::once(ChatMessage::new("user", QUESTION));
        let mut first_word = None;
        let (mut thought_tokens, mut said) = (0, None);
        let chat = exchange::chat(
            self.provider.as_ref(),
            chat_request(settings, None, question),
            timeouts,
            MAX_REPLY_BYTES,
            &mut said,
            |piece| {
                if let Piece::Reasoning(text) = piece {
                    thought_tokens += estimated_tokens(text);
                }
                let is_word = matches!(piece, Piece::Text(text) if !text.trim().is_empty());
                if is_word {
                    first_word.get_or_insert(started.elapsed().as_millis());
                }
                !is_word
            },
        )
        .await;
        // It is left at its first word, so that the provider hardly ever says what it has cost.
        let estimated = Usage { output: EXPECTED.output.max(thought_tokens), ..EXPECTED };
        let used = match &chat {
            // What was refused has cost nothing, unless the model had begun to think.
            Err(failure) if failure.upstream.status >= 400 && said.is_none() && thought_tokens == 0 => {
                NOTHING
            }
            _ => said.filter(|said| usage::is_plausible(*said, estimated)).unwrap_or(estimated),
        };
        let good =
            format!("the model answers; its first word came after {} ms", first_word.unwrap_or_default());
        let mut chat = check(
            ("chat", Link::Model, "Asked the model for one word, as the chat does"),
            chat.map_err(told),
            Outcome::Failure,
            started,
            good,
        );
        let is_refused = chat.problem.as_ref().is_some_and(|problem| problem.link.is_beyond_proxy());
        if lists && is_refused {
            chat.evidence.push_str("; the same key may list the models");
        }
        end(chat);
        (done, used)
    }
}

fn check(
    (id, link, tried): (&str, Link, &str),
    result: Result<(), Problem>,
    bad: Outcome,
    started: Instant,
    good: String,
) -> Check {
    let duration = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (outcome, evidence, problem) = match result {
        Ok(()) => (Outcome::Pass, good, None),
        Err(problem) => {
            let status =
                problem.upstream.as_ref().map(|upstream| upstream.status).filter(|status| *status != 0);
            let status = status.map(|status| format!(" (status {status})")).unwrap_or_default();
            let name = catalogue::find(&problem.cause).map_or("Failed", |entry| entry.name);
            (bad, format!("{name}{status}"), Some(problem))
        }
    };
    Check { id: id.to_owned(), link, tried: tried.to_owned(), evidence, outcome, duration, problem }
}
