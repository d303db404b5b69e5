//! The search where there is no time to look through everything: the index finds it, or the next page does.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use candor_proxy::config::DatabaseAddress;
use candor_proxy::store::{Database, Limits, Store};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection, Executor, Row};
use tempfile::TempDir;

use crate::client::Client;
use crate::database;

/// More conversations than are looked through at first.
const MANY: usize = 40;

/// A new database that has an index: SQLite's memory has none.
async fn address() -> (DatabaseAddress, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let address = match database::address().await {
        DatabaseAddress::Memory => DatabaseAddress::File(folder.path().join("candor.db")),
        postgres => postgres,
    };
    (address, folder)
}

/// A visitor whose searches have no time but for the first few conversations.
async fn hurried(address: &DatabaseAddress) -> Client {
    let limits = Limits { search_time: Duration::ZERO, ..Limits::default() };
    let store = Store::new(Database::open(address).await.unwrap(), limits);
    store.index_search().await;
    Client::of(store).await.another().await
}

async fn titled(visitor: &Client, title: &str) -> String {
    let answer = visitor.post("/conversations", &json!({ "title": title }).to_string()).await;
    format!("/conversations/{}", answer.json()["id"].as_str().unwrap())
}

/// The titles of a page, and its `next`.
async fn page(visitor: &Client, words: &str, next: Option<&str>) -> (Vec<String>, Option<String>) {
    let words: String = words.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let before = next.map(|next| format!("&before={next}")).unwrap_or_default();
    let answer = visitor.get(&format!("/conversations?search={words}{before}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let list: Value = answer.json();
    let titles = list["conversations"].as_array().unwrap().iter();
    let titles = titles.map(|one| one["title"].as_str().unwrap().to_owned()).collect();
    (titles, list["next"].as_str().map(str::to_owned))
}

/// The titles of all pages.
async fn pages(visitor: &Client, words: &str) -> Vec<String> {
    let (mut titles, mut next) = page(visitor, words, None).await;
    let mut count = 1;
    while let Some(place) = next {
        let (more, further) = page(visitor, words, Some(&place)).await;
        titles.extend(more);
        (next, count) = (further, count + 1);
        assert!(count < 3 * MANY, "it goes on");
    }
    titles
}

/// The titles of the only page there is. The index has its time too, which it may miss once on a busy machine.
async fn at_once(visitor: &Client, words: &str) -> Vec<String> {
    for _ in 0..20 {
        if let (titles, None) = page(visitor, words, None).await {
            return titles;
        }
    }
    panic!("the index does not find {words}");
}

#[tokio::test]
async fn what_stands_far_back_is_found_by_the_index_in_every_script_and_by_the_next_pages_where_it_is_too_short()
 {
    let (address, _folder) = address().await;
    let visitor = hurried(&address).await;
    let said = visitor.conversation().await;
    visitor.say(&said, "hello", &[]).await;
    for title in ["Die Rückgabe", "自転車の返金", "50%_off", "Rückgabe 2"] {
        titled(&visitor, title).await;
    }
    for number in 0..MANY {
        titled(&visitor, &format!("talk {number}")).await;
    }
    assert_eq!(at_once(&visitor, "AND WELCOME").await, ["hello"], "in a reply");
    assert_eq!(at_once(&visitor, "die rückgabe").await, ["Die Rückgabe"]);
    assert_eq!(at_once(&visitor, "自転車").await, ["自転車の返金"]);
    assert_eq!(at_once(&visitor, "50%_").await, ["50%_off"]);
    assert_eq!(at_once(&visitor, "50x_").await, [""; 0]);
    assert_eq!(at_once(&visitor, "RÜCKGABE").await, ["Rückgabe 2", "Die Rückgabe"], "the latest first");
    assert_eq!(pages(&visitor, "返金").await, ["自転車の返金"], "two signs are no trigram");
    assert_eq!(pages(&visitor, "talk").await.len(), MANY, "what stands in many");
    assert_eq!(pages(&visitor, "qz").await, [""; 0]);
    let other = visitor.another().await;
    assert_eq!(at_once(&other, "rückgabe").await, [""; 0], "nobody finds what is another's");
}

/// What a page may take here, where much else goes on and nothing is optimised. A search without a deadline takes several times
/// as long.
const LONGEST: Duration = Duration::from_secs(1);

/// Writes as many messages of this content into each of the conversations.
async fn fill(address: &DatabaseAddress, conversations: &[String], messages: i64, content: &str) {
    let url = match address {
        DatabaseAddress::Postgres(url) => url.reveal().to_owned(),
        file => format!("sqlite://{}", file.name()),
    };
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    for conversation in conversations {
        let id = conversation.rsplit('/').next().unwrap();
        for number in 0..messages {
            sqlx::query(
                "INSERT INTO messages (id, conversation_id, number, role, content, folded, status, created_at)
                 VALUES ($1, $2, $3, 'user', $4, $4, 'complete', 0)",
            )
            .bind(format!("m_{id}_{number}"))
            .bind(id)
            .bind(number)
            .bind(content)
            .execute(&mut *transaction)
            .await
            .unwrap();
        }
    }
    transaction.commit().await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn no_needle_takes_longer_than_a_page_may() {
    let (address, _folder) = address().await;
    let store = Store::new(Database::open(&address).await.unwrap(), Limits::default());
    store.index_search().await;
    let visitor = Client::of(store).await.another().await;
    let mut conversations = vec![titled(&visitor, "the oldest 返").await];
    for number in 0..10 {
        conversations.push(titled(&visitor, &format!("talk {number}")).await);
    }
    // Nearly has, at every place, what is looked for.
    fill(&address, &conversations[1..], 100, &"a".repeat(8_000)).await;
    let nearly = format!("{}b", "a".repeat(199));
    let fits = "a".repeat(200);
    let needles = [
        nearly.as_str(),
        &fits,
        "a",
        "ab",
        "aab",
        "%",
        "_",
        "\\",
        "\"",
        "*",
        "^a",
        "a*",
        "-a",
        "a OR b",
        "NEAR(a b)",
        "{a}:b",
        "'",
        "返",
        "自転車の返金",
        "🙂",
        "oldest",
        "\n",
    ];
    for needle in needles {
        let begun = Instant::now();
        let (_, mut next) = page(&visitor, needle, None).await;
        let took = begun.elapsed();
        assert!(took < LONGEST, "{} took {took:?}", needle.chars().take(20).collect::<String>());
        let mut count = 1;
        while let Some(place) = next {
            let begun = Instant::now();
            next = page(&visitor, needle, Some(&place)).await.1;
            assert!(begun.elapsed() < LONGEST, "a further page");
            count += 1;
            assert!(count < 3 * MANY, "each page goes further");
        }
    }
    assert_eq!(pages(&visitor, &nearly).await, [""; 0]);
    assert_eq!(pages(&visitor, &fits).await.len(), 10);
    assert_eq!(pages(&visitor, "返").await, ["the oldest 返"]);
    let too_long = format!("/conversations?search={}", "a".repeat(1_000));
    assert_eq!(visitor.get(&too_long).await.status, StatusCode::UNPROCESSABLE_ENTITY, "it is not looked for");
}

#[tokio::test]
async fn what_is_renamed_or_deleted_is_not_in_the_index() {
    let (address, _folder) = address().await;
    let visitor = hurried(&address).await;
    let (renamed, deleted, said) = (
        titled(&visitor, "a penguin").await,
        titled(&visitor, "a walrus").await,
        visitor.conversation().await,
    );
    visitor.say(&said, "tell me about markdown", &[]).await;
    for number in 0..MANY {
        titled(&visitor, &format!("talk {number}")).await;
    }
    assert_eq!(at_once(&visitor, "penguin").await, ["a penguin"]);
    visitor.patch(&renamed, r#"{"title":"a pelican"}"#).await;
    visitor.delete(&deleted).await;
    visitor.delete(&said).await;
    assert_eq!(at_once(&visitor, "penguin").await, [""; 0]);
    assert_eq!(at_once(&visitor, "pelican").await, ["a pelican"]);
    for gone in ["walrus", "markdown"] {
        assert_eq!(at_once(&visitor, gone).await, [""; 0], "{gone}");
    }
    // Not even who reads the file finds it, and nothing is left over once all is deleted.
    visitor.delete("/visitors").await;
    if let DatabaseAddress::File(file) = &address {
        let mut connection = AnyConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
        for (index, word) in [("title_search", "wal"), ("message_search", "mar"), ("title_search", "pel")] {
            let statement = format!("SELECT COUNT(*) FROM {index} WHERE {index} MATCH '\"{word}\"'");
            let count = connection.fetch_one(sqlx::query(sqlx::AssertSqlSafe(statement))).await.unwrap();
            assert_eq!(count.get::<i64, _>(0), 0, "{word}");
        }
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn what_an_earlier_version_has_written_is_in_the_index_and_it_goes_on_writing() {
    let (address, _folder) = address().await;
    let DatabaseAddress::File(file) = &address else { return earlier_in_postgres(&address).await };
    let visitor = hurried(&address).await;
    titled(&visitor, "from before").await;
    let mut connection = AnyConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    // As the version before left it.
    let undo = "
        DROP TRIGGER message_search_insert; DROP TRIGGER message_search_update; DROP TRIGGER message_search_delete;
        DROP TRIGGER title_search_insert; DROP TRIGGER title_search_update; DROP TRIGGER title_search_delete;
        DROP TABLE message_search; DROP TABLE title_search;
        DROP INDEX messages_by_search; DROP INDEX conversations_by_search;
        ALTER TABLE messages DROP COLUMN search_id; ALTER TABLE conversations DROP COLUMN search_id;
        DELETE FROM _sqlx_migrations WHERE version = 7;";
    connection.execute(sqlx::raw_sql(undo)).await.unwrap();
    connection.close().await.unwrap();
    let now = Store::new(
        Database::open(&address).await.unwrap(),
        Limits { search_time: Duration::ZERO, ..Limits::default() },
    );
    let updated = Client::of(now).await.with_token(visitor.token());
    // The version before is still there, and knows nothing of the index: its statements are the same today.
    titled(&visitor, "and meanwhile").await;
    for number in 0..MANY {
        titled(&updated, &format!("talk {number}")).await;
    }
    for title in ["from before", "and meanwhile"] {
        assert_eq!(at_once(&updated, title).await, [title]);
    }
}

/// PostgreSQL's index is made beside what is there, and is no migration.
async fn earlier_in_postgres(address: &DatabaseAddress) {
    let DatabaseAddress::Postgres(url) = address else { return };
    let visitor = hurried(address).await;
    titled(&visitor, "from before").await;
    let mut connection = AnyConnection::connect(url.reveal()).await.unwrap();
    let indexes = "SELECT COUNT(*) FROM pg_indexes WHERE indexdef LIKE '%gin_trgm_ops%'";
    let count = connection.fetch_one(indexes).await.unwrap();
    assert_eq!(count.get::<i64, _>(0), 2);
    connection.execute(sqlx::raw_sql("DROP EXTENSION pg_trgm CASCADE")).await.unwrap();
    connection.close().await.unwrap();
    for number in 0..MANY {
        titled(&visitor, &format!("talk {number}")).await;
    }
    assert_eq!(pages(&visitor, "from before").await, ["from before"], "without it the search is only slower");
}
