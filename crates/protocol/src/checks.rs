//! Checks of the chain, and the verdict over them: which link is broken, and what to do next.
//!
//! The proxy checks its own links and sends the outcomes as they come (`POST diagnostics/checks`); the widget adds those
//! of browser and page. Both sides print the same chain and the same verdict, which are derived here.

use serde::{Deserialize, Serialize};

use crate::cause::{self, Advice, Cause, Link, advise};
use crate::problem::Problem;
use crate::wire::{Diagnostics, Millis};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What was tried works.
    Pass,
    /// It works, and something about it is worth knowing.
    Warning,
    /// It does not work.
    Failure,
}

/// One check: what was tried, what came back, and how long it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Check {
    /// Stable, `snake_case`, such as `chat`.
    pub id: String,
    /// The link that it looks at.
    pub link: Link,
    /// What was tried, in words.
    pub tried: String,
    /// What came back, in words.
    pub evidence: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, in milliseconds.
    pub duration: Millis,
    /// What is behind a warning or a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

impl Check {
    /// The catalogue's cause of a warning or a failure.
    pub fn cause(&self) -> Option<&'static Cause> {
        cause::find(&self.problem.as_ref()?.cause)
    }

    /// What to do about a warning or a failure.
    pub fn advice(&self) -> Option<Advice> {
        let upstream = self.problem.as_ref().and_then(|problem| problem.upstream.as_ref());
        self.cause().map(|cause| advise(cause, upstream))
    }

    /// The link that is at fault, where the check found a fault: a check of the provider may find the proxy's way there
    /// broken.
    fn fault(&self) -> Option<Link> {
        (self.outcome == Outcome::Failure)
            .then(|| self.problem.as_ref().map_or(self.link, |problem| problem.link))
    }

    /// The same as a visitor may see it under the owner's setting: the proxy's words about provider and model are kept
    /// back where the errors are.
    pub fn for_visitor(mut self, diagnostics: Diagnostics) -> Self {
        if diagnostics != Diagnostics::Full && self.link >= Link::Proxy {
            self.evidence = match self.outcome {
                Outcome::Pass => "It works.",
                Outcome::Warning => "It works, with a limit that the owner can see.",
                Outcome::Failure => "It does not work. The owner can see why.",
            }
            .to_owned();
        }
        self.problem = self.problem.map(|problem| problem.for_visitor(diagnostics));
        self
    }
}

/// One of the pieces by which a browser measures whether something on the way holds a stream back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pulse {
    /// How many came before it.
    pub number: u32,
    /// Milliseconds since the first one, by the proxy's clock.
    pub sent: Millis,
}

/// What `POST diagnostics/checks` streams, each as the data of the event of that name: `pulse`, `check`, `done`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckEvent {
    /// A piece for measuring.
    Pulse(Pulse),
    /// A check has ended.
    Check(Box<Check>),
    /// All have.
    Done,
}

impl CheckEvent {
    /// Reads an event. `Ok(None)` for a name that this version does not know.
    ///
    /// # Errors
    /// Where the data is not the JSON that the name promises.
    pub fn read(name: &str, data: &str) -> serde_json::Result<Option<Self>> {
        Ok(Some(match name {
            "pulse" => Self::Pulse(serde_json::from_str(data)?),
            "check" => Self::Check(serde_json::from_str(data)?),
            "done" => Self::Done,
            _ => return Ok(None),
        }))
    }

    /// Name and data of the event.
    ///
    /// # Errors
    /// Never in practice: every field serialises.
    pub fn write(&self) -> serde_json::Result<(&'static str, String)> {
        Ok(match self {
            Self::Pulse(pulse) => ("pulse", serde_json::to_string(pulse)?),
            Self::Check(check) => ("check", serde_json::to_string(check)?),
            Self::Done => ("done", "{}".to_owned()),
        })
    }
}

/// When one piece was sent and when it arrived, each in milliseconds since the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// See [`Pulse::sent`].
    pub sent: Millis,
    /// By the browser's clock.
    pub arrived: Millis,
}

