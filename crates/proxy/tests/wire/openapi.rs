//! The description that the proxy serves of its wire, held against what it answers.

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Client};

async fn description(client: &Client) -> Value {
    let answer = client.get("/openapi.json").await;
    assert_eq!(answer.header("content-type"), "application/json");
    answer.json()
}

/// Asserts that the body is as the description has it for this operation and status.
fn check(description: &Value, path: &str, method: &str, answer: &Answer) {
    let responses = &description["paths"][path][method]["responses"];
    let response = &responses[answer.status.as_str()];
    // Every refusal is described once.
    let response = match response["$ref"].as_str() {
        Some(name) => description.pointer(name.trim_start_matches('#')).unwrap(),
        None => response,
    };
    let content = &response["content"][answer.header("content-type")];
    assert!(content.is_object(), "{method} {path} may not answer {} {}", answer.status, answer.body);
    let mut schema = content["schema"].clone();
    schema["components"] = description["components"].clone();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let faults: Vec<String> = validator
        .iter_errors(&answer.json())
        .map(|fault| format!("{fault} at {}", fault.instance_path()))
        .collect();
    assert!(faults.is_empty(), "{method} {path}: {faults:?} in {}", answer.body);
}

#[tokio::test]
async fn what_is_answered_is_what_is_described() {
    let client = Client::visitor(&[("CANDOR_OWNER_TOKEN", "only-the-owner")]).await;
    let described = description(&client).await;
    for path in ["/challenge", "/config", "/health"] {
        check(&described, path, "get", &client.get(path).await);
    }
    check(&described, "/visitors", "post", &client.post("/visitors", "{}").await);
    let challenging = [("CANDOR_CHALLENGE", "altcha"), ("CANDOR_CHALLENGE_SECRET", "a-secret-of-the-tests")];
    let challenged = Client::stranger(&challenging).await;
    check(&described, "/challenge", "get", &challenged.get("/challenge").await);
    check(&described, "/visitors", "post", &challenged.post("/visitors", "{}").await);
    check(&described, "/conversations", "post", &client.post("/conversations", r#"{"title":"Seats"}"#).await);
    let conversation = client.conversation().await;
    let json = [("accept", "application/json")];
    let one = "/conversations/{conversation}";
    let messages = "/conversations/{conversation}/messages";
    let answer = client.say(&conversation, "hello", &json).await;
    check(&described, messages, "post", &answer);
    let failure = client.say(&conversation, "fail: missing scopes", &json).await;
    assert_eq!(failure.status, 502);
    check(&described, messages, "post", &failure);
    check(&described, messages, "get", &client.get(&format!("{conversation}/messages")).await);
    let reply = client.get(&format!("{conversation}/messages")).await.json()["messages"][1]["id"].clone();
    let feedback = format!("{conversation}/messages/{}/feedback", reply.as_str().unwrap());
    assert_eq!(
        client
            .send(
                Method::PUT,
                &feedback,
                &[("content-type", "application/json")],
                r#"{"rating":"up","comment":"Good."}"#
            )
            .await
            .status,
        204
    );
    check(&described, messages, "get", &client.get(&format!("{conversation}/messages")).await);
    check(&described, "/conversations", "get", &client.get("/conversations").await);
    check(&described, one, "get", &client.get(&conversation).await);
    check(&described, one, "patch", &client.patch(&conversation, r#"{"title":"Helmets"}"#).await);
    check(&described, one, "get", &client.get("/conversations/c_0").await);
    let errors = client.with_token(Some("only-the-owner")).get("/diagnostics/errors").await;
    check(&described, "/diagnostics/errors", "get", &errors);
    let audit = client.with_token(Some("only-the-owner")).get("/diagnostics/audit").await;
    assert_eq!(audit.json()["entries"].as_array().unwrap().len(), 1);
    check(&described, "/diagnostics/audit", "get", &audit);
    let rated = client.with_token(Some("only-the-owner")).get("/diagnostics/feedback").await;
    assert_eq!(rated.json()["feedback"].as_array().unwrap().len(), 1);
    check(&described, "/diagnostics/feedback", "get", &rated);
}

const FEEDBACK: &str = "/conversations/{conversation}/messages/{message}/feedback";

#[tokio::test]
async fn a_body_that_is_described_is_read_and_no_other() {
    let client = Client::visitor(&[("CANDOR_LINKING", "true")]).await;
    let described = description(&client).await;
    let conversation = client.conversation().await;
    for (path, method, body, is_good) in [
        ("/visitors", Method::POST, r#"{}"#, true),
        ("/visitors", Method::POST, r#"{"code":null}"#, false),
        ("/visitors", Method::POST, r#"{"code":"ABCD-EFGH"}"#, true),
        ("/visitors", Method::POST, r#"{"challenge":"x"}"#, true),
        ("/visitors", Method::POST, r#"{"challenge":null}"#, false),
        ("/visitors", Method::POST, r#"{"token":"x"}"#, false),
        ("/conversations", Method::POST, r#"{"title":"Seats"}"#, true),
        ("/conversations", Method::POST, r#"{"title":null}"#, false),
        ("/conversations", Method::POST, r#"{"unread":true}"#, false),
        ("/conversations/{conversation}", Method::PATCH, r#"{"title":"Bells","unread":false}"#, true),
        ("/conversations/{conversation}", Method::PATCH, r#"{"title":"Bells","unread":null}"#, false),
        ("/conversations/{conversation}", Method::PATCH, r#"{"unread":1}"#, false),
        ("/conversations/{conversation}", Method::PATCH, r#"{"unread":true,"id":"c_1"}"#, false),
        ("/conversations/{conversation}/messages", Method::POST, r#"{"content":"hello"}"#, true),
        ("/conversations/{conversation}/messages", Method::POST, r#"{"content":["hello"]}"#, false),
        ("/conversations/{conversation}/messages", Method::POST, r#"{}"#, false),
        (FEEDBACK, Method::PUT, r#"{"rating":"up"}"#, true),
        (FEEDBACK, Method::PUT, r#"{"rating":"down","comment":"Wrong."}"#, true),
        (FEEDBACK, Method::PUT, r#"{"rating":"down","comment":null}"#, false),
        (FEEDBACK, Method::PUT, r#"{"rating":"left"}"#, false),
        (FEEDBACK, Method::PUT, r#"{"comment":"Wrong."}"#, false),
        (FEEDBACK, Method::PUT, r#"{"rating":"up","stars":5}"#, false),
    ] {
        let operation = &described["paths"][path][method.as_str().to_lowercase()];
        let mut schema = operation["requestBody"]["content"]["application/json"]["schema"].clone();
        schema["components"] = described["components"].clone();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        assert_eq!(
            validator.is_valid(&serde_json::from_str(body).unwrap()),
            is_good,
            "{method} {path} {body}"
        );
        let address = path.replace("/conversations/{conversation}", &conversation);
        let headers = [("content-type", "application/json")];
        let answer = client.send(method.clone(), &address, &headers, body).await;
        assert_eq!(answer.status != 422, is_good, "{method} {path} {body}: {}", answer.body);
    }
}

#[tokio::test]
async fn every_operation_that_is_described_is_there() {
    let client = Client::visitor(&[]).await;
    let described = description(&client).await;
    let mut operations = Vec::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let path = path.replace("{conversation}", "c_0").replace("{message}", "m_0");
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let answer = client.send(method.clone(), &path, &[], Body::empty()).await;
            assert!(!answer.body.contains("no_route"), "{method} {path}: {}", answer.body);
            let open = operation["security"][0] == json!({});
            assert_eq!(
                client.with_token(None).send(method, &path, &[], Body::empty()).await.status != 401,
                open
            );
            operations.push(path);
        }
    }
    assert_eq!(operations.len(), 26, "{operations:?}");
}
