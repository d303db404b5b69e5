use std::sync::Arc;

use candor_protocol::checks::{Check, CheckEvent, Outcome};
use candor_protocol::sse::Decoder;
use candor_protocol::wire::{AuditEntry, AuditLog, ErrorLog, ReplyEvent};
use candor_proxy::App;
use candor_proxy::access::address::ClientAddress;
use candor_proxy::assets::Assets;
use candor_proxy::provider::demo::Demo;

use crate::client::{Answer, Client, settings};
use crate::database;

const TOKEN: (&str, &str) = ("CANDOR_OWNER_TOKEN", "only-the-owner");

fn events(answer: &Answer) -> Vec<CheckEvent> {
    assert_eq!(answer.header("content-type"), "text/event-stream", "{}", answer.body);
    let events = Decoder::default().push(answer.body.as_bytes()).unwrap();
    events.into_iter().map(|event| CheckEvent::read(&event.name, &event.data).unwrap().unwrap()).collect()
}

async fn run(client: &Client) -> Vec<Check> {
    let events = events(&client.post("/diagnostics/checks", "{}").await);
    assert_eq!(events.last(), Some(&CheckEvent::Done));
    events
        .into_iter()
        .filter_map(|event| match event {
            CheckEvent::Check(check) => Some(*check),
            _ => None,
        })
        .collect()
}

async fn log(client: &Client, query: &str) -> ErrorLog {
    let answer = client.get(&format!("/diagnostics/errors{query}")).await;
    serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body))
}

#[tokio::test]
async fn the_checks_come_one_by_one_behind_timed_pieces() {
    let visitor = Client::visitor(&[]).await;
    let told = events(&visitor.post("/diagnostics/checks", "{}").await);
    let sent: Vec<_> = told
        .iter()
        .filter_map(|event| match event {
            CheckEvent::Pulse(pulse) => Some(pulse.sent),
            _ => None,
        })
        .collect();
    assert_eq!(sent.len(), 8);
    assert!(sent.windows(2).all(|pair| pair[1] >= pair[0] + 60), "{sent:?}");
    let checks = run(&visitor).await;
    let outcomes: Vec<_> = checks.iter().map(|check| (check.id.as_str(), check.outcome)).collect();
    assert_eq!(outcomes, [("settings", Outcome::Pass), ("models", Outcome::Pass), ("chat", Outcome::Pass)]);
}

#[tokio::test]
async fn a_visitor_sees_no_names_and_the_owner_all() {
    let owner_sees = [TOKEN, ("CANDOR_DIAGNOSTICS", "reference")];
    let visitor = Client::visitor(&owner_sees).await;
    let seen = run(&visitor).await;
    assert!(seen.iter().all(|check| check.evidence == "It works."), "{seen:?}");
    let seen = run(&visitor.with_token(Some(TOKEN.1))).await;
    assert_eq!(
        seen[0].evidence,
        format!("AI service demo, model demo, version {}", candor_protocol::VERSION)
    );
}

#[tokio::test]
async fn the_owner_finds_an_error_by_the_reference_that_a_visitor_quotes() {
    let visitor = Client::visitor(&[TOKEN, ("CANDOR_DIAGNOSTICS", "reference")]).await;
    let owner = visitor.with_token(Some(TOKEN.1));
    let conversation = visitor.conversation().await;
    visitor.say(&conversation, "fail: overloaded", &[]).await;
    visitor.say(&conversation, "fail: missing scopes", &[]).await;
    visitor.say(&conversation, "fail: missing scopes", &[]).await;
    let reference = visitor.messages(&conversation).await.last().unwrap().error.clone().unwrap().reference;

    let all = log(&owner, "").await.errors;
    let told: Vec<_> = all.iter().map(|group| (group.latest.cause.as_str(), group.count)).collect();
    assert_eq!(told, [("missing_scope", 2), ("overloaded", 1)]);
    let one = log(&owner, &format!("?reference={reference}")).await.errors;
    assert_eq!(one[0].latest.reference, reference);
    assert!(one[0].latest.upstream.clone().unwrap().message.unwrap().contains("model.request"));
    assert_eq!(log(&owner, "?reference=CR-NOSUCHID").await.errors, []);
}