/// Whether something on the way held a stream back: the pieces were sent over a time in which, had they come as they were
/// sent, most of it would have been seen at the other end too.
pub fn is_held_back(pieces: &[Arrival]) -> bool {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return false };
    let sent = last.sent.saturating_sub(first.sent);
    let arrived = last.arrived.saturating_sub(first.arrived);
    sent >= 200 && arrived * 3 < sent
}

/// What is known of one link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Nothing: it has not been checked, or was not reached.
    #[default]
    Unknown,
    /// It holds.
    Good,
    /// It holds, with something to know.
    Warned,
    /// It is broken.
    Broken,
}

/// Which link is broken, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// One sentence that names it, or says that all is well.
    pub sentence: String,
    /// What follows from it: the other side's evidence, and the next step.
    pub next: String,
    /// The links in order, and what is known of each.
    pub chain: [(Link, Standing); 5],
    /// What is behind it.
    pub cause: Option<&'static Cause>,
}

impl Verdict {
    /// The broken link.
    pub fn broken(&self) -> Option<Link> {
        self.chain.iter().find(|(_, standing)| *standing == Standing::Broken).map(|(link, _)| *link)
    }
}

/// The verdict over all checks that have ended, and the latest failure of the chat. Checks outweigh a failure that came
/// before them.
pub fn judge(checks: &[Check], latest: Option<&Problem>) -> Verdict {
    let mut chain = Link::ALL.map(|link| (link, Standing::Unknown));
    for check in checks {
        let standing = match check.outcome {
            Outcome::Pass => Standing::Good,
            Outcome::Warning => Standing::Warned,
            Outcome::Failure => continue,
        };
        let known = &mut chain[place(check.link)].1;
        if *known != Standing::Warned {
            *known = standing;
        }
    }
    // The first link that fails explains those behind it.
    let failed =
        checks.iter().filter_map(|check| Some((check.fault()?, check))).min_by_key(|(link, _)| *link);
    let chat_works = checks.iter().any(|check| check.id == "chat" && check.outcome != Outcome::Failure);
    let problem = match failed {
        Some((_, check)) => check.problem.as_ref(),
        None if checks.is_empty() => latest,
        // A failure that a passing check of the same link contradicts is over.
        None => latest.filter(|problem| chain[place(problem.link)].1 == Standing::Unknown && !chat_works),
    };
    let broken = failed.map(|(link, _)| link).or(problem.map(|problem| problem.link));
    let Some(broken) = broken else { return nothing_broken(checks, latest, chain) };
    let at = place(broken);
    chain[at].1 = Standing::Broken;
    // Whoever reported a fault that lies further on has itself been reached.
    let spoke = failed.is_none() && problem.is_some_and(|problem| !problem.reference.is_empty());
    for (link, standing) in &mut chain {
        if *standing == Standing::Unknown && *link < broken && spoke {
            *standing = Standing::Good;
        }
        if *link > broken && !(broken < Link::Proxy && chat_works) {
            *standing = Standing::Unknown;
        }
    }
    let cause = problem.and_then(|problem| cause::find(&problem.cause));
    let sentence = cause.map_or_else(
        || {
            problem.map_or_else(
                || format!("The link “{}” is broken.", broken.name()),
                |problem| problem.title.clone(),
            )
        },
        |cause| cause.verdict.to_owned(),
    );
    // A widget that asks a gateway by itself has no proxy: nobody gave its failures a reference.
    let is_direct = problem.is_some_and(|problem| problem.reference.is_empty())
        && !checks.iter().any(|check| check.link == Link::Proxy);
    let next = match broken {
        Link::Provider | Link::Model if is_direct => {
            "The gateway was reached and refuses by itself, so another browser will not help."
        }
        Link::Provider | Link::Model
            if chain[..2].iter().all(|(_, standing)| *standing != Standing::Unknown) =>
        {
            "Browser, page and proxy are fine, so another browser will not help."
        }
        Link::Provider | Link::Model => "The provider refuses the proxy itself; no browser has a part in it.",
        Link::Proxy
            if cause.is_some_and(|cause| {
                ["unreachable_provider", "dns_failure", "tls_failure", "egress_blocked"].contains(&cause.id)
            }) =>
        {
            "The key has not been tried yet: the proxy’s way to the provider comes first."
        }
        Link::Proxy => "Browser and page reach the proxy; the fault is there.",
        Link::Browser | Link::Page if chat_works => {
            "The provider answers the proxy, so the key and the model are fine."
        }
        Link::Browser | Link::Page => "The key and the provider have nothing to do with it.",
    };
    Verdict { sentence, next: next.to_owned(), chain, cause }
}

