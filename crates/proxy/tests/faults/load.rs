//! What a stranger can hold of a proxy: connections that say nothing or never end what they say, bodies without end, and answers
//! under way. Each is bounded while it lasts, others are served meanwhile, and afterwards the proxy is where it was.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use axum::routing::post;
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{future, stream};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::{Proxy, free_address, report, serve};

/// Connections that say nothing, requests whose header never ends, and answers under way: in the tests, and by `cargo xtask faults`.
const IDLE: [usize; 2] = [2_000, 19_500];
const SLOW: [usize; 2] = [500, 5_000];
const STREAMS: [usize; 2] = [300, 5_000];

/// How long a connection may say nothing: as it is by default, and, so that the first of very many is still there when the last one
/// comes, longer.
const IDLE_TIMEOUT: [Duration; 2] = [HEADER, Duration::from_secs(60)];

/// The files that a process may have open for these: a system that allows fewer lets it have those.
const FILES: u64 = 20_000;

/// Connections that were answered before and may still be closing when the files are counted.
const LEAVING: usize = 2;

/// How long a header may take by default, and in how much more everything is closed.
const HEADER: Duration = Duration::from_secs(10);
const CLOSED: Duration = Duration::from_secs(20);

/// How many connections are opened at a time.
const CONNECTIONS_AT_A_TIME: usize = 200;

/// What is tried to be sent in one body.
const BODY_BYTES: u64 = 1_000_000_000;

/// How much of it may leave before it is refused: what the sockets on the way hold.
const SENT_BYTES: u64 = 16_000_000;

/// What the proxy may take in memory for each connection that says nothing, for each answer, and beside them.
const KB_OF_A_CONNECTION: u64 = 20;
const KB_OF_A_STREAM: u64 = 150;
const KB_BESIDE: u64 = 40_000;

/// What is so in the tests, and by `cargo xtask faults`.
fn here<T>([tests, faults]: [T; 2]) -> T {
    if std::env::var_os("FAULT_SECONDS").is_some() { faults } else { tests }
}

/// What a proxy holds.
struct Held {
    kb: u64,
    files: usize,
}

