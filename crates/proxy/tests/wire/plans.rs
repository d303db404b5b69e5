//! The plan of every query that the store makes: none reads a whole table.

use std::collections::BTreeSet;
use std::sync::{Mutex, Once};

use axum::body::Body;
use axum::http::Method;
use candor_proxy::config::DatabaseAddress;
use candor_proxy::store::Database;
use sqlx::{AnyConnection, Connection, Executor, Row};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::client::Client;
use crate::database;

/// What may be read from end to end: indexes and tables whose content is bounded, and what is numbered by them.
const BOUNDED: &[&str] = &[
    "messages_under_way",
    "errors_by_time",
    "errors_by_kind",
    "audit_log_by_time",
    "audit_log_by_action",
    "owners",
    "started_settings",
    "schema_readers",
    "(subquery-",
    "SCAN placed",
    "VALUES CLAUSE",
];

/// The statements that sqlx has logged in this process.
static STATEMENTS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

struct Statements;

impl<S: Subscriber> Layer<S> for Statements {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        struct Logged(String);
        impl Visit for Logged {
            fn record_str(&mut self, field: &Field, text: &str) {
                // A short one is its own summary.
                let is_wanted = match field.name() {
                    "db.statement" => !text.is_empty(),
                    "summary" => self.0.is_empty(),
                    _ => false,
                };
                if is_wanted {
                    text.trim().clone_into(&mut self.0);
                }
            }
            fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
        }
        let mut logged = Logged(String::new());
        event.record(&mut logged);
        STATEMENTS.lock().unwrap().insert(logged.0);
    }
}

