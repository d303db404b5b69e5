//! The error log: what went wrong for all visitors, for the owner to read. In memory; bounded in number and age.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use candor_protocol::problem::Problem;
use candor_protocol::wire::{ErrorLog, LoggedError, Millis};

/// The most errors that are kept; the oldest go first.
const MOST: usize = 10_000;

/// The most references that one entry names.
const REFERENCES: usize = 20;

/// Every error of the past days, the oldest first. Problems come redacted; see [`candor_protocol::redact`].
#[derive(Debug, Default)]
pub struct Errors(Mutex<VecDeque<Problem>>);

impl Errors {
    /// Keeps an error, and lets those go that are older than `age`.
    pub fn add(&self, problem: Problem, age: Duration) {
        let mut errors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop_old(&mut errors, problem.time, age);
        if errors.len() == MOST {
            errors.pop_front();
        }
        errors.push_back(problem);
    }

    /// The errors that are not older than `age`, grouped by cause and words, the latest first. With a reference, the group
    /// of the error that has it.
    pub fn log(&self, now: Millis, age: Duration, reference: Option<&str>) -> ErrorLog {
        let mut errors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop_old(&mut errors, now, age);
        let mut groups: Vec<LoggedError> = Vec::new();
        let mut wanted = None;
        for problem in errors.iter().rev() {
            let at = groups.iter().position(|group| group.latest.is_like(problem));
            let at = at.unwrap_or_else(|| {
                groups.push(LoggedError {
                    latest: problem.clone(),
                    count: 0,
                    first: problem.time,
                    last: problem.time,
                    references: Vec::new(),
                });
                groups.len() - 1
            });
            let group = &mut groups[at];
            group.count += 1;
            group.first = group.first.min(problem.time);
            if group.references.len() < REFERENCES {
                group.references.push(problem.reference.clone());
            }
            if reference.is_some_and(|reference| reference.eq_ignore_ascii_case(&problem.reference)) {
                wanted = Some((at, problem));
            }
        }
        match (reference, wanted) {
            (None, _) => ErrorLog { errors: groups },
            (Some(_), None) => ErrorLog::default(),
            (Some(_), Some((at, problem))) => {
                let group = groups.swap_remove(at);
                ErrorLog { errors: vec![LoggedError { latest: problem.clone(), ..group }] }
            }
        }
    }
}

fn drop_old(errors: &mut VecDeque<Problem>, now: Millis, age: Duration) {
    let age = Millis::try_from(age.as_millis()).unwrap_or(Millis::MAX);
    let oldest = now.saturating_sub(age);
    while errors.front().is_some_and(|problem| problem.time < oldest) {
        errors.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use candor_protocol::cause::{Cause, known};

    use super::*;

    const AGE: Duration = Duration::from_secs(30);

    fn problem(cause: &Cause, reference: &str, time: Millis) -> Problem {
        Problem::new(cause, 502, reference.to_owned(), time)
    }

    #[test]
    fn errors_are_grouped_by_cause_the_latest_first() {
        let errors = Errors::default();
        errors.add(problem(&known::overloaded, "CR-1", 1000), AGE);
        errors.add(problem(&known::missing_scope, "CR-2", 2000), AGE);
        errors.add(problem(&known::overloaded, "CR-3", 3000), AGE);
        let log = errors.log(3000, AGE, None).errors;
        let told: Vec<_> = log
            .iter()
            .map(|group| (group.latest.cause.as_str(), group.count, group.first, group.last))
            .collect();
        assert_eq!(told, [("overloaded", 2, 1000, 3000), ("missing_scope", 1, 2000, 2000)]);
        assert_eq!(log[0].references, ["CR-3", "CR-1"]);
    }

    #[test]
    fn a_reference_finds_its_error() {
        let errors = Errors::default();
        errors.add(problem(&known::overloaded, "CR-1", 1000), AGE);
        errors.add(problem(&known::overloaded, "CR-2", 2000), AGE);
        let log = errors.log(2000, AGE, Some("cr-1")).errors;
        assert_eq!((log.len(), log[0].latest.reference.as_str(), log[0].count), (1, "CR-1", 2));
        assert_eq!(errors.log(2000, AGE, Some("CR-9")).errors, []);
    }

    #[test]
    fn what_is_too_old_is_gone_and_the_number_is_bounded() {
        let errors = Errors::default();
        errors.add(problem(&known::overloaded, "CR-1", 1000), AGE);
        assert_eq!(errors.log(31_000, AGE, None).errors.len(), 1);
        assert_eq!(errors.log(31_001, AGE, None).errors.len(), 0);
        for number in 0..MOST as u64 + 5 {
            errors.add(problem(&known::overloaded, &format!("CR-{number}"), 40_000 + number / 1000), AGE);
        }
        assert_eq!(errors.log(50_000, AGE, None).errors[0].count, MOST);
    }
}
