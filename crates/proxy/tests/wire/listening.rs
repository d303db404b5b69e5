//! Two proxies that hear one another through PostgreSQL.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, Response};
use candor_protocol::sse::Decoder;
use candor_protocol::wire::ReplyEvent;
use candor_proxy::App;
use candor_proxy::assets::Assets;
use candor_proxy::config::DatabaseAddress;
use candor_proxy::provider::demo::Demo;
use candor_proxy::store::{Database, Limits, Store};
use http_body_util::BodyExt;
use serde_json::json;
use sqlx::{AnyConnection, Connection, Executor, Row};
use tokio::time::{sleep, timeout};

use crate::client::{Client, settings};
use crate::database;
use crate::replicas::begun;

/// Two proxies on one PostgreSQL that hear one another, as `candor serve` does.
async fn hearing() -> (Client, Client, String) {
    let address = database::address().await;
    let DatabaseAddress::Postgres(url) = &address else { panic!("{}", address.name()) };
    let app = || async {
        let store = Store::new(Database::open(&address).await.unwrap(), Limits::default());
        App::with(settings(&[]), Arc::new(Demo), store, Assets::default())
    };
    let (one, two) = (app().await, app().await);
    for app in [&one, &two] {
        tokio::spawn(app.jobs.clone().listen());
    }
    wait_for_listeners(url.reveal(), 2).await;
    let here = Client::of_app(one).another().await;
    let there = Client::of_app(two).with_token(here.token());
    (here, there, url.reveal().to_owned())
}

/// Until so many connections listen.
async fn wait_for_listeners(url: &str, wanted: i64) {
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let count =
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    let looking = async {
        while connection.fetch_one(count).await.unwrap().get::<i64, _>(0) != wanted {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(20), looking).await.unwrap();
    connection.close().await.unwrap();
}

/// When how many bytes of the reply were there, up to its end, and its words.
async fn arrivals(response: Response<Body>) -> (Vec<(usize, Instant)>, String) {
    let (mut body, mut decoder) = (response.into_body(), Decoder::default());
    let (mut times, mut words) = (Vec::new(), String::new());
    while let Some(frame) = body.frame().await {
        for event in decoder.push(&frame.unwrap().into_data().unwrap()).unwrap() {
            let bytes = event.id.unwrap().rsplit(':').next().unwrap().parse().unwrap();
            if let Some(ReplyEvent::Delta(delta)) = ReplyEvent::read(&event.name, &event.data).unwrap() {
                times.push((bytes, Instant::now()));
                words.push_str(&delta.content);
            }
        }
    }
    (times, words)
}

/// Asks for an answer here and follows it there. Gives what came where.
async fn followed(
    here: &Client,
    there: &Client,
    meanwhile: impl Future<Output = ()>,
) -> [(Vec<(usize, Instant)>, String); 2] {
    let conversation = here.conversation().await;
    let body = json!({ "content": "tell me a long story" }).to_string();
    let headers = [("content-type", "application/json")];
    let path = format!("{conversation}/messages");
    let said = here.respond(Method::POST, &path, &headers, body.into()).await;
    let following = async {
        let message = begun(there, &conversation).await;
        let path = format!("{conversation}/messages/{message}/reply");
        let reply = there.respond(Method::GET, &path, &[], Body::empty()).await;
        tokio::join!(arrivals(reply), meanwhile).0
    };
    let (here, there) = tokio::join!(arrivals(said), following);
    [here, there]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn words_reach_whoever_follows_them_elsewhere_within_20_ms() {
    let (here, there, _) = hearing().await;
    let mut late = Vec::new();
    // A busy machine gets more than one try; whoever asks four times a second needs 125 ms in the middle.
    for _ in 0..3 {
        let [written, read] = followed(&here, &there, async {}).await;
        assert_eq!(written.1, read.1);
        let mut delays: Vec<Duration> = read
            .0
            .iter()
            .skip(1)
            .map(|(bytes, at)| {
                let first = written.0.iter().find(|(known, _)| known >= bytes).unwrap().1;
                at.saturating_duration_since(first)
            })
            .collect();
        assert!(delays.len() > 20, "they came in {} pieces", delays.len());
        delays.sort();
        late.push(delays[delays.len() * 9 / 10]);
        if late.last().unwrap() <= &Duration::from_millis(20) {
            return;
        }
    }
    panic!("nine of ten words came after {late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listening_connection_that_is_lost_is_made_anew_and_nothing_is_missing() {
    let (here, there, url) = hearing().await;
    let cutting = async {
        let mut connection = AnyConnection::connect(&url).await.unwrap();
        let end = "SELECT pg_terminate_backend(pid)::text FROM pg_stat_activity
                   WHERE datname = current_database() AND query LIKE 'LISTEN%'";
        connection.execute(end).await.unwrap();
        connection.close().await.unwrap();
    };
    let [written, read] = followed(&here, &there, cutting).await;
    assert_eq!(written.1, read.1);
    wait_for_listeners(&url, 2).await;
    let [written, read] = followed(&here, &there, async {}).await;
    assert_eq!(written.1, read.1);
}