/// Does everything that asks the store for something.
async fn exercise() {
    let visitor = Client::visitor(&[
        ("CANDOR_OWNER_TOKEN", "only-the-owner"),
        ("CANDOR_LINKING", "true"),
        ("CANDOR_LIMITS_ANSWERS_ADDRESS_DAY", "100"),
        ("CANDOR_LIMITS_TOKENS_SITE_DAY", "100000"),
    ])
    .await;
    let conversation = visitor.conversation().await;
    let message = visitor.say(&conversation, "hello", &[("idempotency-key", "k")]).await.message().id;
    visitor.say(&conversation, "hello", &[("idempotency-key", "k")]).await;
    visitor.say(&conversation, "fail: overloaded", &[]).await;
    visitor.messages(&conversation).await;
    visitor.get(&format!("{conversation}/messages?limit=1&before=2")).await;
    let key = [("idempotency-key", "k")];
    visitor.send(Method::POST, "/conversations", &key, Body::empty()).await;
    visitor.get("/conversations?search=hello").await;
    visitor.get("/conversations").await;
    let forwarded = [("x-forwarded-for", "192.0.2.1")];
    visitor.send(Method::POST, "/visitors", &forwarded, Body::empty()).await;
    visitor.patch(&conversation, r#"{"title":"t"}"#).await;
    visitor.send(Method::POST, &format!("{conversation}/messages/{message}/reply"), &[], Body::empty()).await;
    visitor.with_token(Some("only-the-owner")).get("/diagnostics/errors").await;
    let reply = visitor.messages(&conversation).await.pop().unwrap().id;
    let (feedback, json) =
        (format!("{conversation}/messages/{reply}/feedback"), [("content-type", "application/json")]);
    assert_eq!(visitor.send(Method::PUT, &feedback, &json, r#"{"rating":"up"}"#).await.status, 204);
    assert_eq!(visitor.delete(&feedback.replace(&reply, "m_0")).await.status, 404);
    visitor.with_token(Some("only-the-owner")).get("/diagnostics/feedback").await;
    visitor.delete(&conversation).await;
    let code = visitor.post("/visitors/code", "").await.body;
    let code = serde_json::from_str::<serde_json::Value>(&code).unwrap()["code"].to_string();
    visitor.another().await.post("/visitors", &format!(r#"{{"code":{code}}}"#)).await;
    visitor.delete("/visitors/others").await;
    visitor.delete("/visitors").await;
    let store = database::store().await;
    store.ask_to_stop("").await.unwrap();
    store.end_abandoned(true).await.unwrap();
    store.end_leases(true).await.unwrap();
    store.renew_leases(&[""]).await.unwrap();
    store.audit_log().await.unwrap();
    store.purge(Some(1), 1).await.unwrap();
    store.owners().await.unwrap();
    store.revoke_owner("Anna").await.unwrap();
    store.note_settings(&Default::default()).await.unwrap();
    store.archived_after("").await.unwrap();
    store.unnamed_proxy().await.unwrap();
    store.forget_unnamed_proxy().await.unwrap();
}

#[tokio::test]
async fn no_query_reads_a_whole_table() {
    static LISTEN: Once = Once::new();
    LISTEN.call_once(|| {
        let only_sqlx = Targets::new().with_target("sqlx::query", LevelFilter::TRACE);
        tracing_subscriber::registry().with(Statements.with_filter(only_sqlx)).init();
    });
    exercise().await;
    let folder = tempfile::tempdir().unwrap();
    let address = match database::address().await {
        DatabaseAddress::Memory => DatabaseAddress::File(folder.path().join("candor.db")),
        postgres => postgres,
    };
    Database::open(&address).await.unwrap().close().await;
    let statements: Vec<String> = STATEMENTS.lock().unwrap().iter().cloned().collect();
    let statements: Vec<&String> = statements
        .iter()
        .filter(|statement| {
            let is_ours = !statement.contains("_sqlx_migrations") && !statement.contains("CREATE ");
            is_ours
                && ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|verb| statement.starts_with(verb))
        })
        .collect();
    assert!(statements.len() > 25, "{statements:#?}");
    let mut whole = Vec::new();
    for statement in statements {
        let plan = match &address {
            DatabaseAddress::Postgres(url) => postgres_plan(url.reveal(), statement).await,
            _ => sqlite_plan(&address.name(), statement).await,
        };
        let bounded = |line: &String| BOUNDED.iter().any(|index| line.contains(index));
        whole.extend(
            plan.into_iter().filter(|line| !bounded(line)).map(|line| format!("{line}: {statement}")),
        );
    }
    assert!(whole.is_empty(), "{whole:#?}");
}

/// The steps of SQLite's plan that go through a table or an index from end to end.
async fn sqlite_plan(file: &str, statement: &str) -> Vec<String> {
    let mut connection = AnyConnection::connect(&format!("sqlite://{file}")).await.unwrap();
    let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows = connection.fetch_all(sqlx::query(explain)).await.unwrap();
    connection.close().await.unwrap();
    let steps = rows.iter().map(|row| row.get::<String, _>("detail"));
    steps.filter(|step| step.starts_with("SCAN ") && !step.contains("CONSTANT ROW")).collect()
}

/// The same of PostgreSQL's, which is told that a table is no small one.
async fn postgres_plan(url: &str, statement: &str) -> Vec<String> {
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let count = (1..100).rev().find(|number| statement.contains(&format!("${number}"))).unwrap_or(0);
    let values = vec!["NULL"; count].join(", ");
    let values = if count == 0 { String::new() } else { format!("({values})") };
    for set in [
        "SET enable_seqscan = off",
        "SET enable_bitmapscan = off",
        "SET plan_cache_mode = force_generic_plan",
    ] {
        connection.execute(set).await.unwrap();
    }
    let prepare = sqlx::AssertSqlSafe(format!("PREPARE it AS {statement}"));
    connection.execute(sqlx::raw_sql(prepare)).await.unwrap();
    let explain = sqlx::AssertSqlSafe(format!("EXPLAIN EXECUTE it{values}"));
    let rows = connection.fetch_all(sqlx::raw_sql(explain)).await.unwrap();
    connection.close().await.unwrap();
    let steps: Vec<String> = rows.iter().map(|row| row.get::<String, _>(0)).collect();
    let mut whole = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        let details = steps[at + 1..].iter().take_while(|line| !line.contains("->"));
        let is_whole = step.contains("Seq Scan")
            || (step.contains("Index") && step.contains("Scan using"))
                && !details.clone().any(|line| line.contains("Index Cond"));
        if is_whole {
            whole.push(step.trim().to_owned());
        }
    }
    whole
}