impl Held {
    fn by(proxy: &Proxy) -> Self {
        let process = format!("/proc/{}", proxy.child.id().unwrap());
        let status = std::fs::read_to_string(format!("{process}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let kb = line.trim().trim_end_matches(" kB").parse().unwrap();
        Self { kb, files: std::fs::read_dir(format!("{process}/fd")).unwrap().count() }
    }

    /// Waits until it holds no more files than before.
    async fn rest(proxy: &Proxy, before: &Self) -> Self {
        let resting = async {
            loop {
                let now = Self::by(proxy);
                if now.files <= before.files + 2 {
                    break now;
                }
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(CLOSED, resting).await.expect("everything is closed again")
    }
}

async fn start(upstream: SocketAddr, max_streams: usize, idle_timeout: Duration) -> (Proxy, SocketAddr) {
    rlimit::increase_nofile_limit(FILES).unwrap();
    let address = free_address().await;
    let max_streams = max_streams.to_string();
    let idle_timeout = idle_timeout.as_secs().to_string();
    let variables = [
        ("CANDOR_LIMITS", "off"),
        ("CANDOR_MAX_STREAMS", &max_streams),
        ("CANDOR_IDLE_TIMEOUT", &idle_timeout),
        // All of them come from this machine.
        ("CANDOR_MAX_CONNECTIONS", "20000"),
        ("CANDOR_MAX_CONNECTIONS_PER_ADDRESS", "20000"),
    ];
    let proxy = Proxy::with(address, upstream, "sqlite::memory:", &variables).await.unwrap();
    // What the first request brings into memory is not what is measured.
    ask(address).await;
    (proxy, address)
}

/// How long it takes to be answered.
async fn ask(address: SocketAddr) -> Duration {
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET /candor/v1/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    begun.elapsed()
}

/// Waits until the other side has closed it.
async fn closed(mut stream: TcpStream, within: Duration) {
    let mut rest = Vec::new();
    let _ = timeout(within, stream.read_to_end(&mut rest)).await.expect("it is closed by the proxy");
}

/// Opens so many connections, some at a time, and waits until the proxy has taken them: of more than the system keeps for a program
/// that is busy, it forgets some, which then look open for ever from here.
async fn connect(proxy: &Proxy, address: SocketAddr, number: usize) -> Vec<TcpStream> {
    let before = Held::by(proxy).files;
    let mut opened = Vec::new();
    while opened.len() < number {
        let some = (0..CONNECTIONS_AT_A_TIME.min(number - opened.len())).map(|_| TcpStream::connect(address));
        opened.extend(future::try_join_all(some).await.unwrap());
        let taken = async {
            while Held::by(proxy).files + LEAVING < before + opened.len() {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(CLOSED, taken).await.expect("the proxy takes them");
    }
    opened
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_say_nothing_are_closed_and_leave_nothing() {
    let idle_timeout = here(IDLE_TIMEOUT);
    let (proxy, address) = start(free_address().await, 512, idle_timeout).await;
    let before = Held::by(&proxy);
    let number = here(IDLE);
    let streams = connect(&proxy, address, number).await;
    let waited = ask(address).await;
    let during = Held::by(&proxy);
    let begun = Instant::now();
    let within = idle_timeout + CLOSED;
    future::join_all(streams.into_iter().map(|stream| closed(stream, within))).await;
    let after = Held::rest(&proxy, &before).await;
    report(&format!(
        "{number} idle connections: {} kB and {} files before, {} kB and {} files with them, {} kB and {} files after; all closed in {:.1} s; another request waited {:.2} s",
        before.kb,
        before.files,
        during.kb,
        during.files,
        after.kb,
        after.files,
        begun.elapsed().as_secs_f64(),
        waited.as_secs_f64()
    ));
    assert!(during.kb < before.kb + KB_BESIDE + KB_OF_A_CONNECTION * number as u64, "{} kB", during.kb);
    assert!(during.files >= before.files + number, "all are open at one time: {} files", during.files);
    assert!(waited < Duration::from_secs(5), "others are served: {waited:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_never_end_are_cut_while_others_are_served() {
    let (proxy, address) = start(free_address().await, 512, HEADER).await;
    let before = Held::by(&proxy);
    let number = here(SLOW);
    let streams = connect(&proxy, address, number).await;
    let slow = future::join_all(streams.into_iter().map(|mut stream| async move {
        let _ = stream.write_all(b"GET /candor/v1/config HTTP/1.1\r\nHost: x\r\nX-Slow: ").await;
        // A byte a second, until it is cut.
        while stream.write_all(b"x").await.is_ok() {
            let mut answer = [0; 512];
            match timeout(Duration::from_secs(1), stream.read(&mut answer)).await {
                Err(_) => {}
                Ok(Ok(0) | Err(_)) => break,
                Ok(Ok(_)) => {}
            }
        }
    }));
    let asking = async {
        let mut longest = Duration::ZERO;
        for _ in 0..20 {
            longest = longest.max(ask(address).await);
            sleep(Duration::from_millis(100)).await;
        }
        (longest, Held::by(&proxy))
    };
    let begun = Instant::now();
    let (_, (longest, during)) = timeout(CLOSED, future::join(slow, asking)).await.expect("each is cut");
    let cut = begun.elapsed();
    let after = Held::rest(&proxy, &before).await;
    report(&format!(
        "{number} headers a byte a second: {} kB before, {} kB with them, {} kB after; all cut within {:.1} s; other requests took {:.2} s at most",
        before.kb,
        during.kb,
        after.kb,
        cut.as_secs_f64(),
        longest.as_secs_f64()
    ));
    assert!(during.kb < before.kb + KB_BESIDE + KB_OF_A_CONNECTION * number as u64, "{} kB", during.kb);
    assert!(longest < Duration::from_secs(5), "others are served: {longest:?}");
}

/// Sends a body of a gigabyte as long as the proxy takes it. Gives the answer's status and how much has left.
async fn send_gigabyte(address: SocketAddr, is_announced: bool) -> (String, u64) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let length = match is_announced {
        true => format!("Content-Length: {BODY_BYTES}"),
        false => "Transfer-Encoding: chunked".to_owned(),
    };
    let head = format!(
        "POST /candor/v1/visitors HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
    );
    writer.write_all(head.as_bytes()).await.unwrap();
    let writing = async {
        let chunk = [b"10000\r\n", [b' '; 65_536].as_slice(), b"\r\n"].concat();
        let mut sent = 0;
        while sent < BODY_BYTES && writer.write_all(&chunk).await.is_ok() {
            sent += 65_536;
        }
        sent
    };
    let reading = async {
        let mut answer = Vec::new();
        // It may be a reset behind the answer.
        let _ = reader.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
    };
    let (sent, status) = timeout(Duration::from_secs(60), future::join(writing, reading)).await.unwrap();
    (status, sent)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_a_gigabyte_is_refused_at_its_beginning() {
    let (proxy, address) = start(free_address().await, 512, HEADER).await;
    let before = Held::by(&proxy);
    let sending: FuturesUnordered<_> = (0..20).map(|at| send_gigabyte(address, at % 2 == 0)).collect();
    let outcomes: Vec<_> = sending.collect().await;
    let during = Held::by(&proxy);
    let most = outcomes.iter().map(|(_, sent)| *sent).max().unwrap();
    let told = outcomes.iter().filter(|(status, _)| status.contains(" 413 ")).count();
    let after = Held::rest(&proxy, &before).await;
    report(&format!(
        "20 bodies of 1 GB: {told} were told so, {most} bytes of one had left at most; {} kB before, {} kB with them, {} kB after",
        before.kb, during.kb, after.kb
    ));
    assert!(most < SENT_BYTES, "{most} bytes were taken");
    assert!(outcomes.iter().all(|(status, _)| status.is_empty() || status.contains(" 413 ")), "{outcomes:?}");
    assert!(during.kb < before.kb + KB_BESIDE, "{} kB", during.kb);
}

/// A provider whose answers go on, a word a second.
async fn go_on() -> impl IntoResponse {
    let words = stream::unfold((), |()| async {
        sleep(Duration::from_secs(1)).await;
        let piece = json!({ "choices": [{ "delta": { "content": "word " } }] });
        Some((Ok::<_, std::convert::Infallible>(format!("data: {piece}\n\n")), ()))
    });
    ([("content-type", "text/event-stream")], Body::from_stream(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_under_way_are_bounded_and_leave_nothing() {
    let upstream = serve(Router::new().route("/v1/chat/completions", post(go_on))).await;
    let number = here(STREAMS);
    let (proxy, address) = start(upstream, number, HEADER).await;
    let before = Held::by(&proxy);
    candor_proxy::provider::openai::use_ring();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let base = format!("http://{address}/candor/v1");
    let post = |path: String, token: String, body: &'static str| {
        let request =
            client.post(format!("{base}{path}")).header("content-type", "application/json").body(body);
        if token.is_empty() { request } else { request.bearer_auth(token) }
    };
    let field = async |response: reqwest::Response, name: &str| {
        response.json::<serde_json::Value>().await.unwrap()[name].as_str().unwrap().to_owned()
    };
    let begin = async || {
        let token =
            field(post("/visitors".to_owned(), String::new(), "{}").send().await.unwrap(), "token").await;
        let conversation = post("/conversations".to_owned(), token.clone(), "{}").send().await.unwrap();
        let id = field(conversation, "id").await;
        let messages = format!("/conversations/{id}/messages");
        (
            post(messages.clone(), token.clone(), r#"{"content":"go on"}"#).send().await.unwrap(),
            messages,
            token,
        )
    };
    let mut streams: Vec<_> = stream::iter(0..number).map(|_| begin()).buffer_unordered(64).collect().await;
    for (response, ..) in &mut streams {
        assert_eq!(response.status(), 200);
        assert!(response.chunk().await.unwrap().is_some(), "it has begun");
    }
    let during = Held::by(&proxy);
    let (refused, ..) = begin().await;
    assert_eq!(refused.status(), 429, "one more is refused");
    let waited = ask(address).await;
    // Whoever leaves does not stop an answer; whoever deletes the conversation does.
    let stopping = stream::iter(streams).map(|(_, messages, token)| {
        client.delete(format!("{base}{}", messages.trim_end_matches("/messages"))).bearer_auth(token).send()
    });
    let stopped: Vec<_> = stopping.buffer_unordered(64).collect().await;
    assert!(stopped.into_iter().all(|response| response.unwrap().status() == 204));
    drop(client);
    let after = Held::rest(&proxy, &before).await;
    report(&format!(
        "{number} answers under way: {} kB and {} files before, {} kB and {} files with them, {} kB and {} files after; another request took {:.2} s",
        before.kb,
        before.files,
        during.kb,
        during.files,
        after.kb,
        after.files,
        waited.as_secs_f64()
    ));
    assert!(during.kb < before.kb + KB_BESIDE + KB_OF_A_STREAM * number as u64, "{} kB", during.kb);
    assert!(waited < Duration::from_secs(2), "others are served: {waited:?}");
}
