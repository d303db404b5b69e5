//! What the proxy adds: to the time until an answer's first words, and in memory for each answer under way.
//! `cargo xtask bench proxy` runs it. Everything is on loopback: this process asks, a second one of the same program is the
//! provider, and `candor serve` stands between them.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a bench fails by panicking")]
#![allow(clippy::print_stdout, reason = "it prints what it measures")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::routing::post;
use axum::{Json, Router};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

/// Requests of each kind that are measured in turn, after some that are not.
const MEASURED: usize = 600;
const WARM_UP: usize = 100;

/// Requests that one visitor sends, in a conversation of its own each.
const REQUESTS_OF_A_VISITOR: usize = 50;

/// Answers under way at a time.
const STREAMS: [usize; 3] = [500, 2_000, 10_000];

/// How many of them are begun at a time.
const BEGUN_AT_A_TIME: usize = 64;

/// How often the provider sends a few words of an answer that goes on.
const PAUSE: Duration = Duration::from_secs(5);

/// How long all of them are held, so that each gets words twice.
const HELD: Duration = Duration::from_secs(11);

/// The longest that all of them may take to begin.
const BEGIN: Duration = Duration::from_secs(180);

/// Files that are open beside two connections for each answer.
const OTHER_FILES: usize = 100;

/// Clock ticks in a second, as `/proc` counts them (`getconf CLK_TCK`).
const TICKS: f64 = 100.0;

/// What asks for an answer that goes on.
const GO_ON: &str = "go on";

/// A process that ends with the bench.
struct Process {
    child: Child,
    /// Where it listens, such as `http://127.0.0.1:8787`.
    origin: String,
}

impl Process {
    /// Starts it and waits until it says where it listens.
    fn start(command: &mut Command) -> Option<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let origin = lines.find_map(|line| {
            let line = line.ok()?;
            let (_, rest) = line.split_once("listens on ")?;
            Some(rest.split_whitespace().next()?.trim_end_matches('/').to_owned())
        });
        match origin {
            Some(origin) => Some(Self { child, origin }),
            None => {
                child.wait().unwrap();
                None
            }
        }
    }

    /// Resident memory, in bytes.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
    }

    /// Seconds of a processor that it has used.
    fn processor(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        // Behind the name, which may have blanks, user and system time are the 12th and 13th field.
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / TICKS
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The provider: a program of its own, so that its connections are not counted with those of the bench.
fn provider() -> Process {
    let own = std::env::current_exe().unwrap();
    Process::start(Command::new(own).arg("provider")).expect("the provider listens")
}

/// `candor serve` before that provider. `sh` takes as many open files as the machine allows.
fn candor(provider: &Process, variables: &[(&str, &str)]) -> Process {
    let program = std::env::var("CANDOR_BIN").unwrap_or_else(|_| env!("CARGO_BIN_EXE_candor").to_owned());
    let start = |more: &[(&str, &str)]| {
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n \"$(ulimit -Hn)\"; exec \"$0\" serve", &program]);
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CANDOR_")) {
            command.env_remove(name);
        }
        let base_url = format!("{}/v1", provider.origin);
        let own = [
            ("CANDOR_ADDR", "127.0.0.1:0"),
            ("CANDOR_PROVIDER", "openai"),
            ("CANDOR_BASE_URL", base_url.as_str()),
            ("CANDOR_API_KEY", "none"),
            ("CANDOR_MODEL", "bench"),
            ("CANDOR_LOG", "error"),
        ];
        command.envs(own).envs(variables.iter().copied()).envs(more.iter().copied()).stderr(Stdio::null());
        Process::start(&mut command)
    };
    // A build that does not know a setting refuses it, and has a fixed limit, or none.
    let (streams, limits) = (("CANDOR_MAX_STREAMS", "100000"), ("CANDOR_LIMITS", "off"));
    let connections = ("CANDOR_MAX_CONNECTIONS_PER_ADDRESS", "100000");
    let started = start(&[streams, limits, connections])
        .or_else(|| start(&[streams, limits]))
        .or_else(|| start(&[streams]))
        .or_else(|| start(&[]));
    started.expect("candor serve listens")
}

