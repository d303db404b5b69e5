//! The proxy is killed, and the way to it cut, at random moments while visitors write: whatever was acknowledged is there
//! afterwards, exactly once, and every reply is what the provider sent.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "it serves the tests of the wire too")]
#[path = "../wire/database.rs"]
mod database;
mod load;
mod replicas;

use std::collections::HashMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::post;
use candor_protocol::sse::Decoder;
use candor_protocol::wire::{Message, MessageStatus, ReplyEvent};
use futures_util::{StreamExt, stream};
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

/// How often the proxy is killed, and how often every connection is cut.
const KILLS: usize = 200;
const CUTS: usize = 200;

/// Visitors who write at the same time.
const VISITORS: usize = 8;

/// The longest that a test may take, and a request without a byte.
const LONGEST: Duration = Duration::from_secs(300);
const SILENCE: Duration = Duration::from_secs(20);

/// Prints a line, also where the test passes: libtest shows what `println!` prints only where one fails.
fn report(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Random numbers that a printed seed brings again (xorshift64*, Vigna 2016).
struct Random(AtomicU64);

impl Random {
    fn new() -> Self {
        let seed = std::time::UNIX_EPOCH.elapsed().unwrap().subsec_nanos().into();
        report(&format!("seed {seed}"));
        Self(AtomicU64::new(seed))
    }

    fn below(&self, bound: u64) -> u64 {
        let step = |mut x: u64| {
            x ^= x >> 12;
            x ^= x << 25;
            Some(x ^ (x >> 27))
        };
        let last = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap();
        last.wrapping_mul(0x2545_F491_4F6C_DD1D) % bound
    }
}

/// What the provider answers to a question: some forty words, not all of them ASCII.
fn answer(question: &str) -> String {
    (0..40).map(|number| format!("{question}–{number} ")).collect()
}

/// A provider that answers word by word, and counts how often it was asked each question.
struct Upstream {
    address: SocketAddr,
    asked: Arc<Mutex<HashMap<String, usize>>>,
}

/// Serves a provider's routes at an address of its own, for as long as the test runs.
async fn serve(router: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = hyper_util::service::TowerToHyperService::new(router.clone());
            let http = hyper::server::conn::http1::Builder::new();
            tokio::spawn(http.serve_connection(hyper_util::rt::TokioIo::new(stream), service));
        }
    });
    address
}

impl Upstream {
    async fn start() -> Self {
        let asked = Arc::<Mutex<HashMap<String, usize>>>::default();
        let router =
            Router::new().route("/v1/chat/completions", post(complete)).with_state(Arc::clone(&asked));
        Self { address: serve(router).await, asked }
    }
}

async fn complete(
    State(asked): State<Arc<Mutex<HashMap<String, usize>>>>,
    body: axum::Json<Value>,
) -> impl IntoResponse {
    let question =
        body["messages"].as_array().unwrap().last().unwrap()["content"].as_str().unwrap().to_owned();
    let words: Vec<String> = answer(&question).split_inclusive(' ').map(str::to_owned).collect();
    *asked.lock().unwrap().entry(question).or_default() += 1;
    let pieces =
        words.into_iter().map(|word| json!({ "choices": [{ "delta": { "content": word } }] }).to_string());
    let end =
        [json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] }).to_string(), "[DONE]".to_owned()];
    let events = stream::iter(pieces.chain(end)).then(|data| async move {
        sleep(Duration::from_millis(5)).await;
        Ok::<_, std::convert::Infallible>(format!("data: {data}\n\n"))
    });
    ([("content-type", "text/event-stream")], Body::from_stream(events))
}

/// `candor serve` as a process, on a port that stays the same.
struct Proxy {
    child: Child,
}

impl Proxy {
    async fn start(address: SocketAddr, upstream: SocketAddr, database: &Path) -> Self {
        let url = format!("sqlite://{}", database.display());
        Self::with(address, upstream, &url, &[("CANDOR_LIMITS", "off")]).await.expect("it listens")
    }

    /// One with a database and more variables; none where it ends before it listens.
    async fn with(
        address: SocketAddr,
        upstream: SocketAddr,
        database_url: &str,
        variables: &[(&str, &str)],
    ) -> Option<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_candor"));
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CANDOR_")) {
            command.env_remove(name);
        }
        command
            .arg("serve")
            .current_dir(std::env::temp_dir())
            .env("CANDOR_ADDR", address.to_string())
            .env("CANDOR_DATABASE_URL", database_url)
            .env("CANDOR_PROVIDER", "openai")
            .env("CANDOR_BASE_URL", format!("http://{upstream}/v1"))
            .env("CANDOR_API_KEY", "a-key")
            .env("CANDOR_MODEL", "m")
            .env("CANDOR_LOG", "error")
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).await.unwrap();
        line.contains("listens").then_some(Self { child })
    }

    async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }
}

async fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// What a visitor was told.
struct Acknowledged {
    conversation: String,
    message: String,
    question: String,
    /// Whether the reply was asked for again, since the proxy ended in the middle of it.
    again: usize,
    /// How often it had to be sent again before it was acknowledged.
    resent: usize,
    /// Whether the whole reply was read; not where a limit was met before it could be asked for again.
    is_whole: bool,
}

/// What came of a question.
enum Asked {
    /// Its whole reply.
    Answered { message: String, again: usize },
    /// A limit was met, before the message was kept or after.
    Refused { message: Option<String>, again: usize },
}

/// Whether nobody is there yet who could answer: a database that is away, or a balancer's own word that every proxy is.
fn is_away(response: &Response) -> bool {
    let is_problem =
        response.headers().get("content-type").is_some_and(|kind| kind == "application/problem+json");
    match response.status().as_u16() {
        503 => true,
        502 | 504 => !is_problem,
        _ => false,
    }
}

/// A visitor who sends until something is acknowledged, and follows each reply to its end.
struct Visitor {
    client: Client,
    base: String,
    token: String,
    acknowledged: Vec<Acknowledged>,
    /// Whether a limit was met.
    is_refused: bool,
    /// How often something had to be sent again, by anybody and by this visitor.
    resent: Arc<AtomicUsize>,
    own_resent: AtomicUsize,
}

impl Visitor {
    async fn new(base: String, resent: Arc<AtomicUsize>) -> Self {
        candor_proxy::provider::openai::use_ring();
        let client = Client::builder().no_proxy().read_timeout(SILENCE).build().unwrap();
        let mut visitor = Self {
            client,
            base,
            token: String::new(),
            acknowledged: Vec::new(),
            is_refused: false,
            resent,
            own_resent: AtomicUsize::default(),
        };
        visitor.token =
            visitor.json("POST", "/visitors", "", "{}").await["token"].as_str().unwrap().to_owned();
        visitor
    }

