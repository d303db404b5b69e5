//! The owner's limits: exact however many ask at the same time, refused in words, and with nothing lost.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use candor_proxy::App;
use candor_proxy::access::quota::{Caller, Charge, Window, charges};
use candor_proxy::assets::Assets;
use candor_proxy::clock::now;
use candor_proxy::config::limits::{Limits, Per, What};
use candor_proxy::provider::demo::Demo;
use candor_proxy::store::{self, Database, Store, StoreError};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use serde_json::json;
use tempfile::TempDir;
use tokio::time::{Duration, sleep, timeout};

use crate::client::{Answer, Client, settings};
use crate::database;

const JSON: (&str, &str) = ("accept", "application/json");

/// A refusal, which names when to try again, and of which nothing is kept.
fn refused(answer: &Answer, cause: &str) {
    let problem = answer.problem();
    assert_eq!(
        (answer.status, problem.cause.as_str()),
        (StatusCode::TOO_MANY_REQUESTS, cause),
        "{}",
        answer.body
    );
    let seconds: u64 = answer.header("retry-after").parse().unwrap();
    assert_eq!(problem.upstream.unwrap().retry_after, Some(seconds));
    assert!(seconds > 0 && problem.retryable, "{}", answer.body);
}

/// As many visitors of the same app.
async fn visitors(app: &Client, count: usize) -> Vec<Client> {
    join_all((0..count).map(|_| app.another())).await
}

