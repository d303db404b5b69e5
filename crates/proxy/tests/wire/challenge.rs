//! What new visitors solve before they are let in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use altcha::{CreateChallengeOptions, Payload, SolveChallengeOptions, create_challenge, solve_challenge};
use axum::http::{Method, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use candor_proxy::App;
use candor_proxy::assets::Assets;
use candor_proxy::config::DatabaseAddress;
use candor_proxy::provider::demo::Demo;
use candor_proxy::store::{Database, Limits, Store};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use url::form_urlencoded;

use crate::client::{Answer, Client, settings};
use crate::database;

const SECRET: &str = "planted-signing-secret";
const ALTCHA: &[(&str, &str)] = &[("CANDOR_CHALLENGE", "altcha"), ("CANDOR_CHALLENGE_SECRET", SECRET)];

/// What ALTCHA’s widget sends for a challenge.
fn solved(challenge: altcha::Challenge) -> String {
    let solution = solve_challenge(SolveChallengeOptions::new(&challenge)).unwrap().unwrap();
    STANDARD.encode(serde_json::to_vec(&Payload { challenge, solution }).unwrap())
}

/// Asks for a challenge, and solves it.
async fn solve(client: &Client) -> String {
    let offered = client.get("/challenge").await;
    assert_eq!(offered.status, StatusCode::OK, "{}", offered.body);
    assert_eq!(offered.json()["kind"], "altcha");
    solved(serde_json::from_str(&offered.body).unwrap())
}

/// Comes as a new visitor with this solution.
async fn come(client: &Client, solution: &str) -> Answer {
    client.post("/visitors", &json!({ "challenge": solution }).to_string()).await
}

fn assert_refused(answer: &Answer, status: u16, cause: &str) {
    let problem = answer.problem();
    assert_eq!((problem.status, problem.cause.as_str()), (status, cause), "{}", answer.body);
    assert!(!answer.body.contains("planted"), "{}", answer.body);
}

/// A challenge as nobody but the proxy makes it, or somebody who has its secret.
fn made(secret: &str, expires_in: Option<i64>) -> altcha::Challenge {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    create_challenge(CreateChallengeOptions {
        cost: 10,
        expires_at: expires_in.map(|seconds| now as i64 + seconds),
        hmac_signature_secret: Some(secret.to_owned()),
        ..CreateChallengeOptions::default()
    })
    .unwrap()
}

#[tokio::test]
async fn nothing_is_solved_where_the_owner_asks_for_nothing() {
    let stranger = Client::stranger(&[]).await;
    assert_eq!(stranger.get("/challenge").await.json(), json!({ "kind": "off" }));
    assert_eq!(come(&stranger, "of a page from before").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_new_visitor_solves_a_challenge_first_and_is_let_in_by_it_once() {
    let stranger = Client::stranger(ALTCHA).await;
    assert_refused(&stranger.post("/visitors", "{}").await, 403, "challenge_required");
    let solution = solve(&stranger).await;
    let let_in = come(&stranger, &solution).await;
    assert_eq!(let_in.status, StatusCode::CREATED, "{}", let_in.body);
    let visitor = stranger.with_token(let_in.json()["token"].as_str());
    assert_eq!(visitor.get("/conversations").await.status, StatusCode::OK);
    assert_refused(&come(&stranger, &solution).await, 403, "challenge_failed");
}

#[tokio::test]
async fn what_is_wrong_late_or_of_another_site_lets_nobody_in() {
    let stranger = Client::stranger(ALTCHA).await;
    assert_eq!(come(&stranger, &solved(made(SECRET, Some(60)))).await.status, StatusCode::CREATED);
    let unsigned = altcha::Challenge { signature: None, ..made(SECRET, Some(60)) };
    let mut easier = made(SECRET, Some(60));
    easier.parameters.key_prefix.clear();
    let mut guessed: Value =
        serde_json::from_slice(&STANDARD.decode(solved(made(SECRET, Some(60)))).unwrap()).unwrap();
    guessed["solution"]["counter"] = json!(guessed["solution"]["counter"].as_u64().unwrap() + 1);
    for (what, solution) in [
        ("late", solved(made(SECRET, Some(-1)))),
        ("without an end", solved(made(SECRET, None))),
        ("of another site", solved(made("planted-for-another-site", Some(60)))),
        ("unsigned", solved(unsigned)),
        ("made easier", solved(easier)),
        ("guessed", STANDARD.encode(guessed.to_string())),
        ("no JSON", STANDARD.encode("solved")),
        ("no base64", "solved!".to_owned()),
        ("nothing", String::new()),
        ("too long", "A".repeat(20_000)),
    ] {
        let answer = come(&stranger, &solution).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}: {}", answer.body);
        assert_refused(&answer, 403, "challenge_failed");
    }
}

#[tokio::test]
async fn of_many_who_send_one_solution_to_two_replicas_one_is_let_in() {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let address = match database::address().await {
        DatabaseAddress::Memory => DatabaseAddress::File(folder.path().join("candor.db")),
        postgres => postgres,
    };
    let replica = async || {
        let store = Store::new(Database::open(&address).await.unwrap(), Limits::default());
        Client::of_app(App::with(settings(ALTCHA), Arc::new(Demo), store, Assets::default()))
    };
    let (here, there) = (replica().await, replica().await);
    let solution = solve(&here).await;
    let mut all = tokio::task::JoinSet::new();
    for number in 0..40 {
        let (replica, solution) =
            (if number % 2 == 0 { here.clone() } else { there.clone() }, solution.clone());
        all.spawn(async move { come(&replica, &solution).await.status });
    }
    let statuses = all.join_all().await;
    let count = |status| statuses.iter().filter(|other| **other == status).count();
    assert_eq!((count(StatusCode::CREATED), count(StatusCode::FORBIDDEN)), (1, 39), "{statuses:?}");
}

#[tokio::test]
async fn wrong_solutions_count_as_new_visitors_do() {
    let limited = [ALTCHA, &[("CANDOR_LIMITS_VISITORS_ADDRESS_HOUR", "2")]].concat();
    let stranger = Client::stranger(&limited).await.at("192.0.2.1");
    let mut causes = Vec::new();
    // At the turn of an hour twice as many.
    while causes.len() < 6 && causes.last().map(String::as_str) != Some("too_many_visitors") {
        causes.push(come(&stranger, "wrong").await.problem().cause);
    }
    assert!((3..6).contains(&causes.len()), "{causes:?}");
    // Who has nothing to show yet is told what to solve, and uses nothing up.
    assert_refused(&stranger.post("/visitors", "{}").await, 403, "challenge_required");
}

#[tokio::test]
async fn another_device_of_a_visitor_solves_nothing() {
    let stranger = Client::stranger(&[ALTCHA, &[("CANDOR_LINKING", "true")]].concat()).await;
    let token = come(&stranger, &solve(&stranger).await).await.json()["token"].as_str().unwrap().to_owned();
    let code = stranger.with_token(Some(&token)).post("/visitors/code", "").await.json();
    let linked = stranger.post("/visitors", &json!({ "code": code["code"] }).to_string()).await;
    assert_eq!(linked.status, StatusCode::CREATED, "{}", linked.body);
}

/// What a service was asked, field by field.
type Asked = Arc<Mutex<Vec<BTreeMap<String, String>>>>;

/// A service that answers this; a solution that begins with `http` was solved on that host.
async fn service(verdict: Value) -> (String, Asked) {
    let asked = Asked::default();
    let noted = Arc::clone(&asked);
    let verify = move |form: String| {
        let verdict = verdict.clone();
        noted.lock().unwrap().push(form_urlencoded::parse(form.as_bytes()).into_owned().collect());
        async move { Json(verdict) }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/siteverify", listener.local_addr().unwrap());
    let router = Router::new().route("/siteverify", post(verify));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, asked)
}

/// A stranger to a site that asks this service.
async fn stranger_to(kind: &str, verify_url: &str) -> Client {
    Client::stranger(&[
        ("CANDOR_CHALLENGE", kind),
        ("CANDOR_CHALLENGE_SITE_KEY", "public-key"),
        ("CANDOR_CHALLENGE_SECRET", "planted-service-secret"),
        ("CANDOR_CHALLENGE_VERIFY_URL", verify_url),
    ])
    .await
}

/// Comes from a page of this origin.
async fn come_from(client: &Client, origin: &str, solution: &str) -> Answer {
    let headers = [("content-type", "application/json"), ("origin", origin)];
    client.send(Method::POST, "/visitors", &headers, json!({ "challenge": solution }).to_string()).await
}

#[tokio::test]
async fn a_service_is_asked_whether_it_was_solved_on_a_page_of_this_site() {
    for kind in ["turnstile", "hcaptcha"] {
        let (url, asked) = service(json!({ "success": true, "hostname": "shop.example" })).await;
        let stranger = stranger_to(kind, &url).await;
        let offered = stranger.get("/challenge").await;
        assert_eq!(offered.json(), json!({ "kind": kind, "site_key": "public-key" }));
        assert_refused(&stranger.post("/visitors", "{}").await, 403, "challenge_required");
        assert!(asked.lock().unwrap().is_empty());

        let let_in = come_from(&stranger, "https://shop.example:8443", "one").await;
        assert_eq!(let_in.status, StatusCode::CREATED, "{}", let_in.body);
        let form = asked.lock().unwrap()[0].clone();
        assert_eq!((form["secret"].as_str(), form["response"].as_str()), ("planted-service-secret", "one"));
        assert_eq!(form.get("sitekey").map(String::as_str), (kind == "hcaptcha").then_some("public-key"));

        assert_refused(&come_from(&stranger, "https://shop.example", "one").await, 403, "challenge_failed");
        assert_refused(&come_from(&stranger, "https://evil.example", "two").await, 403, "challenge_failed");
        assert_refused(&come(&stranger, "three").await, 403, "challenge_failed");
    }
}

#[tokio::test]
async fn what_a_service_says_is_told_to_whom_it_concerns() {
    for (codes, status, cause) in [
        (json!(["timeout-or-duplicate"]), 403, "challenge_failed"),
        (json!(["invalid-input-response"]), 403, "challenge_failed"),
        (json!([]), 403, "challenge_failed"),
        (json!(["invalid-input-secret"]), 503, "challenge_unavailable"),
        (json!(["sitekey-secret-mismatch"]), 503, "challenge_unavailable"),
    ] {
        let (url, _) = service(json!({ "success": false, "error-codes": codes })).await;
        let stranger = stranger_to("turnstile", &url).await;
        assert_refused(&come_from(&stranger, "https://shop.example", "one").await, status, cause);
    }
}

#[tokio::test]
async fn a_service_that_is_away_or_makes_no_sense_lets_nobody_in() {
    let (strange, _) = service(json!("<!doctype html>")).await;
    for url in ["http://127.0.0.1:9/siteverify", &strange] {
        let stranger = stranger_to("hcaptcha", url).await;
        assert_refused(
            &come_from(&stranger, "https://shop.example", "one").await,
            503,
            "challenge_unavailable",
        );
    }
}
