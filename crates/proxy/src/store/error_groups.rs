//! The error log: what went wrong for all visitors, grouped for the owner to read. The store keeps it.

use candor_protocol::problem::Problem;
use candor_protocol::wire::{ErrorLog, LoggedError};

/// The most references that one entry names.
const MAX_REFERENCES: usize = 20;

/// Problems, which come latest first, grouped by cause and words, the latest first. With a reference, the group of the
/// error that has it.
pub fn grouped(problems: &[Problem], reference: Option<&str>) -> ErrorLog {
    let mut groups: Vec<LoggedError> = Vec::new();
    let mut wanted = None;
    for problem in problems {
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
        if group.references.len() < MAX_REFERENCES {
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

#[cfg(test)]
mod tests {
    use candor_protocol::Millis;
    use candor_protocol::cause::{Cause, known};

    use super::*;

    fn problem(cause: &Cause, reference: &str, time: Millis) -> Problem {
        Problem::new(cause, 502, reference.to_owned(), time)
    }

    fn problems() -> [Problem; 3] {
        [
            problem(&known::overloaded, "CR-3", 3000),
            problem(&known::missing_scope, "CR-2", 2000),
            problem(&known::overloaded, "CR-1", 1000),
        ]
    }

    #[test]
    fn errors_are_grouped_by_cause_the_latest_first() {
        let log = grouped(&problems(), None).errors;
        let told: Vec<_> = log
            .iter()
            .map(|group| (group.latest.cause.as_str(), group.count, group.first, group.last))
            .collect();
        assert_eq!(told, [("overloaded", 2, 1000, 3000), ("missing_scope", 1, 2000, 2000)]);
        assert_eq!(log[0].references, ["CR-3", "CR-1"]);
    }

    #[test]
    fn a_reference_finds_its_error() {
        let log = grouped(&problems(), Some("cr-1")).errors;
        assert_eq!((log.len(), log[0].latest.reference.as_str(), log[0].count), (1, "CR-1", 2));
        assert_eq!(grouped(&problems(), Some("CR-9")).errors, []);
    }
}