    /// Sends it again with the same key until the proxy answers.
    async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        loop {
            let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
            let mut request =
                self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            if !body.is_empty() {
                request = request.header("content-type", "application/json").body(body.to_owned());
            }
            match request.send().await {
                Ok(response) if !is_away(&response) => return response,
                _ => {
                    self.resent.fetch_add(1, Ordering::Relaxed);
                    self.own_resent.fetch_add(1, Ordering::Relaxed);
                    sleep(Duration::from_millis(10)).await;
                }
            }
        }
    }

    async fn json(&self, method: &str, path: &str, key: &str, body: &str) -> Value {
        loop {
            let headers = [("idempotency-key", key)];
            let response = self.send(method, path, if key.is_empty() { &[] } else { &headers }, body).await;
            let status = response.status();
            match response.text().await {
                Ok(text) if status.is_success() => return serde_json::from_str(&text).unwrap(),
                Ok(text) => panic!("{status}: {text}"),
                Err(_) => {}
            }
        }
    }

    /// Writes until it is told to end, or a limit is met.
    async fn converse(&mut self, name: &str, until: &AtomicBool) {
        let mut number = 0;
        while !until.load(Ordering::Relaxed) && !self.is_refused {
            let key = format!("{name}-{number}");
            let conversation =
                self.json("POST", "/conversations", &key, "{}").await["id"].as_str().unwrap().to_owned();
            for part in 0..3 {
                let question = format!("{key}-{part}");
                let conversation = conversation.clone();
                let before = self.own_resent.load(Ordering::Relaxed);
                let asked = self.ask(&conversation, &question).await;
                let resent = self.own_resent.load(Ordering::Relaxed) - before;
                match asked {
                    Asked::Answered { message, again } => {
                        let is_whole = true;
                        self.acknowledged.push(Acknowledged {
                            conversation,
                            message,
                            question,
                            again,
                            resent,
                            is_whole,
                        });
                    }
                    Asked::Refused { message, again } => {
                        self.is_refused = true;
                        let is_whole = false;
                        self.acknowledged.extend(message.map(|message| Acknowledged {
                            conversation,
                            message,
                            question,
                            again,
                            resent,
                            is_whole,
                        }));
                        break;
                    }
                }
            }
            number += 1;
        }
    }

    /// Asks, follows the reply to its end, and holds it against what the provider says to that question.
    async fn ask(&self, conversation: &str, question: &str) -> Asked {
        let messages = format!("/conversations/{conversation}/messages");
        let body = json!({ "content": question }).to_string();
        let (mut message, mut content, mut last_id, mut again) =
            (None::<String>, String::new(), None::<String>, 0);
        let mut response = self.send("POST", &messages, &[("idempotency-key", question)], &body).await;
        loop {
            if response.status() == 429 {
                return Asked::Refused { message, again };
            }
            assert!(
                response.status().is_success(),
                "{}: {}",
                response.status(),
                response.text().await.unwrap()
            );
            let mut bytes = response.bytes_stream();
            let mut decoder = Decoder::default();
            let mut is_interrupted = false;
            while let Some(Ok(piece)) = bytes.next().await {
                for event in decoder.push(&piece).unwrap() {
                    last_id = event.id.or(last_id);
                    match ReplyEvent::read(&event.name, &event.data).unwrap().unwrap() {
                        ReplyEvent::Start(start) => {
                            message = Some(start.message.id);
                            content.clear();
                        }
                        ReplyEvent::Thinking => {}
                        ReplyEvent::Delta(delta) => content.push_str(&delta.content),
                        ReplyEvent::Done(done) => {
                            assert_eq!(content, answer(question), "as it was followed");
                            assert_eq!(done.reply.content, content, "as it was kept");
                            return Asked::Answered { message: message.unwrap(), again };
                        }
                        ReplyEvent::Error(problem) => {
                            assert!(
                                ["reply_interrupted", "stopping"].contains(&problem.cause.as_str()),
                                "{problem:?}"
                            );
                            assert!(answer(question).starts_with(&content), "{content}");
                            is_interrupted = true;
                        }
                    }
                }
            }
            response = match &message {
                // Nothing was acknowledged: the same again.
                None => self.send("POST", &messages, &[("idempotency-key", question)], &body).await,
                Some(message) => {
                    let reply = format!("{messages}/{message}/reply");
                    if is_interrupted {
                        again += 1;
                        self.retry(&reply).await
                    } else {
                        let id = last_id.clone().unwrap_or_default();
                        self.send("GET", &reply, &[("last-event-id", &id)], "").await
                    }
                }
            };
        }
    }

    /// Asks for the reply again. Where the answer to that was lost, another is under way already.
    async fn retry(&self, reply: &str) -> Response {
        let response = self.send("POST", reply, &[], "").await;
        if response.status() == 409 { self.send("GET", reply, &[], "").await } else { response }
    }

    /// Everything that was acknowledged is there, once, in order, with the provider's words.
    async fn assert_all_there(&self) -> usize {
        let mut kept: HashMap<&str, Vec<Message>> = HashMap::new();
        for acknowledged in &self.acknowledged {
            if !kept.contains_key(acknowledged.conversation.as_str()) {
                let path = format!("/conversations/{}/messages", acknowledged.conversation);
                let messages = self.json("GET", &path, "", "").await["messages"].clone();
                kept.insert(&acknowledged.conversation, serde_json::from_value(messages).unwrap());
            }
            let messages = &kept[acknowledged.conversation.as_str()];
            let places: Vec<usize> =
                (0..messages.len()).filter(|at| messages[*at].content == acknowledged.question).collect();
            let [place] = places[..] else {
                panic!("{} is there {} times", acknowledged.question, places.len())
            };
            assert_eq!(messages[place].id, acknowledged.message);
            if !acknowledged.is_whole {
                continue;
            }
            let reply = &messages[place + 1];
            assert_eq!(
                (reply.status, reply.content.as_str()),
                (MessageStatus::Complete, &*answer(&acknowledged.question))
            );
        }
        let conversations = self.json("GET", "/conversations?limit=100", "", "").await;
        let count = conversations["conversations"].as_array().unwrap().len();
        // The last one may have been begun without a message.
        assert!(
            (kept.len()..=kept.len() + 1).contains(&count),
            "{count} conversations, {} were begun",
            kept.len()
        );
        self.acknowledged.len()
    }
}

