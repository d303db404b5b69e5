//! `candor serve` as a process, its visitor, and the provider that it asks.

use std::fs::File;
use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use candor_proxy::provider::openai::use_ring;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::emitted::record;

/// The provider's key, the owner's token, and what a collector asks for: of `tests/secrets.txt`.
pub const KEY: &str = "sk-proj-0123456789abcdefghijABCDEFGHIJ0123456789";
pub const OWNER_TOKEN: &str = "only-the-owner";
pub const COLLECTOR_TOKEN: &str = "the-owner-of-the-vectors";

/// The longest that anything here may take.
const LONGEST: Duration = Duration::from_secs(30);

/// A question that the provider refuses, with everything that it was sent in its words.
pub const REFUSED: &str = "my card is 4111-1111";

/// A provider that tells with which headers it was asked.
pub struct Upstream {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<HeaderMap>>>,
}

impl Upstream {
    pub async fn start() -> Self {
        let asked = Arc::<Mutex<Vec<HeaderMap>>>::default();
        let router =
            Router::new().route("/v1/chat/completions", post(complete)).with_state(Arc::clone(&asked));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, asked }
    }

    /// The header `traceparent` of each request.
    pub fn traceparents(&self) -> Vec<Option<String>> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|headers| Some(headers.get("traceparent")?.to_str().unwrap().to_owned())).collect()
    }
}

async fn complete(
    State(asked): State<Arc<Mutex<Vec<HeaderMap>>>>,
    headers: HeaderMap,
    body: axum::Json<Value>,
) -> Response {
    let key = headers["authorization"].to_str().unwrap().to_owned();
    asked.lock().unwrap().push(headers);
    let question = body["messages"].as_array().unwrap().last().unwrap()["content"].as_str().unwrap();
    if question == REFUSED {
        let message = format!("Incorrect API key provided: {key}. You asked: {question}");
        let error = json!({ "error": { "message": message, "type": question, "code": "invalid_api_key" } });
        return (StatusCode::UNAUTHORIZED, [("x-request-id", "req_of-the-tests")], axum::Json(error))
            .into_response();
    }
    let events = [
        json!({ "choices": [{ "delta": { "content": "An answer" } }] }).to_string(),
        json!({ "choices": [{ "delta": { "content": " to it." }, "finish_reason": "stop" }] }).to_string(),
        json!({ "choices": [], "usage": { "prompt_tokens": 12, "completion_tokens": 5 } }).to_string(),
        "[DONE]".to_owned(),
    ];
    let events = events.map(|data| format!("data: {data}\n\n")).concat();
    ([("content-type", "text/event-stream")], Body::from(events)).into_response()
}

/// `candor serve`.
pub struct Proxy {
    child: Child,
    url: String,
    log: NamedTempFile,
    client: Client,
}

impl Proxy {
    pub async fn start(upstream: &Upstream, variables: &[(&str, &str)]) -> Self {
        use_ring();
        let log = NamedTempFile::new().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_candor"));
        for (name, _) in std::env::vars() {
            if name.starts_with("CANDOR_") || name.starts_with("OTEL_") {
                command.env_remove(name);
            }
        }
        command
            .arg("serve")
            .current_dir(std::env::temp_dir())
            .env("CANDOR_ADDR", "127.0.0.1:0")
            .env("CANDOR_DATABASE_URL", "sqlite::memory:")
            .env("CANDOR_PROVIDER", "openai")
            .env("CANDOR_BASE_URL", format!("http://localhost:{}/v1", upstream.address.port()))
            .env("CANDOR_API_KEY", KEY)
            .env("CANDOR_MODEL", "gpt-test")
            .env("CANDOR_OWNER_TOKEN", OWNER_TOKEN)
            .env("CANDOR_LOG", "candor_proxy=debug")
            .env("CANDOR_LOG_FORMAT", "json")
            // What has ended is sent at once.
            .env("OTEL_BSP_SCHEDULE_DELAY", "50")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(log.path()).unwrap())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).await.unwrap();
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.unwrap_or_else(|| panic!("{}", std::fs::read_to_string(log.path()).unwrap()));
        let url = format!("http://{address}");
        Self { child, url, log, client: Client::builder().no_proxy().timeout(LONGEST).build().unwrap() }
    }

    /// A request at an address of the proxy.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        self.client.request(method.parse().unwrap(), format!("{}{path}", self.url))
    }

    /// A new visitor with a new conversation.
    pub async fn visitor(&self) -> Visitor<'_> {
        let made = self.request("POST", "/candor/v1/visitors").send().await.unwrap();
        let token = field(&made.text().await.unwrap(), "token");
        let conversations = self.request("POST", "/candor/v1/conversations").bearer_auth(&token);
        let conversation = field(&conversations.send().await.unwrap().text().await.unwrap(), "id");
        Visitor { proxy: self, token, conversation }
    }

    /// Asks it to stop, and waits until it has ended. How it has, and what it has logged.
    pub async fn stop(mut self) -> (ExitStatus, String) {
        let id = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        let status = timeout(LONGEST, self.child.wait()).await.unwrap().unwrap();
        let log = std::fs::read_to_string(self.log.path()).unwrap();
        record(&log);
        (status, log)
    }
}

/// The value of the first field of that name in an answer's JSON.
pub fn field(answer: &str, name: &str) -> String {
    let value = answer.split(&format!("\"{name}\":\"")).nth(1).unwrap_or_else(|| panic!("{answer}"));
    value.split('"').next().unwrap().to_owned()
}

/// A visitor of a proxy.
pub struct Visitor<'a> {
    proxy: &'a Proxy,
    pub token: String,
    pub conversation: String,
}

impl Visitor<'_> {
    /// Says something, with these headers beside; what the stream of the reply was.
    pub async fn say(&self, words: &str, headers: &[(&str, &str)]) -> String {
        let path = format!("/candor/v1/conversations/{}/messages", self.conversation);
        let mut request = self.proxy.request("POST", &path).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.json(&json!({ "content": words })).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let told = response.text().await.unwrap();
        record(&told);
        told
    }
}
