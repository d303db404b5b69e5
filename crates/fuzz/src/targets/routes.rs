//! Every route of the proxy.

use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use bolero::check;
use bytes::Bytes;
use candor_diagnosis::completions::ChatRequest;
use candor_protocol::problem::Problem;
use candor_proxy::App;
use candor_proxy::assets::Assets;
use candor_proxy::config::{DatabaseAddress, Settings};
use candor_proxy::provider::{Answer, Exchange, Provider};
use candor_proxy::routes::app;
use candor_proxy::store::{Database, Limits, Store};
use futures_util::{FutureExt, StreamExt, stream};
use serde_json::Value;
use tokio::runtime::Builder;
use tower::ServiceExt;

use crate::input::Input;

/// After so many inputs there is a new proxy, so that what is kept stays small.
const INPUTS_OF_A_PROXY: usize = 2000;

/// How many are asked at the same time: most of what a request takes is waiting.
const PROXIES: usize = 32;

const MOUNT: &str = "/candor/v1";
const OWNER: &str = "only-the-owner";

/// Bodies as the routes want them.
const BODIES: &[&str] = &[
    "",
    "{}",
    r#"{"title":"Seats"}"#,
    r#"{"title":"Bells","unread":false}"#,
    r#"{"content":"hello"}"#,
    r#"{"code":"ABCD-EFGH"}"#,
    r#"{"messages":[{"role":"user","content":"hello"},{"role":"assistant","content":"Hello."},{"role":"user","content":"seats"}]}"#,
    r#"{"stored":false}"#,
];

const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "null",
    "true",
    "1e999",
    "-1",
    "\\u0000",
    "\\ud800",
    "\"content\":",
    "\"title\":",
    "\"messages\":",
    "\"role\":\"system\"",
    "\0",
    "\u{feff}",
    "é",
    "🙂",
    "x",
];

const QUERIES: &[&str] = &[
    "",
    "",
    "",
    "?limit=1",
    "?limit=100",
    "?limit=0",
    "?limit=99999999999",
    "?before=x",
    "?search=hello",
    "?search=%00%ff",
    "?search=%25_",
    "?from=0",
    "?reference=CR-00000000",
    "?limit=1&limit=2",
    "?&=&",
    "?%zz",
];

/// In place of an id.
const IDS: &[&str] =
    &["c_0", "m_0", "r_0", "%00", "%ff", "..", "x", "%F0%9F%99%82", "c_924e3deb6c7ba92ded73dee661a8b001", ""];

const HEADERS: &[(&str, &str)] = &[
    ("accept", "application/json"),
    ("accept", "text/event-stream"),
    ("accept", "\u{1}"),
    ("idempotency-key", "key"),
    ("idempotency-key", ""),
    ("last-event-id", "r_0:5"),
    ("last-event-id", "99999999999999999999:x"),
    ("origin", "https://www.example.com"),
    ("origin", "null"),
    ("content-type", "text/plain"),
    ("content-length", "99999999999"),
    ("accept-encoding", "br;q=x, *"),
    ("x-forwarded-for", "::1, x, 999.9.9.9"),
    ("access-control-request-method", "PATCH"),
    ("host", "a.example:99999"),
];

/// A provider that answers at once.
struct Quick;

impl Provider for Quick {
    fn chat(&self, _: ChatRequest) -> Exchange<'_> {
        let body = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello.\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
        answered("text/event-stream", body)
    }

    fn moderate(&self, _: &[&str]) -> Exchange<'_> {
        answered("application/json", r#"{"results":[{"flagged":false,"categories":{}}]}"#)
    }

    fn models(&self) -> Exchange<'_> {
        answered("application/json", r#"{"object":"list","data":[]}"#)
    }
}