/// Lets visitors write through `way` while `harm` does its worst, then looks at what is kept, and whether each question was asked of the
/// provider once, unless it `may_be_asked_again`.
async fn under_load(
    base: String,
    upstream: &Upstream,
    may_be_asked_again: fn(&Acknowledged) -> bool,
    harm: impl Future<Output = ()>,
) -> (usize, usize, usize) {
    let (resent, until) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
    let visitors: Vec<_> = (0..VISITORS)
        .map(|name| {
            let (base, resent, until) = (base.clone(), Arc::clone(&resent), Arc::clone(&until));
            tokio::spawn(async move {
                let mut visitor = Visitor::new(base, resent).await;
                visitor.converse(&format!("v{name}"), &until).await;
                visitor
            })
        })
        .collect();
    harm.await;
    until.store(true, Ordering::Relaxed);
    let (mut acknowledged, mut again) = (0, 0);
    for visitor in visitors {
        let visitor = timeout(LONGEST, visitor).await.unwrap().unwrap();
        acknowledged += visitor.assert_all_there().await;
        for one in &visitor.acknowledged {
            let asked = upstream.asked.lock().unwrap()[&one.question];
            assert!(
                asked >= 1 && (asked == 1 || may_be_asked_again(one)),
                "{} was asked {asked} times",
                one.question
            );
        }
        again += visitor.acknowledged.iter().map(|one| one.again).sum::<usize>();
    }
    (acknowledged, again, resent.load(Ordering::Relaxed))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_that_is_killed_loses_nothing_that_it_acknowledged() {
    let (random, folder) = (Random::new(), tempfile::tempdir().unwrap());
    let (upstream, address) = (Upstream::start().await, free_address().await);
    let database = folder.path().join("candor.db");
    let begun = Instant::now();
    let mut proxy = Proxy::start(address, upstream.address, &database).await;
    let mut kills = 0;
    let harm = async {
        while kills < KILLS {
            sleep(Duration::from_millis(random.below(400))).await;
            proxy.kill().await;
            kills += 1;
            proxy = Proxy::start(address, upstream.address, &database).await;
            assert!(begun.elapsed() < LONGEST, "{kills} kills");
        }
    };
    // A reply that is asked for again may have been paid for even where that request's answer was lost. And the provider is asked while
    // the message is being kept: who is killed then has acknowledged and counted nothing, and the message is sent, and asked, again.
    let may_be_asked_again = |one: &Acknowledged| one.again > 0 || one.resent > 0;
    let (acknowledged, again, resent) =
        under_load(format!("http://{address}/candor/v1"), &upstream, may_be_asked_again, harm).await;
    report(&format!(
        "{kills} kills: {acknowledged} messages acknowledged, each there once with its whole reply; {again} replies were interrupted and asked for again, {resent} requests sent again"
    ));
    assert!(acknowledged > 0 && again > 0, "there was load, and it was hit");
    proxy.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_is_cut_loses_no_word_and_doubles_none() {
    let (random, folder) = (Random::new(), tempfile::tempdir().unwrap());
    let (upstream, address) = (Upstream::start().await, free_address().await);
    let mut proxy = Proxy::start(address, upstream.address, &folder.path().join("candor.db")).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let way = listener.local_addr().unwrap();
    let cut = Arc::new(Notify::new());
    let forwarder = tokio::spawn({
        let cut = Arc::clone(&cut);
        async move {
            loop {
                let (mut inner, _) = listener.accept().await.unwrap();
                let cut = Arc::clone(&cut);
                tokio::spawn(async move {
                    let mut outer = TcpStream::connect(address).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut inner, &mut outer) => {}
                        () = cut.notified() => {}
                    }
                });
            }
        }
    });
    let mut cuts = 0;
    let harm = async {
        while cuts < CUTS {
            sleep(Duration::from_millis(random.below(150))).await;
            cut.notify_waiters();
            cuts += 1;
        }
    };
    // Nothing is lost but the way: whatever is sent again is found.
    let (acknowledged, again, resent) =
        under_load(format!("http://{way}/candor/v1"), &upstream, |_| false, harm).await;
    report(&format!(
        "{cuts} cuts: {acknowledged} messages acknowledged, each there once with its whole reply, paid for once; {resent} requests sent again"
    ));
    assert!(acknowledged > 0 && resent > 0, "there was load, and it was hit");
    assert_eq!(again, 0, "no reply had to be asked for twice");
    forwarder.abort();
    proxy.kill().await;
}
