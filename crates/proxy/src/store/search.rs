//! The search in a visitor's conversations, which ends within a time however much there is to look through.
//!
//! 1. Conversations are looked through from the latest on, some at a time: most visitors have few, and what stands in many is
//!    found at once.
//! 2. What is left after a while is asked of the index: trigrams, by FTS5 in SQLite and pg_trgm in PostgreSQL.
//! 3. Where that does not answer soon either, because only one or two letters are looked for, or what nearly everything has,
//!    the page ends with what was found, and its `next` goes on behind the place.
//!
//! Whichever way it is found, the words are in the text as they were asked for: the index only says where to look.

use std::time::{Duration, Instant};

use candor_protocol::summary;
use candor_protocol::wire::{Conversation, Conversations};
use futures_util::TryStreamExt;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::sqlite::SqlitePool;
use sqlx::{Any, Executor, Row};
use tokio::time::timeout_at;

use super::conversations::{Page, columns, conversation};
use super::database::Kind;
use super::{Store, StoreError, VisitorId};

/// How many conversations are looked through at a time, at first and at most.
const FIRST_SLICE: i64 = 8;
const MAX_SLICE: i64 = 256;

/// How long that should take, so that the time that is left is looked at often enough.
const SLICE_TIME: Duration = Duration::from_millis(5);

/// How much longer it may take where conversations are longer than those before: it is then left in the middle, behind one of them.
const SLICE_GRACE: Duration = Duration::from_millis(15);

/// How long the index may take, the wait for it included.
const INDEX_TIME: Duration = Duration::from_millis(30);

/// How long it may take to look at what it has found.
const LOOK_TIME: Duration = Duration::from_millis(15);

/// The fewest signs that the index finds.
const TRIGRAM: usize = 3;

/// The most trigrams that the index is asked for; what it finds is looked at again anyway.
const MAX_TRIGRAMS: usize = 32;

/// After how many steps of SQLite's machine the time is looked at. Reading a page of the index takes some of them.
const STEPS: i32 = 100;

/// The code of SQLite's error where a statement was interrupted.
const SQLITE_INTERRUPT: &str = "9";

/// PostgreSQL's code where a statement took longer than it may.
const QUERY_CANCELED: &str = "57014";

/// What PostgreSQL makes the index by, without keeping anybody from writing meanwhile.
const POSTGRES_INDEX: [&str; 3] = [
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS messages_by_words ON messages USING gin (folded gin_trgm_ops)",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS conversations_by_words ON conversations USING gin (folded gin_trgm_ops)",
];

/// What is looked for.
struct Needle<'a> {
    words: &'a str,
    folded: String,
}

impl<'a> Needle<'a> {
    fn new(words: &'a str) -> Self {
        Self { words, folded: words.to_lowercase() }
    }

    /// A pattern for `LIKE … ESCAPE '\'`, by which PostgreSQL’s index finds it anywhere in folded text.
    fn pattern(&self) -> String {
        let mut pattern = String::from("%");
        for letter in self.folded.chars() {
            if matches!(letter, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(letter);
        }
        pattern.push('%');
        pattern
    }

    /// The question for FTS5: all of its trigrams. `None` where it is shorter than one.
    fn trigrams(&self) -> Option<String> {
        let letters: Vec<char> = self.folded.chars().collect();
        let mut trigrams: Vec<String> = letters
            .windows(TRIGRAM)
            .map(|three| format!("\"{}\"", three.iter().collect::<String>().replace('"', "\"\"")))
            .collect();
        trigrams.sort();
        trigrams.dedup();
        trigrams.truncate(MAX_TRIGRAMS);
        (!trigrams.is_empty()).then(|| trigrams.join(" AND "))
    }

    /// The conversation of a row with `folded` and `found`, where it has the needle; `preview` is then the place.
    fn in_row(&self, row: &AnyRow) -> sqlx::Result<Option<Conversation>> {
        let found: Option<String> = row.try_get("found")?;
        if found.is_none() && !row.try_get::<String, _>("folded")?.contains(&self.folded) {
            return Ok(None);
        }
        let mut listed = conversation(row)?;
        if let Some(found) = found {
            listed.preview = summary::excerpt(&found, self.words);
        }
        Ok(Some(listed))
    }
}

/// What [`Needle::in_row`] reads; `$1` is the folded needle. It is not looked for by LIKE, which takes the time of text and needle
/// multiplied where one nearly has the other at every place.
fn found_columns(kind: Kind) -> String {
    let place = place_of(kind);
    format!(
        "{}, folded, (SELECT content FROM messages WHERE conversation_id = conversations.id
           AND {place}(messages.folded, $1) > 0 ORDER BY number DESC LIMIT 1) AS found",
        columns!()
    )
}

/// What the function is called that tells the place of one text in another.
fn place_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "instr",
        Kind::Postgres => "strpos",
    }
}

