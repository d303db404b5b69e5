use std::cell::Cell;
use std::rc::Rc;

use candor::Settings;
use candor::lazy;
use candor::transport::archive;
use candor::transport::client::Client;
use wasm_bindgen_test::*;

use super::stage::{Fetch, respond};

/// Nothing listens here: every test answers in the place of `fetch`.
const ENDPOINT: &str = "https://proxy.example/candor/v1";

const CONFIG: &str = r#"{"title":"t","subtitle":"","greeting":"","notice":"","diagnostics":"off","message_chars":9,"version":"1","time":1}"#;

fn client(endpoint: &str) -> Rc<Client> {
    Client::new(Settings::of(endpoint), lazy::DOORS)
}

#[wasm_bindgen_test]
async fn a_rejected_fetch_is_told_as_a_proxy_out_of_reach() {
    let _fetch = Fetch::reject("new TypeError('Failed to fetch')");
    assert_eq!(client(ENDPOINT).config().await.unwrap_err().cause, "unreachable_proxy");
}

#[wasm_bindgen_test]
async fn a_fetch_that_is_rejected_with_no_error_object_is_survived() {
    for reason in ["'blocked'", "undefined", "null", "42", "{}"] {
        let _fetch = Fetch::reject(reason);
        assert_eq!(client(ENDPOINT).config().await.unwrap_err().cause, "unreachable_proxy", "{reason}");
    }
}

#[wasm_bindgen_test]
async fn a_firewalls_page_is_read_and_not_taken_for_the_proxy() {
    let page = "<html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1></body></html>";
    let _fetch = Fetch::answer(move |_, _| respond(403, "text/html; charset=UTF-8", page));
    let problem = client(ENDPOINT).config().await.unwrap_err();
    assert_eq!((problem.cause.as_str(), problem.status), ("not_the_proxy", 403));
    let said = problem.upstream.unwrap();
    assert_eq!(said.status, 403);
    assert!(said.is_html());
    assert_eq!(said.message.as_deref(), Some("403 Forbidden"));
}

#[wasm_bindgen_test]
async fn a_log_in_page_under_200_is_not_taken_for_the_proxy() {
    let _fetch = Fetch::answer(|_, _| respond(200, "text/html", "<html><title>Log In</title></html>"));
    assert_eq!(client(ENDPOINT).config().await.unwrap_err().cause, "not_the_proxy");
}

/// A visitor's first request to a proxy that refuses so many times; how often it gave a token then, and was asked.
async fn refused(times: usize, endpoint: &str) -> (usize, usize) {
    let problem = r#"{"type":"urn:candor:problem:unauthorized","title":"t","detail":"d","status":401,"cause":"unauthorized",
        "link":"proxy","retryable":true,"time":1}"#;
    let (given, asked) = (Rc::<Cell<usize>>::default(), Rc::<Cell<usize>>::default());
    let (giving, asking) = (Rc::clone(&given), Rc::clone(&asked));
    let _fetch = Fetch::answer(move |method, url| match (method, url.rsplit('/').next().unwrap()) {
        ("GET", "config") => respond(200, "application/json", CONFIG),
        ("POST", "visitors") => {
            giving.set(giving.get() + 1);
            respond(201, "application/json", r#"{"token":"ct_0a1b","created_at":1}"#)
        }
        ("GET", "conversations") => {
            asking.set(asking.get() + 1);
            match asking.get() <= times {
                true => respond(401, "application/problem+json", problem),
                false => respond(200, "application/json", r#"{"conversations":[]}"#),
            }
        }
        other => panic!("{other:?}"),
    });
    let archive = archive::latest(&client(endpoint)).await.unwrap();
    assert_eq!(archive.conversations(String::new(), None).await.unwrap().conversations, []);
    (given.get(), asked.get())
}

#[wasm_bindgen_test]
async fn a_token_that_the_proxy_forgot_is_replaced_once() {
    assert_eq!(refused(2, "https://forgetful.example/candor/v1").await, (2, 3));
}

#[wasm_bindgen_test]
async fn a_host_that_keeps_authorization_from_the_proxy_gets_the_same_token_again() {
    assert_eq!(refused(1, "https://deaf.example/candor/v1").await, (1, 2));
}
