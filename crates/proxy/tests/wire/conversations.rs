use axum::http::StatusCode;

use crate::client::Client;

#[tokio::test]
async fn a_conversation_has_its_first_words_as_title_until_it_is_renamed() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    assert_eq!(visitor.get(&conversation).await.json()["title"], "");
    visitor.say(&conversation, "hello there", &[]).await;
    visitor.say(&conversation, "and again", &[]).await;
    assert_eq!(visitor.get(&conversation).await.json()["title"], "hello there");

    let renamed = visitor.patch(&conversation, r#"{"title":"Greetings"}"#).await;
    assert_eq!((renamed.status, renamed.json()["title"].as_str()), (StatusCode::OK, Some("Greetings")));
    visitor.say(&conversation, "once more", &[]).await;
    assert_eq!(visitor.get(&conversation).await.json()["title"], "Greetings");
}

#[tokio::test]
async fn the_list_has_the_latest_first() {
    let visitor = Client::visitor(&[]).await;
    let (first, _second) = (visitor.conversation().await, visitor.conversation().await);
    visitor.say(&first, "hello", &[]).await;
    let list = visitor.get("/conversations").await.json();
    let titles: Vec<_> =
        list["conversations"].as_array().unwrap().iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["hello", ""]);
}

#[tokio::test]
async fn what_is_deleted_is_gone() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    visitor.say(&conversation, "hello", &[]).await;
    assert_eq!(visitor.delete(&conversation).await.status, StatusCode::NO_CONTENT);
    for answer in [
        visitor.get(&conversation).await,
        visitor.get(&format!("{conversation}/messages")).await,
        visitor.delete(&conversation).await,
    ] {
        assert_eq!(answer.problem().cause, "not_found");
    }
    assert_eq!(visitor.get("/conversations").await.json()["conversations"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_title_is_bounded() {
    let visitor = Client::visitor(&[]).await;
    let conversation = visitor.conversation().await;
    let long = format!(r#"{{"title":"{}"}}"#, "x".repeat(121));
    assert_eq!(visitor.patch(&conversation, &long).await.problem().cause, "invalid_request");
    assert_eq!(visitor.patch(&conversation, r#"{"title":5}"#).await.problem().cause, "invalid_request");
    assert_eq!(
        visitor.patch(&conversation, r#"{"name":"x"}"#).await.problem().detail,
        "The field name is not known here."
    );
}

#[tokio::test]
async fn an_address_or_method_that_is_not_known_is_told() {
    let visitor = Client::visitor(&[]).await;
    let nowhere = visitor.get("/nowhere").await;
    assert_eq!((nowhere.status, nowhere.problem().cause.as_str()), (StatusCode::NOT_FOUND, "no_route"));
    let method = visitor.delete("/config").await;
    assert_eq!(
        (method.status, method.problem().cause.as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, "no_route")
    );
}
