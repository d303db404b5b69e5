//! How long a visitor waits for History where a million messages are kept. `cargo xtask bench history` runs it on both
//! databases, beside a small one of the same kind; `cargo xtask fill URL` only makes the big one. `conversation URL` makes
//! one of a single long conversation, for the bench of the widget.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a bench fails by panicking")]
#![allow(clippy::print_stdout, reason = "it prints what it measures")]

#[path = "../tests/wire/database.rs"]
#[allow(dead_code, reason = "only the server is wanted here")]
mod database;

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use candor_proxy::App;
use candor_proxy::assets::Assets;
use candor_proxy::config::DatabaseAddress;
use candor_proxy::config::Settings;
use candor_proxy::provider::demo::Demo;
use candor_proxy::random::hex;
use candor_proxy::store::{Database, Limits, Store};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::{Any, AnyConnection, Connection, Executor, Transaction};
use tower::ServiceExt;

use Value::{Number, Text};

/// Of each visitor, and of each conversation.
const CONVERSATIONS: u64 = 20;
const MESSAGES: u64 = 20;

/// Visitors: 2,500 make 50,000 conversations and 1,000,000 messages.
const MANY: u64 = 2_500;
const FEW: u64 = 5;

/// Requests of each kind that are measured, after some that are not.
const MEASURED: usize = 2_000;
const WARM_UP: usize = 100;

/// The same for one visitor who has everything: a search there takes its whole time.
const MEASURED_OF_ONE: usize = 100;

/// Messages of the long conversation, whose visitor has the token `ct_` and 64 zeros.
const LONG: u64 = 10_000;

/// What its last message says.
const LAST_WORDS: &str = "That is all there is to say";

/// Rows of one INSERT.
const ROWS: u64 = 500;

const WORDS: &[&str] = &[
    "seat", "bicycle", "helmet", "service", "order", "refund", "brake", "light", "child", "wheel", "chain",
    "open", "price", "repair", "saddle", "pump", "bell", "frame", "pedal", "route",
];