fn answered(content_type: &str, body: &'static str) -> Exchange<'static> {
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    let body = stream::iter([Ok(Bytes::from_static(body.as_bytes()))]).boxed();
    async move { Ok(Answer { status: 200, headers, body }) }.boxed()
}

/// A proxy, a visitor of it with a message in a conversation, and every operation that it describes.
struct Mounted {
    router: Router,
    token: String,
    conversation: String,
    message: String,
    operations: Vec<(Method, String)>,
}

impl Mounted {
    async fn new() -> Self {
        let variables = [
            ("CANDOR_OWNER_TOKEN", OWNER),
            ("CANDOR_LINKING", "true"),
            ("CANDOR_LIMITS", "off"),
            ("CANDOR_TRUSTED_PROXIES", "loopback"),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = Settings::from_sources(None, variables).unwrap();
        let store = Store::new(Database::open(&DatabaseAddress::Memory).await.unwrap(), Limits::default());
        let router = app(App::with(settings, Arc::new(Quick), store, Assets::default()));
        let mut mounted = Self {
            router,
            token: String::new(),
            conversation: String::new(),
            message: String::new(),
            operations: Vec::new(),
        };
        mounted.renew().await;
        let (_, _, described) =
            mounted.send(mounted.request(Method::GET, "/openapi.json").body(Body::empty()).unwrap()).await;
        let described: Value = serde_json::from_slice(&described).unwrap();
        for (path, methods) in described["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                mounted.operations.push((method.to_uppercase().parse().unwrap(), path.clone()));
            }
        }
        assert!(mounted.operations.len() > 15, "every route is described");
        mounted
    }

    /// Comes as another visitor, where something has been deleted.
    async fn renew(&mut self) {
        self.token.clear();
        self.token = self.made("/visitors", "token").await;
        self.conversation = self.made("/conversations", "id").await;
        let messages = format!("/conversations/{}/messages", self.conversation);
        let said = self.request(Method::POST, &messages).header("content-type", "application/json");
        self.send(said.body(Body::from(r#"{"content":"hello"}"#)).unwrap()).await;
        let (_, _, kept) = self.send(self.request(Method::GET, &messages).body(Body::empty()).unwrap()).await;
        let kept: Value = serde_json::from_slice(&kept).unwrap();
        self.message = kept["messages"][0]["id"].as_str().unwrap().to_owned();
    }

    fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(format!("{MOUNT}{path}"));
        if self.token.is_empty() {
            request
        } else {
            request.header("authorization", format!("Bearer {}", self.token))
        }
    }

    async fn made(&self, path: &str, field: &str) -> String {
        let (_, _, body) = self.send(self.request(Method::POST, path).body(Body::empty()).unwrap()).await;
        serde_json::from_slice::<Value>(&body).unwrap()[field].as_str().unwrap().to_owned()
    }

    async fn send(&self, request: Request<Body>) -> (StatusCode, String, Bytes) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        let status = response.status();
        (status, kind.unwrap_or_default(), to_bytes(response.into_body(), usize::MAX).await.unwrap())
    }

    /// The request of an input; none where no HTTP client could send it.
    fn random(&self, input: &Input, body: Vec<u8>) -> Option<Request<Body>> {
        let [operation, id, query, first, second, token, method, _] = input.choices.map(usize::from);
        let (usual, path) = &self.operations[operation % self.operations.len()];
        let id = |own: &str| match id % 3 {
            0 => IDS[id / 3 % IDS.len()].to_owned(),
            _ => own.to_owned(),
        };
        let path = path
            .replace("{conversation}", &id(&self.conversation))
            .replace("{message}", &id(&self.message))
            .replace("{reply}", &id("r_0"));
        let method = match method % 8 {
            0 => Method::PUT,
            1 => Method::HEAD,
            2 => Method::OPTIONS,
            _ => usual.clone(),
        };
        let uri = format!("{MOUNT}{path}{}", QUERIES[query % QUERIES.len()]);
        let mut request = Request::builder().method(method).uri(uri);
        let token = match token % 8 {
            0 => None,
            1 => Some("ct_unknown"),
            2 => Some(OWNER),
            _ => Some(self.token.as_str()),
        };
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if first % 4 > 0 {
            request = request.header("content-type", "application/json");
        }
        for which in [first, second] {
            let (name, value) = HEADERS[which % HEADERS.len()];
            request = request.header(name, value);
        }
        request.body(Body::from(body)).ok()
    }
}

/// No request is answered with a fault of the proxy, and each refusal is a problem that says what is wrong.
pub fn run(inputs: usize) {
    let threads: Vec<_> =
        (0..PROXIES).map(|_| thread::spawn(move || ask(inputs.div_ceil(PROXIES)))).collect();
    let outcomes: Vec<_> = threads.into_iter().map(thread::JoinHandle::join).collect();
    assert!(outcomes.iter().all(Result::is_ok), "a request was answered as none should be");
}

/// Asks one proxy after another.
fn ask(inputs: usize) {
    let samples: Vec<Vec<u8>> = BODIES.iter().map(|body| body.as_bytes().to_vec()).collect();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let mounted = RefCell::new((0, runtime.block_on(Mounted::new())));
    let test = AssertUnwindSafe(|input: &Input| {
        let mut mounted = mounted.borrow_mut();
        if mounted.0 == INPUTS_OF_A_PROXY {
            *mounted = (0, runtime.block_on(Mounted::new()));
        }
        mounted.0 += 1;
        let Some(request) = mounted.1.random(input, input.bytes(&samples, WORDS)) else { return };
        let shown = format!("{request:?}");
        let is_head = request.method() == Method::HEAD;
        let (status, kind, body) = runtime.block_on(mounted.1.send(request));
        if status == StatusCode::NO_CONTENT {
            runtime.block_on(mounted.1.renew());
        }
        let told = String::from_utf8_lossy(&body);
        assert!(!status.is_server_error() || status == StatusCode::BAD_GATEWAY, "{shown}: {status} {told}");
        if status.is_client_error() && !is_head {
            assert_eq!(kind, "application/problem+json", "{shown}: {status} {told}");
            let problem: Problem = serde_json::from_slice(&body).unwrap();
            assert_eq!(problem.status, status.as_u16(), "{shown}");
        }
    });
    check!().with_type::<Input>().with_iterations(inputs).for_each(move |input| {
        // All of it, with what it asserts.
        let test = &test;
        (test.0)(input);
    });
}
