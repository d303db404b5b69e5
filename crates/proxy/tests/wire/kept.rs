//! The store itself: what outlives a proxy, what is let go, and what it refuses.

use std::time::Duration;

use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use candor_protocol::wire::{Message, MessageStatus, Role};
use candor_proxy::access::address::ClientAddress;
use candor_proxy::clock::{millis, now};
use candor_proxy::config::DatabaseAddress;
use candor_proxy::store::{Begun, Database, Limits, Page, PendingTurn, Store, Turn, TurnId, VisitorId};

use sqlx::Connection;

use crate::client::Client;
use crate::database;

fn message(id: &str, role: Role, content: &str, status: MessageStatus) -> Message {
    Message {
        id: id.to_owned(),
        role,
        content: content.to_owned(),
        status,
        created_at: now(),
        error: None,
        rating: None,
    }
}

fn turn(name: &str) -> Turn {
    Turn {
        message: message(&format!("m_{name}"), Role::User, "A question", MessageStatus::Complete),
        reply: message(&format!("r_{name}"), Role::Assistant, "", MessageStatus::Streaming),
    }
}

async fn visitor(store: &Store) -> VisitorId {
    let token = store.create_visitor().await.unwrap().token;
    store.visitor(&token).await.unwrap().visitor
}

/// Begins a turn and keeps it. Gives what its reply answers; nothing where the turn was here before.
async fn begin(
    store: &Store,
    visitor: &VisitorId,
    conversation: &str,
    key: Option<&str>,
    turn: &Turn,
) -> Option<Vec<Message>> {
    match store.begin(visitor, conversation, key, turn).await.unwrap() {
        Begun::New(PendingTurn { history, commit, .. }) => {
            commit.commit().await.unwrap();
            Some(history)
        }
        Begun::Known(_) => None,
    }
}

#[tokio::test]
async fn a_turn_that_is_dropped_before_it_is_kept_leaves_nothing_behind() {
    let store = database::store().await;
    let visitor = visitor(&store).await;
    let conversation = store.create_conversation(&visitor, None, "").await.unwrap();
    drop(store.begin(&visitor, &conversation.id, Some("key"), &turn("1")).await.unwrap());
    assert_eq!(store.messages(&visitor, &conversation.id, None, 50).await.unwrap().messages, []);
    assert_eq!(store.conversation(&visitor, &conversation.id).await.unwrap(), conversation);
    assert!(begin(&store, &visitor, &conversation.id, Some("key"), &turn("1")).await.is_some());
}

#[tokio::test]
async fn a_reply_that_was_left_behind_is_ended_with_what_had_arrived() {
    let store = database::store().await;
    let visitor = visitor(&store).await;
    let conversation = store.create_conversation(&visitor, None, "").await.unwrap().id;
    let turn = turn("1");
    let history = begin(&store, &visitor, &conversation, None, &turn).await;
    assert_eq!(history, Some(vec![turn.message.clone()]));
    store.keep_progress(&[("r_1".to_owned(), "Half an ans".to_owned())]).await.unwrap();

    assert_eq!(store.end_abandoned(false).await.unwrap(), [], "its proxy was heard of a moment ago");
    let problems = store.end_abandoned(true).await.unwrap();
    assert_eq!(
        problems.iter().map(|problem| problem.cause.as_str()).collect::<Vec<_>>(),
        ["reply_interrupted"]
    );
    let reply = store.messages(&visitor, &conversation, None, 50).await.unwrap().messages.pop().unwrap();
    assert_eq!((reply.content.as_str(), reply.status), ("Half an ans", MessageStatus::Failed));
    assert_eq!(reply.error.as_ref(), problems.first());
    // What its proxy writes after all comes too late, and a new reply may begin.
    let id =
        TurnId { visitor: visitor.clone(), conversation: conversation.clone(), message: "m_1".to_owned() };
    let late = message("r_1", Role::Assistant, "Half an answer", MessageStatus::Complete);
    store.finish(&id, &late, None, false, &[]).await.unwrap();
    assert_eq!(store.turn(&id).await.unwrap().reply, reply);
    let again = message("r_2", Role::Assistant, "", MessageStatus::Streaming);
    let PendingTurn { history, commit, .. } = store.begin_again(&id, &again).await.unwrap();
    commit.commit().await.unwrap();
    assert_eq!(history, [turn.message]);
    assert_eq!(store.turn(&id).await.unwrap().reply.id, "r_2");
}