/// A number that looks random and is the same in every run (splitmix64, Steele and others 2014).
fn mixed(number: u64) -> u64 {
    let mut x = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Some thirty words.
fn text(number: u64) -> String {
    let word = |at: u64| WORDS[mixed(number * 31 + at) as usize % WORDS.len()];
    (0..30).map(word).collect::<Vec<_>>().join(" ")
}

fn token(visitor: u64) -> String {
    format!("ct_{visitor:064x}")
}

fn conversation(visitor: u64, number: u64) -> String {
    format!("c_{:032x}", visitor * CONVERSATIONS + number)
}

/// What stands in a row.
enum Value {
    Text(String),
    Number(i64),
}

/// Rows, all of one form, in one statement.
async fn insert(transaction: &mut Transaction<'_, Any>, into: &str, rows: impl Iterator<Item = Vec<Value>>) {
    let rows: Vec<Vec<Value>> = rows.collect();
    let width = rows[0].len();
    let places = (0..rows.len()).map(|row| {
        let places: Vec<_> = (1..=width).map(|column| format!("${}", row * width + column)).collect();
        format!("({})", places.join(", "))
    });
    let statement = format!("INSERT INTO {into} VALUES {}", places.collect::<Vec<_>>().join(", "));
    let mut query = sqlx::query(sqlx::AssertSqlSafe(statement));
    for value in rows.into_iter().flatten() {
        query = match value {
            Text(text) => query.bind(text),
            Number(number) => query.bind(number),
        };
    }
    query.execute(&mut **transaction).await.unwrap();
}

/// What an assistant writes: a paragraph, and a list under it.
fn answer(number: u64) -> String {
    let words = |from: u64| text(number.wrapping_mul(7) + from);
    let item = |at: u64| format!("- **{}**: {}", WORDS[mixed(number + at) as usize % WORDS.len()], words(at));
    format!(
        "{}. **{}.**\n\n{}\n{}\n{}",
        words(0),
        WORDS[number as usize % WORDS.len()],
        item(1),
        item(2),
        item(3)
    )
}

/// Fills an empty database: so many visitors, each with conversations full of messages.
async fn fill(address: &DatabaseAddress, visitors: u64) {
    fill_with(address, visitors, CONVERSATIONS, MESSAGES, text).await;
}

/// Fills an empty database with one visitor who has one long conversation.
async fn fill_conversation(address: &DatabaseAddress) {
    fill_with(address, 1, 1, LONG, |number| match number {
        last if last + 1 == LONG => format!("{}\n\n{LAST_WORDS}", answer(last)),
        visitors if visitors % 2 == 0 => text(visitors),
        replies => answer(replies),
    })
    .await;
}

/// Fills an empty database: so many visitors, each with so many conversations of so many messages, whose words are those of
/// their number.
async fn fill_with(
    address: &DatabaseAddress,
    visitors: u64,
    conversations: u64,
    messages: u64,
    content: impl Fn(u64) -> String,
) {
    Database::open(address).await.unwrap().close().await;
    let url = match address {
        DatabaseAddress::Postgres(url) => url.reveal().to_owned(),
        address => format!("sqlite://{}", address.name()),
    };
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    let is_filled =
        sqlx::query("SELECT id FROM visitors LIMIT 1").fetch_optional(&mut connection).await.unwrap();
    assert!(is_filled.is_none(), "the database is not empty");
    let mut transaction = connection.begin().await.unwrap();
    let time = |number: u64| Number(1_700_000_000_000 + number as i64);
    // An old token is answered with a new one, and ends.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    let rows =
        |all: u64| (0..all.div_ceil(ROWS)).map(move |chunk| chunk * ROWS..((chunk + 1) * ROWS).min(all));
    for some in rows(visitors) {
        let made =
            some.clone().map(|visitor| vec![Text(format!("v_{visitor}")), time(visitor), Number(i64::MAX)]);
        insert(&mut transaction, "visitors (id, created_at, seen_at)", made).await;
        let made = some.map(|visitor| {
            let hash = hex(&Sha256::digest(token(visitor).as_bytes()));
            vec![Text(hash), Text(format!("v_{visitor}")), Number(now)]
        });
        insert(&mut transaction, "tokens (hash, visitor_id, created_at)", made).await;
    }
    for some in rows(visitors * conversations) {
        let made = some.map(|number| {
            let title: String = text(number).chars().take(60).collect();
            let (id, visitor) =
                (Text(format!("c_{number:032x}")), Text(format!("v_{}", number / conversations)));
            let preview = Text(text(number + 1));
            vec![
                id,
                visitor,
                Text(title.clone()),
                Text(title),
                preview,
                time(number),
                time(number),
                time(number),
                Number(0),
            ]
        });
        let columns = "id, visitor_id, title, folded, preview, created_at, updated_at, position, unread";
        insert(&mut transaction, &format!("conversations ({columns})"), made).await;
    }
    for some in rows(visitors * conversations * messages) {
        let made = some.map(|number| {
            let (conversation, place) = (number / messages, number % messages);
            let (id, conversation) =
                (Text(format!("m_{number:032x}")), Text(format!("c_{conversation:032x}")));
            let role = Text(if place % 2 == 0 { "user" } else { "assistant" }.to_owned());
            let (content, status) = (content(number), Text("complete".to_owned()));
            vec![
                id,
                conversation,
                Number(place as i64),
                role,
                Text(content.clone()),
                Text(content),
                status,
                time(number),
            ]
        });
        let columns = "id, conversation_id, number, role, content, folded, status, created_at";
        insert(&mut transaction, &format!("messages ({columns})"), made).await;
    }
    transaction.commit().await.unwrap();
    // As either database does by itself after a while.
    connection.execute("ANALYZE").await.unwrap();
    connection.close().await.unwrap();
}

/// Where a visitor asks, with a random number.
type Path = fn(u64, u64) -> String;

/// The times of so many requests of each kind, each sorted.
async fn measure(
    address: &DatabaseAddress,
    visitors: u64,
    requests: usize,
) -> Vec<(&'static str, Vec<Duration>)> {
    let store = Store::new(Database::open(address).await.unwrap(), Limits::default());
    store.index_search().await;
    let settings = Settings::from_sources(None, []).unwrap();
    let app = candor_proxy::routes::app(App::with(settings, Arc::new(Demo), store, Assets::default()));
    let kinds: [(&str, Path); 6] = [
        ("the list", |_, _| "/conversations".to_owned()),
        ("a conversation", |visitor, random| {
            format!("/conversations/{}/messages", conversation(visitor, random % CONVERSATIONS))
        }),
        ("a search", |_, random| {
            // Two words that stand beside one another in few places, so that nearly all of the visitor's is read.
            let word = |at: u64| WORDS[mixed(random + at) as usize % WORDS.len()];
            format!("/conversations?search={}%20{}%20{}", word(1), word(2), word(3))
        }),
        ("a search for a word", |_, random| {
            format!("/conversations?search={}", WORDS[random as usize % WORDS.len()])
        }),
        ("a search for what nobody wrote", |_, random| format!("/conversations?search=walrus%20{random}")),
        // Each trigram is in nearly every message, and they never stand so.
        ("a search for parts of words", |_, _| "/conversations?search=eatelmervi".to_owned()),
    ];
    let mut measured = Vec::new();
    for (name, path) in kinds {
        let mut times = Vec::with_capacity(requests);
        let warm_up = WARM_UP.min(requests);
        for number in 0..warm_up + requests {
            let random = mixed(number as u64);
            let visitor = random % visitors;
            let time = ask(&app, visitor, &path(visitor, mixed(random))).await;
            if number >= warm_up {
                times.push(time);
            }
        }
        times.sort();
        measured.push((name, times));
    }
    measured
}

async fn ask(app: &Router, visitor: u64, path: &str) -> Duration {
    let request = Request::builder()
        .uri(format!("/candor/v1{path}"))
        .header("authorization", format!("Bearer {}", token(visitor)))
        .body(Body::empty())
        .unwrap();
    let begun = Instant::now();
    let response = app.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    to_bytes(response.into_body(), usize::MAX).await.unwrap();
    begun.elapsed()
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    sorted[sorted.len() * percent / 100].as_secs_f64() * 1000.0
}

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let [command, url] = &arguments[..]
        && command == "fill"
    {
        let address = DatabaseAddress::parse(url).expect("the address of a database");
        fill(&address, MANY).await;
        println!(
            "{} messages in {} conversations are in {}.",
            MANY * CONVERSATIONS * MESSAGES,
            MANY * CONVERSATIONS,
            address.name()
        );
        return;
    }
    if let [command, url] = &arguments[..]
        && command == "conversation"
    {
        fill_conversation(&DatabaseAddress::parse(url).expect("the address of a database")).await;
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (mut measured, mut of_one) = (Vec::new(), Vec::new());
    for name in ["SQLite", "PostgreSQL"] {
        let mut outcomes = Vec::new();
        for (size, visitors) in [("small", FEW), ("big", MANY)] {
            let address = match name {
                "SQLite" => DatabaseAddress::File(folder.path().join(size)),
                _ => database::on_postgres().await,
            };
            let begun = Instant::now();
            fill(&address, visitors).await;
            println!(
                "{name}: {} messages made in {:.1} s",
                visitors * CONVERSATIONS * MESSAGES,
                begun.elapsed().as_secs_f64()
            );
            outcomes.push(measure(&address, visitors, MEASURED).await);
        }
        let address = match name {
            "SQLite" => DatabaseAddress::File(folder.path().join("one")),
            _ => database::on_postgres().await,
        };
        fill_with(&address, 1, MANY * CONVERSATIONS, MESSAGES, text).await;
        for (kind, times) in measure(&address, 1, MEASURED_OF_ONE).await {
            let (typical, longest) = (percentile(&times, 50), percentile(&times, 99));
            println!(
                "{name}: {kind}, all of one visitor: median {typical:.2} ms, 99th percentile {longest:.2} ms"
            );
            of_one.push(json!({
                "database": name, "request": kind, "median_ms": typical, "percentile_99_ms": longest,
            }));
        }
        for ((kind, small), (_, big)) in outcomes[0].iter().zip(&outcomes[1]) {
            let (typical, rare) = (percentile(big, 50), percentile(big, 99));
            let times = rare / percentile(small, 99);
            println!(
                "{name}: {kind}: median {typical:.2} ms, 99th percentile {rare:.2} ms, {times:.2} times that of {} messages",
                FEW * CONVERSATIONS * MESSAGES
            );
            measured.push(json!({
                "database": name, "request": kind, "median_ms": typical, "percentile_99_ms": rare, "times_of_small": times,
            }));
        }
    }
    if let Ok(folder) = std::env::var("CANDOR_BENCH_OUT") {
        let outcome = json!({ "messages": MANY * CONVERSATIONS * MESSAGES, "requests": measured, "of_one_visitor": of_one });
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(format!("{folder}/history.json"), outcome.to_string()).unwrap();
    }
}
