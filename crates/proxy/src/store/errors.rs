//! The owner's error log: what went wrong for all visitors, counted by cause and words, bounded in number and age.

use candor_protocol::Millis;
use candor_protocol::problem::Problem;
use candor_protocol::wire::{ErrorLog, LoggedError};
use sha2::{Digest, Sha256};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::database::{Transaction, integer};
use super::{Store, StoreError};
use crate::random;

/// The most errors that can be found by their reference; the oldest go first.
const MAX_ERRORS: u64 = 10_000;

/// The most of them of one kind: what somebody breaks on purpose is in nobody else's way.
const MAX_ERRORS_OF_KIND: u64 = 100;

/// The most kinds of one cause. Only words differ among them, which a visitor may have a part in.
const MAX_KINDS_OF_CAUSE: u64 = 50;

/// The most kinds that are listed.
const MAX_LISTED: u64 = 2_000;

/// The most references that one entry names.
const MAX_REFERENCES: usize = 20;

/// The most characters of the references that an entry keeps beside a new one.
const OTHER_REFERENCES_CHARS: i32 = 300;

/// What a group's columns are read as.
const GROUP: &str = "SELECT latest, times, first_at, last_at, latest_references FROM error_groups";

impl Store {
    /// Keeps an error, and counts it. It comes redacted; see [`candor_diagnosis::redact`].
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn keep_error(&self, problem: &Problem) -> Result<(), StoreError> {
        let Ok(json) = serde_json::to_string(problem) else { return Ok(()) };
        let mut transaction = self.database.begin().await?;
        let kept = sqlx::query(
            "INSERT INTO errors (reference, time, problem, kind) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(&problem.reference)
        .bind(integer(problem.time))
        .bind(&json)
        .bind(kind(problem))
        .execute(&mut *transaction)
        .await?;
        if kept.rows_affected() > 0 {
            count(&mut transaction, problem, &json).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The kinds of errors that have happened since a time, the latest first; with a reference, the error that has it, and
    /// how many there were of its kind.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn errors(&self, since: Millis, reference: Option<&str>) -> Result<ErrorLog, StoreError> {
        let mut reader = self.database.reader().await?;
        let Some(reference) = reference else {
            let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
                "{GROUP} WHERE last_at >= $1 ORDER BY last_at DESC, kind LIMIT $2"
            )))
            .bind(integer(since))
            .bind(integer(MAX_LISTED))
            .fetch_all(&mut *reader)
            .await?;
            let groups = rows.iter().map(group).collect::<Result<Vec<_>, _>>()?;
            return Ok(ErrorLog { errors: groups.into_iter().flatten().collect() });
        };
        let wanted = sqlx::query("SELECT problem, kind FROM errors WHERE reference = $1 AND time >= $2")
            .bind(reference.to_ascii_uppercase())
            .bind(integer(since))
            .fetch_optional(&mut *reader)
            .await?;
        let Some(wanted) = wanted else { return Ok(ErrorLog::default()) };
        let row = sqlx::query(sqlx::AssertSqlSafe(format!("{GROUP} WHERE kind = $1")))
            .bind(wanted.try_get::<Option<String>, _>("kind")?)
            .fetch_optional(&mut *reader)
            .await?;
        let (group, problem) =
            (row.map(|row| group(&row)).transpose()?.flatten(), problem(&wanted, "problem")?);
        let errors = group.zip(problem).map(|(group, latest)| LoggedError { latest, ..group });
        Ok(ErrorLog { errors: errors.into_iter().collect() })
    }

    /// Counts the errors that a version before this one has kept, or keeps beside it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn count_uncounted_errors(&self) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        let rows =
            sqlx::query("SELECT reference, problem FROM errors WHERE kind IS NULL ORDER BY time, reference")
                .fetch_all(&mut *transaction)
                .await?;
        for row in &rows {
            // One that nobody can read is of no kind, and goes with its age.
            let problem = problem(row, "problem")?;
            let kind = problem.as_ref().map_or_else(String::new, kind);
            sqlx::query("UPDATE errors SET kind = $1 WHERE reference = $2")
                .bind(kind)
                .bind(row.try_get::<String, _>("reference")?)
                .execute(&mut *transaction)
                .await?;
            if let Some(problem) = &problem {
                count(&mut transaction, problem, &row.try_get::<String, _>("problem")?).await?;
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Deletes errors from before a time, and those of which there are too many. Gives how many.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(super) async fn purge_errors(&self, before: Millis) -> Result<u64, StoreError> {
        let mut writer = self.database.writer().await?;
        let surplus = sqlx::query("SELECT time FROM errors ORDER BY time DESC LIMIT 1 OFFSET $1")
            .bind(integer(MAX_ERRORS - 1))
            .fetch_optional(&mut *writer)
            .await?;
        let oldest = surplus.map(|row| row.try_get::<i64, _>(0)).transpose()?.unwrap_or(0);
        let old = sqlx::query("DELETE FROM errors WHERE time < $1")
            .bind(integer(before).max(oldest))
            .execute(&mut *writer)
            .await?;
        let too_many = sqlx::query(
            "DELETE FROM errors WHERE reference IN (SELECT reference FROM
               (SELECT reference, ROW_NUMBER() OVER (PARTITION BY kind ORDER BY time DESC, reference) AS place FROM errors) AS placed
             WHERE place > $1)",
        )
        .bind(integer(MAX_ERRORS_OF_KIND))
        .execute(&mut *writer)
        .await?;
        sqlx::query("DELETE FROM error_groups WHERE last_at < $1")
            .bind(integer(before))
            .execute(&mut *writer)
            .await?;
        Ok(old.rows_affected() + too_many.rows_affected())
    }
}