#[tokio::test]
async fn nobody_else_is_the_owner_and_guessing_is_slow() {
    let visitor = Client::visitor(&[TOKEN]).await;
    for token in [None, Some("wrong")] {
        let answer = visitor.with_token(token).get("/diagnostics/errors").await;
        assert_eq!((answer.status.as_u16(), answer.problem().cause.as_str()), (401, "owner_unauthorized"));
    }
    // A visitor's token is no try to be the owner, however often it comes.
    for _ in 0..9 {
        assert_eq!(visitor.get("/diagnostics/errors").await.status, 401);
        assert_eq!(visitor.post("/diagnostics/checks", "{}").await.status, 200);
    }
    for _ in 0..4 {
        visitor.with_token(Some("guess")).post("/diagnostics/checks", "{}").await;
    }
    let owner = visitor.with_token(Some(TOKEN.1));
    let answer = owner.get("/diagnostics/errors").await;
    assert_eq!(answer.status, 429);
    // The wrong tries are some seconds old, as the checks between them took their time.
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((40..=60).contains(&wait), "{wait}");
}

#[tokio::test]
async fn of_an_owners_token_the_hash_alone_is_in_memory() {
    let settings = settings(&[("CANDOR_OWNER_TOKEN", "only-the-owner")]);
    let app = App::with(settings, Arc::new(Demo), database::store().await, Assets::default());
    assert_eq!(app.settings.owner_token, None);
    let from = ClientAddress::of("192.0.2.1".parse().unwrap());
    assert_eq!(app.owner("only-the-owner", from).await.unwrap(), "owner");
}

#[tokio::test]
async fn without_an_owner_token_nobody_signs_in() {
    let visitor = Client::visitor(&[]).await;
    let answer = visitor.with_token(Some("anything")).get("/diagnostics/errors").await;
    assert_eq!(answer.status, 401);
    assert!(answer.problem().detail.contains("CANDOR_OWNER_TOKEN"));
}

#[tokio::test]
async fn the_owner_rehearses_a_failure_that_is_then_in_no_log() {
    // A provider that nobody answers for: a rehearsal must not go there.
    let variables = [
        TOKEN,
        ("CANDOR_PROVIDER", "openai"),
        ("CANDOR_API_KEY", "k"),
        ("CANDOR_MODEL", "m"),
        ("CANDOR_BASE_URL", "http://127.0.0.1:9"),
    ];
    let visitor = Client::visitor_of_real(&variables).await;
    let conversation = visitor.conversation().await;
    let owner = [("candor-owner", TOKEN.1)];
    for cause in ["missing_scope", "challenge", "dns_failure", "stream_stalled", "timeout"] {
        let answer = visitor.say(&conversation, &format!("fail: {cause}"), &owner).await;
        let problem = answer.events().pop().unwrap().1;
        assert!(
            matches!(problem, ReplyEvent::Error(ref problem) if problem.cause == cause),
            "{cause}: {problem:?}"
        );
    }
    let log = log(&visitor.with_token(Some(TOKEN.1)), "").await;
    assert_eq!(log.errors, []);

    let answer = visitor.say(&conversation, "fail: challenge", &[("candor-owner", "wrong")]).await;
    assert_eq!(answer.problem().cause, "owner_unauthorized");
}

async fn audit(client: &Client) -> Vec<AuditEntry> {
    let answer = client.get("/diagnostics/audit").await;
    let log: AuditLog =
        serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{error}: {}", answer.body));
    log.entries
}

/// What was noted, in an order that does not depend on the milliseconds.
fn actions(entries: &[AuditEntry]) -> Vec<(&'static str, Option<&str>, Option<&str>)> {
    let mut noted: Vec<_> = entries
        .iter()
        .map(|entry| (entry.action.name(), entry.owner.as_deref(), entry.address.as_deref()))
        .collect();
    noted.sort();
    noted
}

#[tokio::test]
async fn owners_read_who_signed_in_from_where_and_what_was_erased() {
    let visitor = Client::visitor(&[TOKEN]).await;
    let owner = visitor.with_token(Some(TOKEN.1)).at("203.0.113.7");
    for _ in 0..3 {
        owner.get("/diagnostics/errors").await;
    }
    owner.at("2001:db8:1:2:3:4:5:6").get("/diagnostics/errors").await;
    visitor.another().await.delete("/visitors").await;
    let guesser = visitor.with_token(Some("a guess")).at("198.51.100.9");
    for _ in 0..9 {
        guesser.get("/diagnostics/audit").await;
    }
    let entries = audit(&owner).await;
    assert_eq!(
        actions(&entries),
        [
            ("erased", None, None),
            ("locked_out", None, Some("198.51.100.9")),
            ("signed_in", Some("owner"), Some("2001:db8:1:2::/64")),
            ("signed_in", Some("owner"), Some("203.0.113.7")),
        ]
    );
    assert!(!format!("{entries:?}").contains(TOKEN.1));
    for token in [visitor.token(), Some("a guess"), None] {
        assert_eq!(visitor.with_token(token).get("/diagnostics/audit").await.status, 401);
    }
}