/// Answers as a provider does: a few words and the end, or a few words every now and then for as long as anybody listens.
async fn serve_provider() {
    async fn chat(Json(request): Json<Value>) -> axum::response::Response {
        let delta = |content: &str| {
            let chunk = json!({ "choices": [{ "index": 0, "delta": { "content": content }, "finish_reason": null }] });
            Ok::<_, std::convert::Infallible>(Bytes::from(format!("data: {chunk}\n\n")))
        };
        let goes_on = request["messages"].as_array().unwrap().last().unwrap()["content"] == GO_ON;
        let words: BoxStream<'static, _> = if goes_on {
            stream::unfold(false, move |has_begun| async move {
                if has_begun {
                    sleep(PAUSE).await;
                }
                Some((delta("A few more words. "), true))
            })
            .boxed()
        } else {
            let end = r#"data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
            let end = Ok(Bytes::from(format!("{end}\n\ndata: [DONE]\n\n")));
            stream::iter([delta("A few words."), end]).boxed()
        };
        axum::response::Response::builder()
            .header("content-type", "text/event-stream")
            .body(Body::from_stream(words))
            .unwrap()
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("The provider listens on http://{}", listener.local_addr().unwrap());
    axum::serve(
        axum::serve::ListenerExt::tap_io(listener, |stream| stream.set_nodelay(true).unwrap()),
        Router::new().route("/v1/chat/completions", post(chat)),
    )
    .await
    .unwrap();
}

/// A visitor of a proxy.
#[derive(Clone)]
struct Visitor {
    client: reqwest::Client,
    wire: String,
    token: String,
}

impl Visitor {
    async fn new(client: &reqwest::Client, origin: &str) -> Self {
        let wire = format!("{origin}/candor/v1");
        let made = client.post(format!("{wire}/visitors")).send().await.unwrap();
        let token = made.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned();
        Self { client: client.clone(), wire, token }
    }