/// One more of its kind. Of the kinds of its cause those that were longest ago go where there are too many.
async fn count(transaction: &mut Transaction, problem: &Problem, json: &str) -> Result<(), StoreError> {
    let times: i64 = sqlx::query(
        "INSERT INTO error_groups (kind, cause, times, first_at, last_at, latest, latest_references)
         VALUES ($1, $2, 1, $3, $3, $4, $5)
         ON CONFLICT (kind) DO UPDATE SET times = error_groups.times + 1, last_at = excluded.last_at, latest = excluded.latest,
           latest_references = excluded.latest_references || ' ' || substr(error_groups.latest_references, 1, $6)
         RETURNING times",
    )
    .bind(kind(problem))
    .bind(problem.cause.as_str())
    .bind(integer(problem.time))
    .bind(json)
    .bind(&problem.reference)
    .bind(OTHER_REFERENCES_CHARS)
    .fetch_one(&mut **transaction)
    .await?
    .try_get(0)?;
    if times == 1 {
        sqlx::query(
            "DELETE FROM error_groups WHERE kind IN
               (SELECT kind FROM error_groups WHERE cause = $1 ORDER BY last_at DESC, kind LIMIT $2 OFFSET $3)",
        )
        .bind(problem.cause.as_str())
        .bind(integer(MAX_LISTED))
        .bind(integer(MAX_KINDS_OF_CAUSE))
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

/// What errors of one cause in the same words have in common.
fn kind(problem: &Problem) -> String {
    let words = problem.forum_line().unwrap_or_default();
    random::hex(&Sha256::digest(format!("{}\n{words}", problem.cause.as_str())))
}

/// The problem in a column. One of another version's form is left out rather than hiding all others.
fn problem(row: &AnyRow, column: &str) -> sqlx::Result<Option<Problem>> {
    Ok(serde_json::from_str(&row.try_get::<String, _>(column)?).ok())
}

fn group(row: &AnyRow) -> sqlx::Result<Option<LoggedError>> {
    let number = |column| row.try_get::<i64, _>(column).map(|number| number.try_into().unwrap_or_default());
    let references: String = row.try_get("latest_references")?;
    let Some(latest) = problem(row, "latest")? else { return Ok(None) };
    Ok(Some(LoggedError {
        latest,
        count: usize::try_from(number("times")?).unwrap_or(usize::MAX),
        first: number("first_at")?,
        last: number("last_at")?,
        references: references.split(' ').take(MAX_REFERENCES).map(str::to_owned).collect(),
    }))
}

#[cfg(test)]
mod tests {
    use candor_protocol::api_error::ApiError;
    use candor_protocol::cause::{Cause, known};

    use super::*;

    fn problem(cause: &Cause, reference: &str, time: Millis) -> Problem {
        Problem::new(cause, 502, reference.to_owned(), time)
    }

    fn in_words(words: &str, reference: &str, time: Millis) -> Problem {
        let upstream = ApiError { message: Some(words.to_owned()), ..ApiError::default() };
        Problem { upstream: Some(upstream), ..problem(&known::invalid_request, reference, time) }
    }

    async fn store_with(problems: impl IntoIterator<Item = Problem>) -> Store {
        let store = Store::in_memory().await.unwrap();
        for problem in problems {
            store.keep_error(&problem).await.unwrap();
        }
        store
    }

    fn three() -> [Problem; 3] {
        [
            problem(&known::overloaded, "CR-1", 1000),
            problem(&known::missing_scope, "CR-2", 2000),
            problem(&known::overloaded, "CR-3", 3000),
        ]
    }

    #[tokio::test]
    async fn errors_are_counted_by_cause_the_latest_first() {
        let store = store_with(three()).await;
        let told = |log: ErrorLog| {
            let told = |group: &LoggedError| {
                (group.latest.cause.as_str().to_owned(), group.count, group.first, group.last)
            };
            log.errors.iter().map(told).collect::<Vec<_>>()
        };
        let log = store.errors(0, None).await.unwrap();
        assert_eq!(log.errors[0].references, ["CR-3", "CR-1"]);
        assert_eq!(log.errors[0].latest.reference, "CR-3");
        assert_eq!(
            told(log),
            [("overloaded".into(), 2, 1000, 3000), ("missing_scope".into(), 1, 2000, 2000)]
        );
        assert_eq!(told(store.errors(2500, None).await.unwrap()), [("overloaded".into(), 2, 1000, 3000)]);
    }

    #[tokio::test]
    async fn a_reference_finds_its_error() {
        let store = store_with(three()).await;
        let log = store.errors(0, Some("cr-1")).await.unwrap().errors;
        assert_eq!((log.len(), log[0].latest.reference.as_str(), log[0].count), (1, "CR-1", 2));
        assert_eq!(store.errors(0, Some("CR-9")).await.unwrap().errors, []);
    }

    #[tokio::test]
    async fn an_error_is_counted_once() {
        let [one, ..] = three();
        let store = store_with([one.clone(), one]).await;
        assert_eq!(store.errors(0, None).await.unwrap().errors[0].count, 1);
    }

    #[tokio::test]
    async fn what_somebody_breaks_on_purpose_pushes_no_other_error_out() {
        let store = store_with(three()).await;
        for number in 0..2 * MAX_KINDS_OF_CAUSE {
            let words = format!("“{number}” is not allowed");
            store.keep_error(&in_words(&words, &format!("CR-A{number}"), 4000 + number)).await.unwrap();
        }
        for number in 0..2 * MAX_ERRORS_OF_KIND {
            store
                .keep_error(&in_words("always the same", &format!("CR-B{number}"), 5000 + number))
                .await
                .unwrap();
        }
        let log = store.errors(0, None).await.unwrap().errors;
        assert_eq!(log[0].count as u64, 2 * MAX_ERRORS_OF_KIND);
        assert_eq!(log[0].references.len(), MAX_REFERENCES);
        assert_eq!(log.len() as u64, MAX_KINDS_OF_CAUSE + 2);
        assert_eq!(log.last().unwrap().latest.cause, known::missing_scope.id);
        assert_eq!(store.purge_errors(0).await.unwrap(), MAX_ERRORS_OF_KIND);
        assert!(
            store.errors(0, Some("CR-1")).await.unwrap().errors.len() == 1,
            "it is found by its reference"
        );
        assert!(store.errors(0, Some("CR-B0")).await.unwrap().errors.is_empty());
    }

    #[tokio::test]
    async fn what_a_version_before_has_kept_is_counted_once() {
        let store = store_with([]).await;
        for problem in three() {
            sqlx::query("INSERT INTO errors (reference, time, problem) VALUES ($1, $2, $3)")
                .bind(&problem.reference)
                .bind(integer(problem.time))
                .bind(serde_json::to_string(&problem).unwrap())
                .execute(&mut *store.database.writer().await.unwrap())
                .await
                .unwrap();
        }
        for _ in 0..2 {
            store.count_uncounted_errors().await.unwrap();
            let log = store.errors(0, None).await.unwrap().errors;
            assert_eq!((log.len(), log[0].count, log[1].count), (2, 2, 1));
        }
    }
}