/// What has come of looking through conversations.
#[derive(Default)]
struct Looked {
    /// Those that have the needle, with their places in the list.
    found: Vec<(i64, Conversation)>,
    /// How many were looked through.
    count: i64,
    /// The place of the last of them.
    last: Option<i64>,
    /// Whether there was time for all.
    is_end: bool,
}

/// How many conversations are looked through next, where as many as now took so long.
fn next_slice(size: i64, took: Duration) -> i64 {
    let next = if took < SLICE_TIME { size * 2 } else { size / 2 };
    next.clamp(1, MAX_SLICE)
}

impl Store {
    /// A page of the visitor's conversations that have these words, the latest first.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub(super) async fn search(
        &self,
        visitor: &VisitorId,
        page: &Page,
        words: &str,
    ) -> Result<Conversations, StoreError> {
        let needle = Needle::new(words);
        let deadline = Instant::now() + self.limits.search_time;
        // One more than asked for tells whether there is another page.
        let wanted = page.limit as usize + 1;
        let mut found: Vec<(i64, Conversation)> = Vec::new();
        let mut before = page.before.unwrap_or(i64::MAX);
        let mut size = FIRST_SLICE;
        let is_whole = loop {
            let begun = Instant::now();
            let slice = self.slice(visitor, &needle, before, size, deadline + SLICE_GRACE).await?;
            before = slice.last.unwrap_or(before);
            found.extend(slice.found);
            if found.len() >= wanted || slice.is_end {
                break true;
            }
            if Instant::now() >= deadline {
                break false;
            }
            size = next_slice(size, begun.elapsed());
        };
        let mut next = None;
        if !is_whole {
            let missing = wanted - found.len();
            match self.look_up(visitor, &needle, before, missing).await? {
                Some(ids) => {
                    let these = self.these(&needle, &ids, Instant::now() + LOOK_TIME).await?;
                    found.extend(these.found);
                    next = these.last.filter(|_| !these.is_end);
                }
                None => next = Some(before),
            }
        }
        if found.len() >= wanted {
            found.truncate(wanted - 1);
            next = found.last().map(|(position, _)| *position);
        }
        let conversations = found.into_iter().map(|(_, listed)| listed).collect();
        Ok(Conversations { conversations, next: next.map(|position| position.to_string()) })
    }

    /// Looks through the next conversations of the visitor.
    async fn slice(
        &self,
        visitor: &VisitorId,
        needle: &Needle<'_>,
        before: i64,
        size: i64,
        deadline: Instant,
    ) -> sqlx::Result<Looked> {
        let statement = format!(
            "SELECT {} FROM conversations WHERE visitor_id = $2 AND position < $3 ORDER BY position DESC LIMIT $4",
            found_columns(self.database.kind())
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(statement));
        let query = query.bind(&needle.folded).bind(&visitor.0).bind(before).bind(size);
        let looked = self.look(needle, query, deadline).await?;
        Ok(Looked { is_end: looked.is_end && looked.count < size, ..looked })
    }

    /// Looks through these conversations.
    async fn these(&self, needle: &Needle<'_>, ids: &[String], deadline: Instant) -> sqlx::Result<Looked> {
        if ids.is_empty() {
            return Ok(Looked { is_end: true, ..Looked::default() });
        }
        let places: Vec<String> = (2..ids.len() + 2).map(|place| format!("${place}")).collect();
        let statement = format!(
            "SELECT {} FROM conversations WHERE id IN ({}) ORDER BY position DESC",
            found_columns(self.database.kind()),
            places.join(", ")
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(statement)).bind(&needle.folded);
        for id in ids {
            query = query.bind(id);
        }
        self.look(needle, query, deadline).await
    }

    /// Looks through the conversations of a query, the latest first, as far as there is time; through one at least.
    async fn look(
        &self,
        needle: &Needle<'_>,
        query: Query<'_, Any, AnyArguments>,
        deadline: Instant,
    ) -> sqlx::Result<Looked> {
        let mut looked = Looked::default();
        let mut connection = self.database.reader().await?;
        let mut rows = query.fetch(&mut *connection);
        while let Some(row) = rows.try_next().await? {
            let position = row.try_get("position")?;
            looked.found.extend(needle.in_row(&row)?.map(|listed| (position, listed)));
            looked.last = Some(position);
            looked.count += 1;
            if Instant::now() >= deadline {
                return Ok(looked);
            }
        }
        Ok(Looked { is_end: true, ..looked })
    }

    /// The ids of the next conversations behind a place that may have it, as the index says. `None` where it does not say.
    async fn look_up(
        &self,
        visitor: &VisitorId,
        needle: &Needle<'_>,
        before: i64,
        most: usize,
    ) -> Result<Option<Vec<String>>, StoreError> {
        let Some(trigrams) = needle.trigrams() else { return Ok(None) };
        let most = most as i64;
        let asked = match (self.database.kind(), self.database.interruptible()) {
            (Kind::Sqlite, None) => return Ok(None),
            (Kind::Sqlite, Some(pool)) => in_sqlite(pool, visitor, &trigrams, needle, before, most).await,
            (Kind::Postgres, _) => self.in_postgres(visitor, &needle.pattern(), before, most).await,
        };
        match asked {
            Ok(ids) => Ok(Some(ids)),
            Err(error) if took_too_long(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn in_postgres(
        &self,
        visitor: &VisitorId,
        pattern: &str,
        before: i64,
        most: i64,
    ) -> sqlx::Result<Vec<String>> {
        let mut transaction = self.database.begin().await?;
        let timeout = format!("SET LOCAL statement_timeout = {}", INDEX_TIME.as_millis());
        transaction.execute(sqlx::AssertSqlSafe(timeout)).await?;
        let rows = sqlx::query(
            r"SELECT id FROM
                (SELECT conversations.id, position FROM messages JOIN conversations ON conversations.id = conversation_id
                 WHERE messages.folded LIKE $1 ESCAPE '\' AND visitor_id = $2 AND position < $3
                 UNION
                 SELECT id, position FROM conversations
                 WHERE folded LIKE $1 ESCAPE '\' AND visitor_id = $2 AND position < $3) AS found
              ORDER BY position DESC LIMIT $4",
        )
        .bind(pattern)
        .bind(&visitor.0)
        .bind(before)
        .bind(most)
        .fetch_all(&mut *transaction)
        .await?;
        rows.iter().map(|row| row.try_get(0)).collect()
    }

    /// Makes PostgreSQL's index, where it is missing; SQLite's comes with its tables. Where PostgreSQL has no pg_trgm, or does
    /// not let this user have it, the search does without.
    pub async fn index_search(&self) {
        if self.database.kind() != Kind::Postgres {
            return;
        }
        for statement in POSTGRES_INDEX {
            let made = match self.database.writer().await {
                Ok(mut writer) => writer.execute(statement).await,
                Err(error) => Err(error),
            };
            if let Err(error) = made {
                tracing::warn!(%error, "the search has no index; let the database’s user create the extension pg_trgm");
                return;
            }
        }
    }
}

async fn in_sqlite(
    pool: &SqlitePool,
    visitor: &VisitorId,
    trigrams: &str,
    needle: &Needle<'_>,
    before: i64,
    most: i64,
) -> sqlx::Result<Vec<String>> {
    let deadline = Instant::now() + INDEX_TIME;
    let waited = timeout_at(deadline.into(), pool.acquire()).await;
    let mut connection = waited.unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
    connection.lock_handle().await?.set_progress_handler(STEPS, move || Instant::now() < deadline);
    let rows = sqlx::query(
        r"SELECT id FROM
            (SELECT conversations.id, position FROM message_search
             CROSS JOIN messages ON messages.search_id = message_search.rowid
             CROSS JOIN conversations ON conversations.id = messages.conversation_id
             WHERE message_search MATCH $1 AND visitor_id = $2 AND position < $3 AND instr(messages.folded, $4) > 0
             UNION
             SELECT conversations.id, position FROM title_search
             CROSS JOIN conversations ON conversations.search_id = title_search.rowid
             WHERE title_search MATCH $1 AND visitor_id = $2 AND position < $3 AND instr(conversations.folded, $4) > 0)
          ORDER BY position DESC LIMIT $5",
    )
    .bind(trigrams)
    .bind(&visitor.0)
    .bind(before)
    .bind(&needle.folded)
    .bind(most)
    .fetch_all(&mut *connection)
    .await;
    connection.lock_handle().await?.remove_progress_handler();
    rows?.iter().map(|row| row.try_get(0)).collect()
}

fn took_too_long(error: &sqlx::Error) -> bool {
    if matches!(error, sqlx::Error::PoolTimedOut) {
        return true;
    }
    let code = error.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| code == SQLITE_INTERRUPT || code == QUERY_CANCELED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_as_they_are() {
        assert_eq!(Needle::new("50%_Off\\").pattern(), r"%50\%\_off\\%");
    }

    #[test]
    fn the_index_is_asked_for_three_signs_in_a_row_of_any_script() {
        assert_eq!(Needle::new("Rad\"").trigrams().as_deref(), Some(r#""ad""" AND "rad""#));
        assert_eq!(Needle::new("自転車").trigrams().as_deref(), Some("\"自転車\""));
        assert_eq!(Needle::new("返金").trigrams(), None);
        assert_eq!(Needle::new("aaaaaa").trigrams().as_deref(), Some("\"aaa\""));
    }

    #[test]
    fn slices_grow_while_they_are_quick_and_shrink_where_they_are_not() {
        assert_eq!(next_slice(8, Duration::from_millis(1)), 16);
        assert_eq!(next_slice(MAX_SLICE, Duration::from_millis(1)), MAX_SLICE);
        assert_eq!(next_slice(8, Duration::from_millis(9)), 4);
        assert_eq!(next_slice(1, Duration::from_millis(9)), 1);
    }
}
