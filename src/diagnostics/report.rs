//! The report: what Diagnostics knows, as text for a support thread and as JSON. Never a key, a token, a message of the
//! conversation, or an address: everything passes the one redaction, whoever said it.

use std::rc::Rc;

use candor_diagnosis::catalogue::{self, Entry};
use candor_diagnosis::redact::redact;
use candor_diagnosis::verdict::{Standing, Verdict};
use candor_protocol::VERSION;
use candor_protocol::checks::{Check, Outcome};
use candor_protocol::problem::Problem;
use candor_protocol::visibility::Diagnostics;
use candor_protocol::wire::Config;
use serde_json::{Value, json};

use crate::session::state::Failure;
use crate::words::Diagnostics as Words;

/// How many errors a report holds.
const ERRORS: usize = 10;

/// What a report is made of.
pub struct Report<'a> {
    /// When it was made, in words.
    pub time: String,
    /// What the proxy says of itself, once it has.
    pub config: Option<&'a Config>,
    /// Where conversations are kept, in words.
    pub kept_in: &'a str,
    /// Where the token is kept by which the chat server knows the visitor, in words. `None` without a chat server.
    pub token_in: Option<&'a str>,
    /// The verdict.
    pub verdict: &'a Verdict,
    /// The checks that have ended.
    pub checks: &'a [Check],
    /// What went wrong, newest first.
    pub failures: &'a [Rc<Failure>],
}

