//! The verdict over all checks: which link is broken, and what to do next. The widget and the terminal print the same
//! chain and the same verdict, which are derived here.

use candor_protocol::Millis;
use candor_protocol::cause::{Link, known};
use candor_protocol::checks::{Check, Outcome};
use candor_protocol::problem::Problem;

use crate::advice::{Advice, advise};
use crate::catalogue::{self, Entry};

/// What the catalogue says of a check's warning or failure.
pub fn entry_of(check: &Check) -> Option<&'static Entry> {
    catalogue::find(&check.problem.as_ref()?.cause)
}

/// What to do about a check's warning or failure.
pub fn advice_of(check: &Check) -> Option<Advice> {
    let upstream = check.problem.as_ref().and_then(|problem| problem.upstream.as_ref());
    entry_of(check).map(|entry| advise(entry, upstream))
}

/// The link that is at fault, where the check found a fault: a check of the provider may find the proxy's way there
/// broken.
fn fault(check: &Check) -> Option<Link> {
    (check.outcome == Outcome::Failure)
        .then(|| check.problem.as_ref().map_or(check.link, |problem| problem.link))
}

/// When one piece was sent and when it arrived, each in milliseconds since the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// See [`candor_protocol::checks::Pulse::sent`].
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
    pub entry: Option<&'static Entry>,
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
    let failed = checks.iter().filter_map(|check| Some((fault(check)?, check))).min_by_key(|(link, _)| *link);
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
    let entry = problem.and_then(|problem| catalogue::find(&problem.cause));
    let sentence = entry.map_or_else(
        || {
            problem.map_or_else(
                || format!("The link “{}” is broken.", broken.name()),
                |problem| problem.title.clone(),
            )
        },
        |entry| entry.verdict.to_owned(),
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
            "Browser, page and chat server are fine, so another browser will not help."
        }
        Link::Provider | Link::Model => {
            "The AI service refuses the chat server itself; no browser has a part in it."
        }
        Link::Proxy
            if entry.is_some_and(|entry| {
                [
                    &known::unreachable_provider,
                    &known::dns_failure,
                    &known::tls_failure,
                    &known::egress_blocked,
                ]
                .contains(&entry.cause)
            }) =>
        {
            "The key has not been tried yet: the chat server’s way to the AI service comes first."
        }
        Link::Proxy => "Browser and page reach the chat server; the fault is there.",
        Link::Browser | Link::Page if chat_works => {
            "The AI service answers the chat server, so the key and the model are fine."
        }
        Link::Browser | Link::Page => "The key and the AI service have nothing to do with it.",
    };
    Verdict { sentence, next: next.to_owned(), chain, entry }
}

fn nothing_broken(checks: &[Check], latest: Option<&Problem>, chain: [(Link, Standing); 5]) -> Verdict {
    let warned =
        checks.iter().filter(|check| check.outcome == Outcome::Warning).min_by_key(|check| check.link);
    let (sentence, next, entry) = match (warned, latest) {
        (Some(check), _) => {
            let entry = entry_of(check);
            let sentence = entry.map_or_else(|| check.evidence.clone(), |entry| entry.verdict.to_owned());
            (sentence, "The chat works all the same.".to_owned(), entry)
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
    Verdict { sentence, next, chain, entry }
}

fn place(link: Link) -> usize {
    Link::ALL.iter().position(|other| *other == link).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_protocol::api_error::ApiError;
    use candor_protocol::cause::Cause;

    use crate::catalogue::entries;

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
        assert_eq!(verdict.sentence, entries::missing_scope.verdict);
        assert_eq!(standings(&verdict), [Good, Good, Good, Broken, Unknown]);
        assert!(verdict.next.contains("another browser will not help"), "{}", verdict.next);
    }

    #[test]
    fn a_missing_scope_is_never_blamed_on_cookies() {
        let mut checks = good();
        checks[0] = check("cookies", Link::Browser, Outcome::Warning, Some(&known::cookies_denied));
        checks[4] = check("chat", Link::Model, Outcome::Failure, Some(&known::missing_scope));
        let verdict = judge(&checks, None);
        assert_eq!(verdict.entry, Some(&entries::missing_scope));
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
}