#[tokio::test]
async fn what_a_model_thought_is_kept_for_the_model_alone() {
    let store = database::store().await;
    let visitor = visitor(&store).await;
    let conversation = store.create_conversation(&visitor, None, "").await.unwrap().id;
    begin(&store, &visitor, &conversation, None, &turn("1")).await;
    let id =
        TurnId { visitor: visitor.clone(), conversation: conversation.clone(), message: "m_1".to_owned() };
    let reply = message("r_1", Role::Assistant, "An answer", MessageStatus::Complete);
    store.finish(&id, &reply, Some("A secret thought"), false, &[]).await.unwrap();
    let Begun::New(pending) = store.begin(&visitor, &conversation, None, &turn("2")).await.unwrap() else {
        panic!("it is a new one")
    };
    assert_eq!(pending.reasoning, [("r_1".to_owned(), "A secret thought".to_owned())].into());
    pending.commit.commit().await.unwrap();
    let shown = store.messages(&visitor, &conversation, None, 50).await.unwrap();
    let archived = store.archived_after("").await.unwrap();
    let told = serde_json::to_string(&(shown, archived)).unwrap();
    assert!(told.contains("An answer") && !told.contains("secret"), "{told}");
}

#[tokio::test]
async fn two_begin_at_once_and_one_reply_is_under_way() {
    let store = database::store().await;
    let visitor = visitor(&store).await;
    let conversation = store.create_conversation(&visitor, None, "").await.unwrap().id;
    let (one, two) = (turn("1"), turn("2"));
    let (first, second) = tokio::join!(
        begin(&store, &visitor, &conversation, Some("key"), &one),
        begin(&store, &visitor, &conversation, Some("key"), &two),
    );
    assert_eq!([first, second].iter().flatten().count(), 1);
    assert_eq!(store.messages(&visitor, &conversation, None, 50).await.unwrap().messages.len(), 2);
}

#[tokio::test]
async fn what_is_too_old_is_let_go_and_nothing_else() {
    let store = database::store().await;
    let visitor = visitor(&store).await;
    let (old, under_way) = (
        store.create_conversation(&visitor, None, "old").await.unwrap(),
        store.create_conversation(&visitor, None, "under way").await.unwrap(),
    );
    begin(&store, &visitor, &under_way.id, None, &turn("1")).await.unwrap();
    let (then, later) = (now() + 1, now() + 2);
    let problem = |reference: &str, time| Problem::new(&known::overloaded, 503, reference.to_owned(), time);
    for problem in [problem("CR-1", then), problem("CR-2", later)] {
        store.keep_error(&problem).await.unwrap();
    }
    let purged = store.purge(None, then).await.unwrap();
    assert_eq!((purged.conversations, purged.errors), (0, 0));
    let purged = store.purge(Some(later), later).await.unwrap();
    assert_eq!((purged.conversations, purged.visitors, purged.errors), (1, 0, 1));
    let left = store.conversations(&visitor, &Page { limit: 10, ..Page::default() }).await.unwrap();
    assert_eq!(left.conversations.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [under_way.id]);
    assert!(store.conversation(&visitor, &old.id).await.is_err());
    for (reference, is_kept) in [("CR-1", false), ("CR-2", true)] {
        assert_eq!(store.errors(0, Some(reference)).await.unwrap().errors.len(), usize::from(is_kept));
    }
}

#[tokio::test]
async fn everything_outlives_the_proxy() {
    let folder = tempfile::tempdir().unwrap();
    let address = match database::address().await {
        DatabaseAddress::Memory => DatabaseAddress::File(folder.path().join("candor.db")),
        postgres => postgres,
    };
    let open = || async { Store::new(Database::open(&address).await.unwrap(), Limits::default()) };
    let store = open().await;
    let token = store.create_visitor().await.unwrap().token;
    let visitor = store.visitor(&token).await.unwrap().visitor;
    let conversation = store.create_conversation(&visitor, None, "A talk").await.unwrap();
    begin(&store, &visitor, &conversation.id, None, &turn("1")).await.unwrap();
    let problem = Problem::new(&known::overloaded, 503, "CR-1".to_owned(), 1);
    store.keep_error(&problem).await.unwrap();
    store.database().close().await;

    let store = open().await;
    assert_eq!(store.visitor(&token).await.unwrap().visitor, visitor);
    assert_eq!(store.messages(&visitor, &conversation.id, None, 50).await.unwrap().messages.len(), 2);
    assert_eq!(store.errors(0, None).await.unwrap().errors[0].latest, problem);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_used_where_that_has_only_added_and_else_refused_with_a_clear_word()
{
    let folder = tempfile::tempdir().unwrap();
    let address = match database::address().await {
        DatabaseAddress::Memory => DatabaseAddress::File(folder.path().join("candor.db")),
        postgres => postgres,
    };
    Database::open(&address).await.unwrap().close().await;
    // As the migration after the last would leave it.
    let url = match &address {
        DatabaseAddress::Postgres(url) => url.reveal().to_owned(),
        _ => format!("sqlite://{}", address.name()),
    };
    let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'from the future', TRUE, $1, 0)",
    )
    .bind(vec![0_u8])
    .execute(&mut connection)
    .await
    .unwrap();
    // It has only added something.
    let store = Store::new(Database::open(&address).await.unwrap(), Limits::default());
    visitor(&store).await;
    store.database().close().await;
    // It has changed what this version reads.
    sqlx::query("UPDATE schema_readers SET oldest = 9999").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let refused = Database::open(&address).await.unwrap_err().to_string();
    assert!(refused.contains("was made by a newer version of Candor"), "{refused}");
}