fn nothing_broken(checks: &[Check], latest: Option<&Problem>, chain: [(Link, Standing); 5]) -> Verdict {
    let warned =
        checks.iter().filter(|check| check.outcome == Outcome::Warning).min_by_key(|check| check.link);
    let (sentence, next, cause) = match (warned, latest) {
        (Some(check), _) => {
            let cause = check.cause();
            let sentence = cause.map_or_else(|| check.evidence.clone(), |cause| cause.verdict.to_owned());
            (sentence, "The chat works all the same.".to_owned(), cause)
        }
        (None, Some(_)) if !checks.is_empty() => (
            "Every link holds now.".to_owned(),
            "The earlier error does not come again. Try the chat once more.".to_owned(),
            None,
        ),
        (None, _) if checks.is_empty() => (
            "Nothing has failed.".to_owned(),
            "Run the checks to try every link from this browser to the model.".to_owned(),
            None,
        ),
        (None, _) => (
            "Every link holds.".to_owned(),
            "From this browser to the model, all was tried and works.".to_owned(),
            None,
        ),
    };
    Verdict { sentence, next, chain, cause }
}

fn place(link: Link) -> usize {
    Link::ALL.iter().position(|other| *other == link).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::known;
    use crate::reader::ApiError;

    fn check(id: &str, link: Link, outcome: Outcome, cause: Option<&Cause>) -> Check {
        Check {
            id: id.to_owned(),
            link,
            tried: "something".to_owned(),
            evidence: "It works with sk-model.".to_owned(),
            outcome,
            duration: 5,
            problem: cause.map(problem),
        }
    }

    fn problem(cause: &Cause) -> Problem {
        Problem::new(cause, 502, "CR-ABCDEFGH".to_owned(), 1).with_upstream(ApiError {
            message: Some("Missing scopes: model.request".to_owned()),
            ..ApiError::default()
        })
    }

    fn good() -> Vec<Check> {
        vec![
            check("online", Link::Browser, Outcome::Pass, None),
            check("config", Link::Page, Outcome::Pass, None),
            check("settings", Link::Proxy, Outcome::Pass, None),
            check("models", Link::Provider, Outcome::Pass, None),
            check("chat", Link::Model, Outcome::Pass, None),
        ]
    }

    fn standings(verdict: &Verdict) -> Vec<Standing> {
        verdict.chain.iter().map(|(_, standing)| *standing).collect()
    }

    use Standing::{Broken, Good, Unknown, Warned};

    #[test]
    fn without_a_proxy_none_is_spoken_of() {
        let refused = Problem::new(&known::invalid_key, 502, String::new(), 1);
        let verdict = judge(&[], Some(&refused));
        assert_eq!(verdict.broken(), Some(Link::Provider));
        assert!(verdict.next.starts_with("The gateway was reached"), "{}", verdict.next);
    }

    #[test]
    fn a_key_that_may_list_but_not_chat_is_the_provider_and_no_browser() {
        let mut checks = good();
        checks[4] = check("chat", Link::Model, Outcome::Failure, Some(&known::missing_scope));
        let verdict = judge(&checks, None);
        assert_eq!(verdict.sentence, known::missing_scope.verdict);
        assert_eq!(standings(&verdict), [Good, Good, Good, Broken, Unknown]);
        assert!(verdict.next.contains("another browser will not help"), "{}", verdict.next);
    }

    #[test]
    fn a_missing_scope_is_never_blamed_on_cookies() {
        let mut checks = good();
        checks[0] = check("cookies", Link::Browser, Outcome::Warning, Some(&known::cookies_denied));
        checks[4] = check("chat", Link::Model, Outcome::Failure, Some(&known::missing_scope));
        let verdict = judge(&checks, None);
        assert_eq!(verdict.cause, Some(&known::missing_scope));
        assert_eq!(standings(&verdict), [Warned, Good, Good, Broken, Unknown]);
    }

    #[test]
    fn a_page_that_fails_while_the_proxy_passes_is_the_page() {
        let mut checks = good();
        checks[1] = check("stream", Link::Page, Outcome::Failure, Some(&known::buffered_stream));
        let verdict = judge(&checks, None);
        assert_eq!(verdict.broken(), Some(Link::Page));
        assert!(verdict.next.contains("key and the model are fine"), "{}", verdict.next);
        assert_eq!(standings(&verdict), [Good, Broken, Good, Good, Good]);
    }

    #[test]
    fn without_checks_the_latest_failure_speaks() {
        let verdict = judge(&[], Some(&problem(&known::missing_scope)));
        assert_eq!(standings(&verdict), [Good, Good, Good, Broken, Unknown]);
        let offline = Problem::new(&known::offline, 0, String::new(), 1);
        assert_eq!(standings(&judge(&[], Some(&offline))), [Broken, Unknown, Unknown, Unknown, Unknown]);
        assert_eq!(judge(&[], None).sentence, "Nothing has failed.");
    }

    #[test]
    fn a_failure_that_does_not_come_again_is_over() {
        let verdict = judge(&good(), Some(&problem(&known::overloaded)));
        assert_eq!(verdict.broken(), None);
        assert_eq!(verdict.sentence, "Every link holds now.");
    }

    #[test]
    fn a_check_of_the_model_can_find_the_proxys_way_broken() {
        let checks = [check("chat", Link::Model, Outcome::Failure, Some(&known::dns_failure))];
        assert_eq!(judge(&checks, None).broken(), Some(Link::Proxy));
    }

    #[test]
    fn pieces_that_arrive_together_were_held_back() {
        let pieces = |arrivals: &[u64]| {
            let arrivals = arrivals.iter().enumerate();
            arrivals
                .map(|(at, arrived)| Arrival { sent: at as u64 * 60, arrived: *arrived })
                .collect::<Vec<_>>()
        };
        assert!(!is_held_back(&pieces(&[0, 61, 119, 184, 240])));
        assert!(!is_held_back(&pieces(&[0, 10, 130, 131, 190])), "a little jitter is none");
        assert!(is_held_back(&pieces(&[0, 0, 1, 1, 2])));
        assert!(!is_held_back(&[]));
    }

    #[test]
    fn what_a_visitor_sees_holds_no_words_of_the_provider() {
        for diagnostics in [Diagnostics::Reference, Diagnostics::Off] {
            let seen = check("chat", Link::Model, Outcome::Failure, Some(&known::missing_scope))
                .for_visitor(diagnostics);
            let json = serde_json::to_string(&seen).unwrap();
            assert!(!json.contains("model.request") && !json.contains("sk-model"), "{json}");
        }
    }

    #[test]
    fn events_are_read_as_they_are_written() {
        let events = [
            CheckEvent::Pulse(Pulse { number: 3, sent: 180 }),
            CheckEvent::Check(Box::new(check(
                "chat",
                Link::Model,
                Outcome::Failure,
                Some(&known::missing_scope),
            ))),
            CheckEvent::Done,
        ];
        for event in events {
            let (name, data) = event.write().unwrap();
            assert_eq!(CheckEvent::read(name, &data).unwrap(), Some(event));
        }
        assert_eq!(CheckEvent::read("later", "").unwrap(), None);
    }
}