    /// A new conversation's id.
    async fn conversation(&self) -> String {
        let made = self.client.post(format!("{}/conversations", self.wire)).bearer_auth(&self.token).send();
        made.await.unwrap().json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// The request that asks in a conversation.
    fn ask(&self, conversation: &str, words: &str) -> reqwest::RequestBuilder {
        let url = format!("{}/conversations/{conversation}/messages", self.wire);
        self.client.post(url).bearer_auth(&self.token).json(&json!({ "content": words }))
    }
}

/// The time until the answer's first words, which it is then read to its end for.
async fn first_words(request: reqwest::RequestBuilder, words: &str) -> Duration {
    let begun = Instant::now();
    let response = request.send().await.unwrap().error_for_status().unwrap();
    let (mut body, mut read, mut time) = (response.bytes_stream(), String::new(), None);
    while let Some(bytes) = body.next().await {
        read.push_str(&String::from_utf8_lossy(&bytes.unwrap()));
        if time.is_none() && read.contains(words) {
            time = Some(begun.elapsed());
        }
    }
    time.unwrap_or_else(|| panic!("no words in {read}"))
}

/// Microseconds in the middle of these.
fn median(times: &[Duration]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort();
    sorted[sorted.len() / 2].as_secs_f64() * 1_000_000.0
}

/// The time to the first words straight from the provider, and through a proxy that keeps conversations on the disk, in
/// memory, and not at all; in turns.
async fn measure_first_words(provider: &Process, folder: &Path) -> Value {
    let client = reqwest::Client::new();
    let disk = format!("sqlite://{}", folder.join("first-words.db").display());
    let proxies = [
        ("disk", candor(provider, &[("CANDOR_DATABASE_URL", &disk)])),
        ("memory", candor(provider, &[("CANDOR_DATABASE_URL", "sqlite::memory:")])),
        (
            "nothing kept",
            candor(provider, &[("CANDOR_DATABASE_URL", "sqlite::memory:"), ("CANDOR_KEEP_DAYS", "0")]),
        ),
    ];
    let direct = || {
        let url = format!("{}/v1/chat/completions", provider.origin);
        let message = json!({ "role": "user", "content": "Hello" });
        client.post(url).json(&json!({ "model": "bench", "stream": true, "messages": [message] }))
    };
    let mut straight = Vec::new();
    let mut through: Vec<Vec<Duration>> = vec![Vec::new(); proxies.len()];
    let mut visitors = Vec::new();
    for number in 0..WARM_UP + MEASURED {
        if number % REQUESTS_OF_A_VISITOR == 0 {
            visitors.clear();
            for (_, proxy) in &proxies {
                visitors.push(Visitor::new(&client, &proxy.origin).await);
            }
        }
        let time = first_words(direct(), "A few words.").await;
        if number >= WARM_UP {
            straight.push(time);
        }
        for (index, ((name, _), visitor)) in proxies.iter().zip(&visitors).enumerate() {
            let request = if *name == "nothing kept" {
                let messages = json!([{ "role": "user", "content": "Hello" }]);
                let url = format!("{}/replies", visitor.wire);
                visitor.client.post(url).bearer_auth(&visitor.token).json(&json!({ "messages": messages }))
            } else {
                visitor.ask(&visitor.conversation().await, "Hello")
            };
            let time = first_words(request, "A few words.").await;
            if number >= WARM_UP {
                through[index].push(time);
            }
        }
    }
    let added: serde_json::Map<String, Value> = proxies
        .iter()
        .zip(&through)
        .map(|((name, _), times)| {
            let differences: Vec<Duration> = times
                .iter()
                .zip(&straight)
                .map(|(through, straight)| through.saturating_sub(*straight))
                .collect();
            let added = median(&differences);
            println!("First words: {:.0} µs straight, {added:.0} µs more with {name}", median(&straight));
            ((*name).to_owned(), json!({ "median_us": median(times), "added_us": added }))
        })
        .collect();
    json!({ "requests": MEASURED, "straight_us": median(&straight), "through": added })
}

/// Begins so many answers that go on, holds them, and tells what the proxy needs for them.
async fn measure_streams(provider: &Process, folder: &Path, wanted: usize) -> Value {
    let disk = format!("sqlite://{}", folder.join(format!("streams-{wanted}.db")).display());
    let proxy = candor(provider, &[("CANDOR_DATABASE_URL", &disk), ("CANDOR_STALL_TIMEOUT", "60")]);
    let client = reqwest::Client::new();
    // What the first one brings with it is no cost of many.
    Visitor::new(&client, &proxy.origin).await;
    let before = proxy.memory();

    let room = Arc::new(Semaphore::new(BEGUN_AT_A_TIME));
    let (begun, again) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let started = Instant::now();
    let mut streams = JoinSet::new();
    for _ in 0..wanted {
        let (client, origin, room) = (client.clone(), proxy.origin.clone(), Arc::clone(&room));
        let (begun, again) = (Arc::clone(&begun), Arc::clone(&again));
        streams.spawn(async move {
            let permit = room.acquire_owned().await.unwrap();
            let visitor = Visitor::new(&client, &origin).await;
            let conversation = visitor.conversation().await;
            let Ok(response) = visitor.ask(&conversation, GO_ON).send().await else { return };
            if !response.status().is_success() {
                return;
            }
            let (mut body, mut deltas, mut permit) = (response.bytes_stream(), 0, Some(permit));
            while let Some(Ok(bytes)) = body.next().await {
                if !String::from_utf8_lossy(&bytes).contains("event: delta") {
                    continue;
                }
                deltas += 1;
                match deltas {
                    1 => begun.fetch_add(1, Ordering::Relaxed),
                    2 => again.fetch_add(1, Ordering::Relaxed),
                    _ => 0,
                };
                permit.take();
            }
        });
    }
    // Those that are refused end at once; those that go on never do.
    let all_begun = async {
        while begun.load(Ordering::Relaxed) + (wanted - streams.len()) < wanted {
            while streams.try_join_next().is_some() {}
            sleep(Duration::from_millis(50)).await;
        }
    };
    let in_time = tokio::time::timeout(BEGIN, all_begun).await.is_ok();
    let seconds = started.elapsed().as_secs_f64();
    let processor = proxy.processor();
    sleep(HELD).await;
    let load = (proxy.processor() - processor) / HELD.as_secs_f64();
    let memory = proxy.memory();
    let (begun, held) = (begun.load(Ordering::Relaxed), again.load(Ordering::Relaxed));
    streams.shutdown().await;
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    println!(
        "{wanted} streams: {begun} begun in {seconds:.1} s{}, {held} went on; {:.1} MB before, {:.1} MB with them, {load:.2} of a core",
        if in_time { "" } else { " (not all in time)" },
        megabytes(before),
        megabytes(memory),
    );
    json!({
        "wanted": wanted, "begun": begun, "held": held, "seconds_to_begin": seconds,
        "memory_before": before, "memory": memory, "processors": load,
    })
}

/// How many answers the open files of one process are enough for.
fn most_streams() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let hard: usize = line.split_whitespace().nth(4).unwrap().parse().unwrap_or(usize::MAX);
    (hard - OTHER_FILES) / 2
}

#[tokio::main]
async fn main() {
    if std::env::args().any(|argument| argument == "provider") {
        serve_provider().await;
        return;
    }
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let provider = provider();
    let first_words = measure_first_words(&provider, folder.path()).await;
    let mut streams = Vec::new();
    for wanted in STREAMS {
        streams.push(measure_streams(&provider, folder.path(), wanted.min(most_streams())).await);
    }
    if let Ok(out) = std::env::var("CANDOR_BENCH_OUT") {
        fs::create_dir_all(&out).unwrap();
        let outcome = json!({ "first_words": first_words, "streams": streams });
        fs::write(Path::new(&out).join("proxy.json"), outcome.to_string()).unwrap();
    }
}
