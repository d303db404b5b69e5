//! Another device of the same visitor, by a code.

use axum::http::StatusCode;

use crate::client::Client;

const LINKING: &[(&str, &str)] = &[("CANDOR_LINKING", "true")];

async fn code(visitor: &Client) -> String {
    let made = visitor.post("/visitors/code", "").await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    made.json()["code"].as_str().unwrap().to_owned()
}

fn with(code: &str) -> String {
    serde_json::json!({ "code": code }).to_string()
}

async fn linked(device: &Client, code: &str) -> Client {
    let answer = device.post("/visitors", &with(code)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    device.with_token(answer.json()["token"].as_str())
}

async fn titles(visitor: &Client) -> Vec<String> {
    let list = visitor.get("/conversations").await.json();
    let titles = list["conversations"].as_array().unwrap().iter();
    titles.map(|one| one["title"].as_str().unwrap().to_owned()).collect()
}

async fn titled(visitor: &Client, title: &str) {
    let conversation = visitor.conversation().await;
    visitor.patch(&conversation, &format!(r#"{{"title":"{title}"}}"#)).await;
}

#[tokio::test]
async fn a_code_brings_the_conversations_of_both_devices_together() {
    let first = Client::visitor(LINKING).await;
    titled(&first, "On the first").await;
    let second = first.another().await;
    titled(&second, "On the second").await;
    let code = code(&first).await;
    // As somebody types it.
    let typed = code.to_lowercase().replace('-', " ");
    let device = linked(&second, &typed).await;
    assert_eq!(titles(&device).await, ["On the second", "On the first"]);
    assert_eq!(titles(&first).await, titles(&device).await);
    assert_eq!(second.get("/conversations").await.status, StatusCode::UNAUTHORIZED, "it is that visitor now");
    let again = first.another().await.post("/visitors", &with(&code)).await;
    assert_eq!((again.status, again.problem().cause.as_str()), (StatusCode::NOT_FOUND, "link_code_unknown"));
}

#[tokio::test]
async fn a_new_code_ends_the_one_before_and_the_visitors_end_ends_both() {
    let visitor = Client::visitor(LINKING).await;
    let (old, new) = (code(&visitor).await, code(&visitor).await);
    let stranger = visitor.with_token(None);
    assert_eq!(stranger.post("/visitors", &with(&old)).await.status, StatusCode::NOT_FOUND);
    visitor.delete("/visitors").await;
    assert_eq!(stranger.post("/visitors", &with(&new)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn other_devices_are_signed_out_and_this_one_is_not() {
    let first = Client::visitor(LINKING).await;
    let second = linked(&first.with_token(None), &code(&first).await).await;
    let unused = code(&first).await;
    assert_eq!(first.delete("/visitors/others").await.status, StatusCode::NO_CONTENT);
    assert_eq!(second.get("/conversations").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(first.get("/conversations").await.status, StatusCode::OK);
    assert_eq!(second.post("/visitors", &with(&unused)).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn codes_cannot_be_guessed() {
    let visitor = Client::visitor(LINKING).await;
    let right = code(&visitor).await;
    let stranger = visitor.with_token(None);
    for _ in 0..20 {
        assert_eq!(stranger.post("/visitors", &with("2222-2222")).await.status, StatusCode::NOT_FOUND);
    }
    let refused = stranger.post("/visitors", &with(&right)).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.header("retry-after").parse::<u64>().unwrap() <= 61);
}

#[tokio::test]
async fn where_the_owner_does_not_allow_it_there_is_no_code() {
    let visitor = Client::visitor(&[]).await;
    assert!(visitor.get("/config").await.json().get("linking").is_none());
    for answer in
        [visitor.post("/visitors/code", "").await, visitor.post("/visitors", &with("2222-2222")).await]
    {
        assert_eq!((answer.status, answer.problem().cause.as_str()), (StatusCode::FORBIDDEN, "linking_off"));
    }
    assert_eq!(Client::visitor(LINKING).await.get("/config").await.json()["linking"], true);
}