/// Each says hello in a conversation of their own, all at the same time.
async fn all_say_hello(visitors: &[Client]) -> Vec<Answer> {
    join_all(visitors.iter().map(|visitor| async {
        let conversation = visitor.conversation().await;
        let answer = visitor.say(&conversation, "hello", &[JSON]).await;
        let kept = visitor.messages(&conversation).await.len();
        assert_eq!(kept, if answer.status.is_success() { 2 } else { 0 }, "{}", answer.body);
        answer
    }))
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_at_the_same_time_as_many_get_an_answer_as_the_limit_says() {
    for (limit, cause) in [
        ("CANDOR_LIMITS_ANSWERS_SITE_DAY", "site_limit"),
        ("CANDOR_LIMITS_ANSWERS_ADDRESS_DAY", "address_limit"),
    ] {
        let app = Client::stranger(&[(limit, "10")]).await;
        let answers = all_say_hello(&visitors(&app, 100).await).await;
        let (answered, others): (Vec<_>, Vec<_>) =
            answers.iter().partition(|answer| answer.status.is_success());
        assert_eq!(answered.len(), 10, "{limit}");
        others.iter().for_each(|answer| refused(answer, cause));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_at_the_same_time_none_waits_for_ever_where_every_limit_counts() {
    let settings = settings(&[
        ("CANDOR_PROVIDER", "openai"),
        ("CANDOR_API_KEY", "k"),
        ("CANDOR_MODEL", "gpt-4o"),
        ("CANDOR_LIMITS_VISITORS_ADDRESS_HOUR", "0"),
        ("CANDOR_LIMITS_ANSWERS_ADDRESS_AT_ONCE", "0"),
        ("CANDOR_LIMITS_ANSWERS_ADDRESS_MONTH", "100"),
        ("CANDOR_LIMITS_ANSWERS_SITE_MONTH", "10"),
    ]);
    let app = App::with(settings, Arc::new(Demo), database::store().await, Assets::default());
    let answers = all_say_hello(&visitors(&Client::of_app(app), 100).await).await;
    let (answered, others): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status.is_success());
    assert_eq!(answered.len(), 10);
    assert!(others.iter().all(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS));
}

/// Two proxies with these settings and one database, and a store in it.
async fn two(variables: &[(&str, &str)]) -> (Client, Client, Store, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let address = database::shared(&folder).await;
    let store = async || Store::new(Database::open(&address).await.unwrap(), store::Limits::default());
    let proxy = async || {
        Client::of_app(App::with(settings(variables), Arc::new(Demo), store().await, Assets::default()))
    };
    (proxy().await, proxy().await, store().await, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_at_two_proxies_of_one_database_as_many_get_an_answer_as_the_limit_says() {
    let (here, there, _store, _folder) = two(&[("CANDOR_LIMITS_ANSWERS_ADDRESS_DAY", "10")]).await;
    let visitors = [visitors(&here, 50).await, visitors(&there, 50).await].concat();
    let answers = all_say_hello(&visitors).await;
    assert_eq!(answers.iter().filter(|answer| answer.status.is_success()).count(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_new_visitors_at_the_same_time_as_many_come_in_as_the_limit_says() {
    let app = Client::stranger(&[("CANDOR_LIMITS_VISITORS_ADDRESS_HOUR", "10")]).await;
    let answers = join_all((0..100).map(|_| app.post("/visitors", "{}"))).await;
    let (come_in, others): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status.is_success());
    assert_eq!(come_in.len(), 10);
    others.iter().for_each(|answer| refused(answer, "too_many_visitors"));
}

#[tokio::test]
async fn what_one_limit_refuses_takes_nothing_of_another() {
    let app = Client::stranger(&[
        ("CANDOR_LIMITS_ANSWERS_VISITOR_DAY", "1"),
        ("CANDOR_LIMITS_ANSWERS_SITE_MONTH", "2"),
    ])
    .await;
    let (one, two, three) = (app.another().await, app.another().await, app.another().await);
    let conversation = one.conversation().await;
    assert_eq!(one.say(&conversation, "hello", &[JSON]).await.status, 200);
    for _ in 0..3 {
        refused(&one.say(&conversation, "hello", &[JSON]).await, "visitor_limit");
    }
    assert_eq!(all_say_hello(&[two]).await[0].status, 200, "the site has one more");
    let answer = &all_say_hello(&[three]).await[0];
    refused(answer, "site_limit");
    assert!(answer.problem().detail.contains("UTC"), "{}", answer.body);
}

#[tokio::test]
async fn a_second_sending_of_what_was_answered_is_not_counted_and_not_refused() {
    let visitor = Client::visitor(&[("CANDOR_LIMITS_ANSWERS_VISITOR_DAY", "1")]).await;
    let conversation = visitor.conversation().await;
    let headers = [JSON, ("idempotency-key", "k")];
    let first = visitor.say(&conversation, "hello", &headers).await;
    let again = visitor.say(&conversation, "hello", &headers).await;
    assert_eq!((again.status, again.json()), (first.status, first.json()));
    let message = first.json()["message"]["id"].as_str().unwrap().to_owned();
    let retry = format!("{conversation}/messages/{message}/reply");
    refused(&visitor.send(Method::POST, &retry, &[JSON], Body::empty()).await, "visitor_limit");
    assert_eq!(visitor.messages(&conversation).await.len(), 2, "the reply that was there is there");
}

#[tokio::test]
async fn a_reply_that_nobody_keeps_is_counted_too() {
    let visitor =
        Client::visitor(&[("CANDOR_KEEP_DAYS", "0"), ("CANDOR_LIMITS_ANSWERS_VISITOR_DAY", "1")]).await;
    let body = r#"{"messages":[{"role":"user","content":"hello"}]}"#;
    let send = async |key| {
        let headers = [("content-type", "application/json"), JSON, ("idempotency-key", key)];
        visitor.send(Method::POST, "/replies", &headers, body).await
    };
    assert_eq!(send("one").await.status, 200);
    refused(&send("two").await, "visitor_limit");
    refused(&send("two").await, "visitor_limit");
    assert_eq!(send("one").await.status, 200, "it is the first one’s reply");
}

#[tokio::test]
async fn tokens_are_expected_first_and_then_counted_as_they_were() {
    for (limit, seconds) in
        [("CANDOR_LIMITS_TOKENS_VISITOR_MINUTE", 60), ("CANDOR_LIMITS_TOKENS_VISITOR_DAY", 24 * 60 * 60)]
    {
        // What is expected of one answer is more than half of it.
        let visitor = Client::visitor(&[(limit, "900")]).await;
        let conversation = visitor.conversation().await;
        let mut answered = 0;
        let last = loop {
            let answer = visitor.say(&conversation, "hello", &[JSON]).await;
            if !answer.status.is_success() {
                break answer;
            }
            answered += 1;
            assert!(answered < 100);
        };
        refused(&last, "visitor_limit");
        assert!(last.header("retry-after").parse::<u64>().unwrap() <= seconds, "{limit}");
        assert!(answered > 1, "the first answer was shorter than expected, and left room");
    }
    for (limit, cause) in [
        ("CANDOR_LIMITS_TOKENS_ADDRESS_MINUTE", "address_limit"),
        ("CANDOR_LIMITS_TOKENS_SITE_MINUTE", "site_limit"),
        ("CANDOR_LIMITS_TOKENS_SITE_DAY", "site_limit"),
    ] {
        let small = Client::visitor(&[(limit, "100")]).await;
        // No time makes room for what is expected of one answer, so none is named.
        let answer = &all_say_hello(&[small]).await[0];
        let problem = answer.problem();
        assert_eq!((answer.status, problem.cause.as_str()), (StatusCode::TOO_MANY_REQUESTS, cause));
        assert_eq!(problem.detail, "Your message is kept. Shorten it, or start a new conversation.");
        assert!(!problem.retryable && problem.upstream.is_none(), "{}", answer.body);
        assert!(!answer.headers.contains_key("retry-after"));
    }
}

#[tokio::test]
async fn a_script_that_asks_at_such_length_as_nobody_does_is_told_to_wait_for_the_next_minute() {
    let settings = settings(&[
        ("CANDOR_PROVIDER", "openai"),
        ("CANDOR_API_KEY", "k"),
        ("CANDOR_MODEL", "gpt-4o"),
        ("CANDOR_MESSAGE_CHARS", "50000"),
        ("CANDOR_KEEP_DAYS", "0"),
        ("CANDOR_LIMITS_ANSWERS_VISITOR_MINUTE", "0"),
    ]);
    let app = App::with(settings, Arc::new(Demo), database::store().await, Assets::default());
    let visitor = Client::of_app(app).another().await;
    let words = "word ".repeat(10_000);
    let body = json!({ "messages": [{ "role": "user", "content": words }] }).to_string();
    let json = [("content-type", "application/json"), JSON];
    let mut answered = 0;
    let last = loop {
        let answer = visitor.send(Method::POST, "/replies", &json, body.clone()).await;
        if !answer.status.is_success() {
            break answer;
        }
        answered += 1;
    };
    refused(&last, "visitor_limit");
    assert!(last.header("retry-after").parse::<u64>().unwrap() <= 60);
    // Twice as many where the minute ends meanwhile. By the day’s limit alone it were 39.
    assert!((7..=14).contains(&answered), "{answered}");
}

#[tokio::test]
async fn as_many_answers_are_under_way_for_an_address_as_the_limit_says() {
    let app = Client::stranger(&[("CANDOR_LIMITS_ANSWERS_ADDRESS_AT_ONCE", "1")]).await;
    let (here, there) =
        (app.at("2001:db8:1:2::1").another().await, app.at("2001:db8:1:3::1").another().await);
    let conversation = here.conversation().await;
    let story = r#"{"content":"tell me a long story"}"#.to_owned();
    let json = [("content-type", "application/json")];
    here.begin(Method::POST, &format!("{conversation}/messages"), &json, story).await;
    refused(&all_say_hello(&[here.at("2001:db8:1:2:ffff::9").another().await]).await[0], "too_many_at_once");
    assert_eq!(all_say_hello(&[there]).await[0].status, 200);
    here.delete(&conversation).await;
}

/// Each begins a long answer, which goes on. The statuses.
async fn all_begin(visitors: &[Client], is_kept: bool) -> Vec<StatusCode> {
    join_all(visitors.iter().map(|visitor| async move {
        let story = "tell me a long story";
        let (path, body) = match is_kept {
            true => {
                let conversation = visitor.conversation().await;
                (format!("{conversation}/messages"), json!({ "content": story }))
            }
            false => {
                let turn = json!({ "role": "user", "content": story });
                ("/replies".to_owned(), json!({ "messages": [turn] }))
            }
        };
        let headers = [("content-type", "application/json")];
        visitor.respond(Method::POST, &path, &headers, body.to_string().into()).await.status()
    }))
    .await
}

fn succeeded(statuses: &[StatusCode]) -> usize {
    assert!(statuses.iter().all(|status| [200, 429].contains(&status.as_u16())), "{statuses:?}");
    statuses.iter().filter(|status| status.is_success()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_two_proxies_as_many_answers_are_under_way_as_the_limits_say() {
    for (limit, days) in [
        ("CANDOR_LIMITS_ANSWERS_ADDRESS_AT_ONCE", "30"),
        ("CANDOR_LIMITS_ANSWERS_ADDRESS_AT_ONCE", "0"),
        ("CANDOR_LIMITS_ANSWERS_VISITOR_AT_ONCE", "30"),
        ("CANDOR_LIMITS_ANSWERS_VISITOR_AT_ONCE", "0"),
        ("CANDOR_MAX_STREAMS", "30"),
        ("CANDOR_MAX_STREAMS", "0"),
    ] {
        let (here, there, _store, _folder) = two(&[(limit, "3"), ("CANDOR_KEEP_DAYS", days)]).await;
        let asking = match limit.contains("VISITOR") {
            true => {
                let visitor = here.another().await;
                let elsewhere = there.with_token(visitor.token());
                [vec![visitor; 10], vec![elsewhere; 10]].concat()
            }
            false => [visitors(&here, 10).await, visitors(&there, 10).await].concat(),
        };
        let is_kept = days != "0";
        assert_eq!(succeeded(&all_begin(&asking, is_kept).await), 3, "{limit}, kept for {days} days");
        // Whoever stops makes room, for whomever.
        for visitor in &asking {
            visitor.delete("/visitors").await;
        }
        let returned = async {
            while succeeded(&all_begin(&[there.another().await], is_kept).await) == 0 {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(20), returned).await.expect(limit);
    }
}

#[tokio::test]
async fn what_a_proxy_that_is_gone_had_under_way_takes_nothing_any_more_and_what_goes_on_does() {
    let (here, there, store, _folder) = two(&[("CANDOR_LIMITS_ANSWERS_ADDRESS_AT_ONCE", "2")]).await;
    let asking = [visitors(&here, 1).await, visitors(&there, 1).await].concat();
    assert_eq!(succeeded(&all_begin(&asking, true).await), 2);
    let others = visitors(&there, 2).await;
    store.end_leases(false).await.unwrap();
    assert_eq!(succeeded(&all_begin(&others, true).await), 0, "they were said to go on a moment ago");
    store.end_leases(true).await.unwrap();
    assert_eq!(succeeded(&all_begin(&others, true).await), 2);
    // What has been given back already is not given back again.
    for visitor in &asking {
        let list = visitor.get("/conversations").await.json();
        let conversation = format!("/conversations/{}", list["conversations"][0]["id"].as_str().unwrap());
        let message = &visitor.messages(&conversation).await[0].id;
        let stopped = visitor.delete(&format!("{conversation}/messages/{message}/reply")).await;
        assert_eq!(stopped.status, StatusCode::NO_CONTENT, "it has ended");
    }
    assert_eq!(succeeded(&all_begin(&visitors(&there, 2).await, true).await), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_at_the_same_time_a_visitor_gets_as_many_answers_as_may_be_under_way() {
    let visitor = Client::visitor(&[]).await;
    let conversations = join_all((0..20).map(|_| visitor.conversation())).await;
    let mut answers: FuturesUnordered<_> = conversations
        .iter()
        .map(|conversation| visitor.say(conversation, "tell me a long story", &[JSON]))
        .collect();
    let (mut answered, mut others) = (0, 0);
    while let Some(answer) = answers.next().await {
        match answer.status.is_success() {
            true => answered += 1,
            false => {
                refused(&answer, "too_many_at_once");
                others += 1;
            }
        }
        if others == 17 {
            // The story need not be told to its end.
            visitor.delete("/visitors").await;
        }
    }
    assert_eq!((answered, others), (3, 17));
}

#[tokio::test]
async fn each_address_has_limits_of_its_own_and_who_is_behind_a_named_proxy_too() {
    let one_each = [("CANDOR_LIMITS_VISITORS_ADDRESS_HOUR", "1"), ("CANDOR_TRUSTED_PROXIES", "192.0.2.0/24")];
    let app = Client::stranger(&one_each).await;
    let come = async |address: &str, forwarded: &str| {
        app.at(address)
            .send(Method::POST, "/visitors", &[("x-forwarded-for", forwarded)], Body::empty())
            .await
    };
    for (address, forwarded) in [
        ("203.0.113.1", "10.0.0.1"),
        ("::ffff:203.0.113.2", "10.0.0.1"),
        ("2001:db8:1:2::1", "10.0.0.1"),
        ("192.0.2.1", "203.0.113.3"),
        ("192.0.2.2", "203.0.113.4"),
    ] {
        assert_eq!(come(address, forwarded).await.status, StatusCode::CREATED, "{address} {forwarded}");
    }
    for (address, forwarded) in [
        ("203.0.113.1", "10.0.0.2"),
        ("203.0.113.2", "10.0.0.2"),
        ("2001:db8:1:2::2", "10.0.0.2"),
        ("192.0.2.9", "203.0.113.3"),
        ("192.0.2.9", "10.0.0.2, 203.0.113.4"),
    ] {
        refused(&come(address, forwarded).await, "too_many_visitors");
    }
}

#[tokio::test]
async fn searches_checks_and_codes_are_limited_by_address_and_nothing_else_of_them_is() {
    let visitor = Client::visitor(&[
        ("CANDOR_LINKING", "true"),
        ("CANDOR_OWNER_TOKEN", "only-the-owner"),
        // More than a minute may pass between two requests, though it seldom does.
        ("CANDOR_LIMITS_SEARCHES_ADDRESS_MINUTE", "1"),
        ("CANDOR_LIMITS_CHECKS_ADDRESS_MINUTE", "1"),
        ("CANDOR_LIMITS_CODES_ADDRESS_MINUTE", "1"),
    ])
    .await;
    let is_met = async |request: &dyn Fn() -> std::pin::Pin<Box<dyn Future<Output = Answer>>>| {
        // Two of three lie in one minute.
        for _ in 0..3 {
            let answer = request().await;
            if !answer.status.is_success() {
                return refused(&answer, "address_limit");
            }
        }
        panic!("the limit is not met");
    };
    let client = visitor.clone();
    is_met(&move || {
        let client = client.clone();
        Box::pin(async move { client.get("/conversations?search=x").await })
    })
    .await;
    assert_eq!(visitor.get("/conversations").await.status, 200);
    let client = visitor.clone();
    is_met(&move || {
        let client = client.clone();
        Box::pin(async move { client.post("/diagnostics/checks", "{}").await })
    })
    .await;
    assert_eq!(
        visitor.with_token(Some("only-the-owner")).post("/diagnostics/checks", "{}").await.status,
        200
    );
    let client = visitor.clone();
    is_met(&move || {
        let client = client.clone();
        Box::pin(async move { client.post("/visitors/code", "").await })
    })
    .await;
}

#[tokio::test]
async fn wrong_tries_count_for_the_address_that_makes_them() {
    let variables = [("CANDOR_OWNER_TOKEN", "only-the-owner"), ("CANDOR_LINKING", "true")];
    let visitor = Client::visitor(&variables).await;
    let (guesser, owner) =
        (visitor.at("203.0.113.1"), visitor.at("203.0.113.2").with_token(Some("only-the-owner")));
    for _ in 0..5 {
        assert_eq!(guesser.with_token(Some("a guess")).get("/diagnostics/errors").await.status, 401);
    }
    assert_eq!(guesser.with_token(Some("only-the-owner")).get("/diagnostics/errors").await.status, 429);
    assert_eq!(owner.get("/diagnostics/errors").await.status, 200);

    let code = visitor.post("/visitors/code", "").await.body;
    for _ in 0..20 {
        assert_eq!(guesser.post("/visitors", r#"{"code":"2222-2222"}"#).await.status, 404);
    }
    let right =
        format!(r#"{{"code":{}}}"#, serde_json::from_str::<serde_json::Value>(&code).unwrap()["code"]);
    assert_eq!(guesser.post("/visitors", &right).await.status, 429);
    assert_eq!(visitor.at("203.0.113.2").with_token(None).post("/visitors", &right).await.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_guesses_at_two_proxies_as_many_are_tried_as_may_be() {
    let (here, there, _store, _folder) =
        two(&[("CANDOR_OWNER_TOKEN", "only-the-owner"), ("CANDOR_LINKING", "true")]).await;
    let everywhere: Vec<_> =
        [here.clone(), there].iter().flat_map(|client| vec![client.clone(); 50]).collect();
    let guesses = join_all(everywhere.iter().map(|client| async {
        client.with_token(Some("a guess")).get("/diagnostics/errors").await.status.as_u16()
    }))
    .await;
    let tried = |statuses: &[u16], tried| statuses.iter().filter(|status| **status == tried).count();
    assert_eq!((tried(&guesses, 401), tried(&guesses, 429)), (5, 95));
    let right = join_all(everywhere.iter().map(|client| async {
        client.with_token(Some("only-the-owner")).get("/diagnostics/errors").await.status.as_u16()
    }))
    .await;
    assert_eq!(tried(&right, 429), 100, "a right one waits too");
    let guesses =
        join_all(everywhere.iter().map(|client| async {
            client.post("/visitors", r#"{"code":"2222-2222"}"#).await.status.as_u16()
        }))
        .await;
    assert_eq!((tried(&guesses, 404), tried(&guesses, 429)), (20, 80));
}

#[tokio::test]
async fn a_long_conversation_goes_on_without_its_beginning_and_says_so_once() {
    let visitor = Client::visitor(&[("CANDOR_LIMITS_TURNS_QUESTION", "1")]).await;
    let conversation = visitor.conversation().await;
    let mut told = Vec::new();
    for _ in 0..3 {
        let said = visitor.say(&conversation, "hello", &[]).await.text();
        told.push(said.contains("no longer sees how it began"));
    }
    assert_eq!(told, [false, true, false]);
}

#[tokio::test]
async fn with_a_provider_that_costs_money_limits_are_on_and_off_switches_them_off() {
    let real = [("CANDOR_PROVIDER", "openai"), ("CANDOR_API_KEY", "k"), ("CANDOR_MODEL", "m")];
    let app = async |more: &[(&str, &str)]| {
        let settings = settings(&[&real, more].concat());
        Client::of_app(App::with(settings, Arc::new(Demo), database::store().await, Assets::default()))
    };
    let count = async |app: Client| {
        let mut count = 0;
        while count < 150 && app.post("/visitors", "{}").await.status.is_success() {
            count += 1;
        }
        count
    };
    assert_eq!(count(app(&[]).await).await, 100);
    assert_eq!(count(app(&[("CANDOR_LIMITS", "off")]).await).await, 150);
}

fn a_charge(most: &str, start: u64, end: u64) -> Vec<Charge> {
    let most: u32 = most.parse().unwrap();
    let set = |name| if name == "answers_site_day" { most } else { 0 };
    let Ok::<_, std::convert::Infallible>(limits) = Limits::new(true, |limit| Ok(Some(set(limit.name))));
    let mut charges = charges(&limits, What::Answers, &Caller::default(), 1, now());
    charges.iter_mut().for_each(|charge| charge.window = Window { start, end });
    charges
}

#[tokio::test]
async fn what_is_over_is_forgotten_and_what_is_not_stays() {
    let store = database::store().await;
    let (over, goes_on) = (a_charge("1", 0, now()), a_charge("1", 1, now() + 60_000));
    store.charge(&over).await.unwrap();
    store.charge(&goes_on).await.unwrap();
    assert!(matches!(store.charge(&over).await, Err(StoreError::Exceeded(_))));
    store.purge(None, 0).await.unwrap();
    store.charge(&over).await.unwrap();
    assert!(matches!(store.charge(&goes_on).await, Err(StoreError::Exceeded(_))));
    let used: Vec<_> = goes_on.iter().map(|charge| (charge.clone(), 0)).collect();
    store.settle("", &used).await.unwrap();
    store.charge(&goes_on).await.unwrap();
}

#[tokio::test]
async fn an_address_is_called_the_same_by_every_proxy_of_a_database_for_a_day() {
    let store = database::store().await;
    let address = |text: &str| candor_proxy::access::address::ClientAddress::of(text.parse().unwrap());
    let name = store.address_name(address("192.0.2.1"), Per::Day).await.unwrap();
    assert_eq!(store.address_name(address("192.0.2.1"), Per::Day).await.unwrap(), name);
    assert_ne!(store.address_name(address("192.0.2.2"), Per::Day).await.unwrap(), name);
    assert_ne!(store.address_name(address("192.0.2.1"), Per::Month).await.unwrap(), name);
    assert_eq!(name.len(), 32);
}

#[tokio::test]
async fn a_database_that_is_away_refuses() {
    let settings = settings(&[("CANDOR_LIMITS_VISITORS_ADDRESS_HOUR", "10")]);
    let app = App::with(settings, Arc::new(Demo), database::store().await, Assets::default());
    let client = Client::of_app(app.clone());
    assert_eq!(client.post("/visitors", "{}").await.status, 201);
    app.store.database().close().await;
    assert!(matches!(
        app.store.charge(&a_charge("9", 0, now() + 60_000)).await,
        Err(StoreError::Unavailable(_))
    ));
    let refused = client.post("/visitors", "{}").await;
    assert_eq!((refused.status.as_u16(), refused.problem().cause.as_str()), (503, "database_unavailable"));
    assert_eq!(refused.header("retry-after"), "5");
}