impl Report<'_> {
    /// The report as plain text.
    pub fn text(&self) -> String {
        let mut lines = vec![format!("Candor report, {}", self.time), String::new()];
        lines.push(self.verdict.sentence.clone());
        lines.push(self.verdict.next.clone());
        let chain = self
            .verdict
            .chain
            .iter()
            .map(|(link, standing)| format!("{}: {}", link.name(), word(*standing).english()));
        lines.push(chain.collect::<Vec<_>>().join(" → "));
        lines.push(String::new());
        lines.extend(self.settings().into_iter().map(|(name, value)| format!("{name}: {value}")));
        if !self.checks.is_empty() {
            lines.extend([String::new(), "Checks".to_owned()]);
        }
        for check in self.checks {
            let outcome = outcome(check.outcome).english();
            lines.push(format!("[{outcome}] {}: {} ({} ms)", check.tried, check.evidence, check.duration));
        }
        for failure in self.failures.iter().take(ERRORS) {
            lines.push(String::new());
            lines.extend(failure.problem.forum_line());
            let facts = facts(&failure.problem).into_iter().filter_map(|(name, value)| Some((name, value?)));
            lines.extend(facts.map(|(name, value)| format!("{}: {value}", name.english())));
            lines.push(format!("Count: {}", failure.count));
        }
        lines.iter().map(|line| redact(line)).collect::<Vec<_>>().join("\n") + "\n"
    }

    /// The report as JSON.
    pub fn json(&self) -> String {
        let pairs = |pairs: Vec<(&'static str, String)>| {
            pairs.into_iter().map(|(name, value)| (key(name), Value::from(redact(&value)))).collect::<Value>()
        };
        let checks = self.checks.iter().map(|check| {
            json!({
                "id": check.id, "link": check.link, "outcome": check.outcome, "duration_ms": check.duration,
                "evidence": redact(&check.evidence), "cause": check.problem.as_ref().map(|problem| redact(&problem.cause)),
            })
        });
        let failures = self.failures.iter().take(ERRORS).map(|failure| {
            let known = facts(&failure.problem)
                .into_iter()
                .filter_map(|(name, value)| Some((name.english(), value?)));
            let mut facts = pairs(known.collect());
            facts["line"] = json!(failure.problem.forum_line().map(|line| redact(&line)));
            facts["count"] = json!(failure.count);
            facts
        });
        let chain = self
            .verdict
            .chain
            .iter()
            .map(|(link, standing)| json!({"link": link, "standing": word(*standing).english()}));
        let report = json!({
            "candor": "report",
            "time": self.time,
            "verdict": redact(&self.verdict.sentence),
            "next": redact(&self.verdict.next),
            "cause": self.verdict.entry.map(Entry::id),
            "chain": chain.collect::<Vec<_>>(),
            "settings": pairs(self.settings()),
            "checks": checks.collect::<Vec<_>>(),
            "errors": failures.collect::<Vec<_>>(),
        });
        serde_json::to_string(&report).unwrap_or_default()
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        let config = self.config;
        let or = |value: Option<String>, otherwise: &str| value.unwrap_or_else(|| otherwise.to_owned());
        let diagnostics = config.map(|config| match config.diagnostics {
            Diagnostics::Full => "full".to_owned(),
            Diagnostics::Reference => "reference".to_owned(),
            Diagnostics::Off => "off".to_owned(),
        });
        [
            ("Widget", VERSION.to_owned()),
            ("Chat server", or(config.map(|config| config.version.clone()), "not reached")),
            ("AI service", or(config.and_then(|config| config.provider.clone()), "not shown")),
            ("Model", or(config.and_then(|config| config.model.clone()), "not shown")),
            ("Diagnostics", or(diagnostics, "not known")),
            ("Kept in", self.kept_in.to_owned()),
            ("Token in", self.token_in.unwrap_or_default().to_owned()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
    }
}

/// The facts of a problem by the names under which they are shown, those that are not known as `None`.
pub fn facts(problem: &Problem) -> Vec<(Words, Option<String>)> {
    let said = problem.upstream.clone().unwrap_or_default();
    let name =
        catalogue::find(&problem.cause).map_or_else(|| problem.title.clone(), |entry| entry.name.to_owned());
    vec![
        (Words::Cause, Some(name)),
        (Words::Status, (said.status > 0).then(|| said.status.to_string())),
        (Words::Code, said.code),
        (Words::Parameter, said.param),
        (Words::Request, said.request_id),
        (Words::RetryAfter, said.retry_after.map(|seconds| format!("{seconds} s"))),
        (Words::Content, said.content_type),
        (Words::AnsweredBy, said.answered_by),
        (Words::Reference, Some(problem.reference.clone()).filter(|reference| !reference.is_empty())),
    ]
}

/// A name as JSON has it.
fn key(name: &str) -> String {
    name.to_lowercase().replace(' ', "_")
}

/// What is known of a link, in a word.
pub fn word(standing: Standing) -> Words {
    match standing {
        Standing::Unknown => Words::StandingUnknown,
        Standing::Good => Words::StandingGood,
        Standing::Warned => Words::StandingWarned,
        Standing::Broken => Words::StandingBroken,
    }
}

/// How a check ended, in a word.
pub fn outcome(outcome: Outcome) -> Words {
    match outcome {
        Outcome::Pass => Words::OutcomePass,
        Outcome::Warning => Words::OutcomeWarning,
        Outcome::Failure => Words::OutcomeFailure,
    }
}

// proptest is a library for the machine that builds.
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use candor_diagnosis::verdict::judge;
    use candor_protocol::api_error::ApiError;
    use candor_protocol::cause::{Link, known};
    use proptest::prelude::*;

    use candor_protocol::wire::{Consent, Keeps};

    use super::*;

    /// A config, checks and failures with this text in every field that holds any.
    fn filled(text: &str) -> (Config, Vec<Check>, Vec<Rc<Failure>>) {
        let some = || Some(text.to_owned());
        let config = Config {
            title: text.to_owned(),
            subtitle: text.to_owned(),
            greeting: text.to_owned(),
            suggestions: vec![text.to_owned()],
            notice: text.to_owned(),
            diagnostics: Diagnostics::Full,
            provider: some(),
            model: some(),
            keeps: Keeps::Proxy,
            consent: Some(Consent { text: text.to_owned(), url: some() }),
            contact: some(),
            linking: false,
            feedback: false,
            message_chars: 1,
            version: text.to_owned(),
            time: 1,
        };
        let upstream = ApiError {
            status: 403,
            error_type: some(),
            code: some(),
            param: some(),
            message: some(),
            request_id: some(),
            retry_after: Some(3),
            content_type: some(),
            answered_by: some(),
            text: some(),
        };
        let mut problem =
            Problem::new(&known::missing_scope, 502, text.to_owned(), 1).with_upstream(upstream);
        problem.title = text.to_owned();
        problem.detail = text.to_owned();
        let mut unknown = problem.clone();
        unknown.cause = text.to_owned();
        let check = Check {
            id: "chat".to_owned(),
            link: Link::Model,
            tried: text.to_owned(),
            evidence: text.to_owned(),
            outcome: Outcome::Failure,
            duration: 3,
            problem: Some(unknown.clone()),
        };
        let failures = [Failure { problem, count: 2 }, Failure { problem: unknown, count: 1 }];
        (config, vec![check], failures.map(Rc::new).to_vec())
    }

    fn reports(text: &str) -> [String; 2] {
        let (config, checks, failures) = filled(text);
        let verdict = judge(&checks, failures.first().map(|failure| &failure.problem));
        let report = Report {
            time: "2026-11-24".to_owned(),
            config: Some(&config),
            kept_in: text,
            token_in: Some(text),
            verdict: &verdict,
            checks: &checks,
            failures: &failures,
        };
        [report.text(), report.json()]
    }

    #[test]
    fn a_report_says_what_a_support_thread_asks_for() {
        let problem =
            Problem::new(&known::missing_scope, 502, "CR-ABCDEFGH".to_owned(), 1).with_upstream(ApiError {
                status: 403,
                error_type: Some("invalid_request_error".to_owned()),
                message: Some("Missing scopes: model.request.".to_owned()),
                ..ApiError::default()
            });
        let failures = [Rc::new(Failure { problem: problem.clone(), count: 3 })];
        let verdict = judge(&[], Some(&problem));
        let report = Report {
            time: "2026-11-24".to_owned(),
            config: None,
            kept_in: "the site’s chat server",
            token_in: None,
            verdict: &verdict,
            checks: &[],
            failures: &failures,
        };
        let text = report.text();
        for words in [
            "The site’s API key lacks a permission.",
            "Chat server: fine → AI service: broken",
            "API Error Type: invalid_request_error Message: Missing scopes: model.request.",
            "Status: 403",
            "Reference: CR-ABCDEFGH",
            "Count: 3",
            "Chat server: not reached",
        ] {
            assert!(text.contains(words), "{words} is missing in:\n{text}");
        }
        let json: Value = serde_json::from_str(&report.json()).unwrap();
        assert_eq!(json["cause"], "missing_scope");
        assert_eq!(json["errors"][0]["reference"], "CR-ABCDEFGH");
    }

    fn secret() -> impl Strategy<Value = String> {
        prop_oneof![
            "sk-proj-[a-z][0-9][A-Za-z0-9]{30,48}",
            "gsk_[A-Za-z0-9]{20,52}",
            "ct_[0-9a-f]{64}",
            "eyJ[A-Za-z0-9]{20}\\.[A-Za-z0-9]{20}\\.[A-Za-z0-9]{20}",
            "org-[A-Z][a-z][0-9][A-Za-z0-9]{14,22}",
            "[a-z]{3,8}\\.[a-z]{3,8}@[a-z]{3,8}\\.com",
            (1_u8..=255, 0_u8..=255, 0_u8..=255, 1_u8..=255)
                .prop_map(|(a, b, c, d)| format!("{a}.{b}.{c}.{d}")),
        ]
    }

    proptest! {
        #[test]
        fn no_secret_gets_into_a_report(before in "[a-z ]{0,12}[ :\"]?", secret in secret(), after in "[ ,\"][a-z ]{0,12}") {
            // A letter right before an address or an id makes another word of it.
            let before = before.trim_end_matches(|letter: char| letter.is_ascii_alphanumeric());
            for report in reports(&format!("{before}{secret}{after}")) {
                prop_assert!(!report.contains(&secret), "{report}");
            }
        }
    }
}