#[tokio::test]
async fn an_old_token_gives_way_once_the_new_one_is_used() {
    let limits = Limits { token_age: Duration::ZERO, ..Limits::default() };
    let store = Store::new(Database::open(&database::address().await).await.unwrap(), limits);
    let client = Client::of(store).await.another().await;
    let conversation = client.conversation().await;
    let listed = client.get("/conversations").await;
    assert_eq!(listed.header("candor-token"), "", "one was given a moment ago, with the conversation");
    // The answer that carried it was lost: the old one goes on.
    assert_eq!(client.get(&conversation).await.status, 200);

    let fresh = client.another().await;
    let given = fresh.post("/conversations", "{}").await;
    let renewed = given.header("candor-token").to_owned();
    assert!(renewed.starts_with("ct_") && renewed.len() == 67, "{renewed}");
    let id = given.json()["id"].as_str().unwrap().to_owned();
    let same = fresh.with_token(Some(&renewed));
    assert_eq!(same.get(&format!("/conversations/{id}")).await.status, 200, "the same visitor");
    assert_eq!(fresh.get("/conversations").await.status, 401, "the old one has ended");
    assert_eq!(client.get("/config").await.header("candor-token"), "");
}

#[tokio::test]
async fn a_link_code_is_valid_for_as_long_as_it_says() {
    for (code_age, is_valid) in [(Duration::ZERO, false), (Duration::from_secs(60), true)] {
        let database = Database::open(&database::address().await).await.unwrap();
        let store = Store::new(database, Limits { code_age, ..Limits::default() });
        let visitor = visitor(&store).await;
        let from = ClientAddress::of("192.0.2.1".parse().unwrap());
        let before = now();
        let code = store.create_link_code(&visitor).await.unwrap();
        assert!(code.expires_at >= before + millis(code_age) && code.expires_at <= now() + millis(code_age));
        assert_eq!(store.link(&code.code, None, from).await.is_ok(), is_valid);
    }
}

#[tokio::test]
async fn one_proxy_serves_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let address = DatabaseAddress::File(folder.path().join("candor.db"));
    let (mut one, mut two) =
        (Database::open(&address).await.unwrap(), Database::open(&address).await.unwrap());
    assert!(one.claim().unwrap());
    let refused = two.claim().unwrap_err().to_string();
    assert!(refused.contains("Another candor serves from"), "{refused}");
    drop(one);
    assert!(two.claim().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_leaves_in_the_middle_of_a_request_breaks_nothing_for_others() {
    let visitor = Client::visitor(&[]).await;
    for round in 0..40_u64 {
        let conversation = visitor.conversation().await;
        let leaving = (0..24).map(|number| {
            let (visitor, conversation) = (visitor.clone(), conversation.clone());
            let request = async move {
                match number % 4 {
                    0 => visitor.post("/conversations", "{}").await,
                    1 => visitor.patch(&conversation, r#"{"title":"t"}"#).await,
                    2 => visitor.say(&conversation, "hello", &[]).await,
                    _ => visitor.get("/conversations?search=hello").await,
                }
            };
            // At every moment of a request, which takes some milliseconds beside so many others.
            tokio::spawn(tokio::time::timeout(Duration::from_micros(number * 300 + round * 7), request))
        });
        for left in leaving.collect::<Vec<_>>() {
            let _ = left.await.unwrap();
        }
        assert_eq!(visitor.get("/conversations").await.status, 200, "after {round} rounds");
    }
}
