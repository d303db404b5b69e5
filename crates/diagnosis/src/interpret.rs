//! What a provider said, as a problem: read where its sender has passed it on unread.

use candor_protocol::Millis;
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::{Cause, known};
use candor_protocol::problem::{HIDDEN, Problem, UNREAD};

use crate::completions::NO_WORD_WITHIN_LIMIT;
use crate::recognise::{recognise_by_code, recognise_upstream};

/// What somebody beyond the proxy has failed with, as it is kept and shown.
pub fn upstream_problem(cause: &Cause, upstream: ApiError, reference: String, time: Millis) -> Problem {
    let problem = Problem::new(cause, status_of(cause), reference, time);
    let problem = match upstream.retry_after.filter(|_| cause.retryable) {
        Some(1) => problem.with_detail("Your message is kept. Try again in 1 second."),
        Some(seconds) => {
            problem.with_detail(format!("Your message is kept. Try again in {seconds} seconds."))
        }
        // Without a word of an answer there is nothing to go on from.
        None if upstream.code.as_deref() == Some(NO_WORD_WITHIN_LIMIT) => {
            Problem { title: known::OTHERWISE_TITLE.to_owned(), ..problem.with_detail(known::OWNER_MUST_ACT) }
        }
        None => problem,
    };
    problem.with_upstream(upstream)
}

/// The HTTP status that says it to a program.
fn status_of(cause: &Cause) -> u16 {
    let slow = [&known::timeout, &known::gateway_timeout, &known::stream_stalled];
    if *cause == known::rate_limit {
        429
    } else if *cause == known::overloaded {
        503
    } else if slow.contains(&cause) {
        504
    } else {
        502
    }
}

/// The problem, read where its sender has not: a proxy in PHP passes on what the provider said, and where the owner lets
/// visitors see a part of it alone, a code can still leave no doubt.
pub fn interpret(problem: Problem) -> Problem {
    let Some(said) = problem.upstream.as_ref() else { return problem };
    let found = match problem.cause.as_str() {
        UNREAD => Some(recognise_upstream(said)),
        HIDDEN => recognise_by_code(said),
        _ => None,
    };
    match (found, problem.upstream.clone()) {
        (Some(entry), Some(said)) => upstream_problem(entry.cause, said, problem.reference, problem.time),
        _ => problem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wordpress_in_the_providers_place_is_not_the_pages_own() {
        let login = ApiError {
            status: 200,
            message: Some("Log In ‹ My Shop — WordPress".to_owned()),
            content_type: Some("text/html".to_owned()),
            ..ApiError::default()
        };
        let mut sent = Problem::new(&known::server_error, 502, "CR-1".to_owned(), 7).with_upstream(login);
        sent.cause = UNREAD.to_owned();
        assert_eq!(interpret(sent).cause, "gateway_html");
    }

    #[test]
    fn what_nobody_has_read_yet_is_read() {
        let said = ApiError {
            status: 403,
            error_type: Some("invalid_request_error".to_owned()),
            message: Some(
                "You have insufficient permissions for this operation. Missing scopes: model.request."
                    .to_owned(),
            ),
            ..ApiError::default()
        };
        let mut sent =
            Problem::new(&known::server_error, 502, "CR-1".to_owned(), 7).with_upstream(said.clone());
        sent.cause = UNREAD.to_owned();
        assert!(sent.is_unread());
        let read = interpret(sent);
        let expected = Problem::new(&known::missing_scope, 502, "CR-1".to_owned(), 7).with_upstream(said);
        assert_eq!(read, expected);
        assert_eq!(interpret(read.clone()), read, "once is enough");
    }
}
