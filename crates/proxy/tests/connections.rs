//! Connections as bytes: those that take too long are cut, there are no more than may be, and a stop is announced.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use candor_proxy::App;
use candor_proxy::assets::Assets;
use candor_proxy::commands::serve::listener;
use candor_proxy::config::Settings;
use candor_proxy::provider::demo::Demo;
use candor_proxy::store::Store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// The longest that anything here may take. What is to be cut is cut after a second.
const LONGEST: Duration = Duration::from_secs(20);

/// A proxy on a real socket.
struct Proxy {
    app: App,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl Proxy {
    async fn start(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let settings = Settings::from_sources(None, variables).unwrap();
        let app = App::with(settings, Arc::new(Demo), Store::in_memory().await.unwrap(), Assets::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(listener::serve(app.clone(), listener, async {
            let _ = stopped.await;
        }));
        Self { app, address, stop: Some(stop), serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Asks on a connection of its own, and reads until the proxy closes it.
    async fn request(&self, head: &str, body: &str) -> String {
        let mut stream = self.connect().await;
        let length = body.len();
        let request = format!(
            "{head} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }

    /// Until so many connections are open.
    async fn wait_for(&self, count: usize) {
        let waiting = async {
            while self.app.connections.count() != count {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(LONGEST, waiting)
            .await
            .unwrap_or_else(|_| panic!("{} are open", self.app.connections.count()));
    }
}

/// What comes until the other side closes: with an end, or with a reset.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let _ = timeout(LONGEST, stream.read_to_end(&mut bytes)).await.expect("it is closed by the proxy");
    String::from_utf8_lossy(&bytes).into_owned()
}

const GET: &str = "GET /candor/v1/openapi.json HTTP/1.1\r\nhost: x\r\n\r\n";

#[tokio::test]
async fn whoever_takes_nothing_of_what_they_asked_for_is_cut() {
    let proxy = Proxy::start(&[("CANDOR_WRITE_TIMEOUT", "1")]).await;
    let mut stream = proxy.connect().await;
    // Far more than all buffers on the way hold.
    let asking = async {
        for _ in 0..2_000 {
            if stream.write_all(GET.as_bytes()).await.is_err() {
                break;
            }
        }
    };
    let _ = timeout(Duration::from_secs(3), asking).await;
    proxy.wait_for(0).await;
    let told = rest(&mut stream).await;
    assert!(told.matches("HTTP/1.1 200").count() < 2_000, "not everything was waited for");
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let proxy = Proxy::start(&[("CANDOR_BODY_TIMEOUT", "1")]).await;
    let mut stream = proxy.connect().await;
    let head = "POST /candor/v1/visitors HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let told = rest(&mut stream).await;
    assert!(told.starts_with("HTTP/1.1 408") && told.contains("took too long to arrive"), "{told}");
}

#[tokio::test]
async fn an_idle_connection_is_cut_before_and_after_a_request_and_in_the_middle_of_a_head() {
    let proxy = Proxy::start(&[("CANDOR_IDLE_TIMEOUT", "1")]).await;
    for (sent, told) in [("", 0), (GET, 1), ("GET / HTTP/1.1\r\nx-slow: ", 0)] {
        let mut stream = proxy.connect().await;
        stream.write_all(sent.as_bytes()).await.unwrap();
        assert_eq!(rest(&mut stream).await.matches("HTTP/1.1 200").count(), told, "{sent}");
    }
    proxy.wait_for(0).await;
}

#[tokio::test]
async fn the_metrics_at_their_own_address_are_read_and_an_idle_connection_there_is_cut() {
    let proxy = Proxy::start(&[("CANDOR_IDLE_TIMEOUT", "1")]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(listener::serve_metrics(proxy.app.clone(), listener));
    for (sent, told) in
        [("", 0), ("GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n", 1), ("GET / HTTP/1.1\r\nx-slow: ", 0)]
    {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        assert_eq!(rest(&mut stream).await.matches("# EOF").count(), told, "{sent}");
    }
    assert_eq!(proxy.app.connections.count(), 0, "they take none of the visitors' places");
    serving.abort();
}

#[tokio::test]
async fn all_bodies_that_arrive_have_so_much_memory_and_the_next_is_told_to_come_again() {
    let proxy = Proxy::start(&[]).await;
    let make = || proxy.request("POST /candor/v1/visitors", "{}");
    assert!(make().await.starts_with("HTTP/1.1 201"));
    let mut others: Vec<_> = (0..)
        .map_while(|_| {
            let mut other = proxy.app.bodies.body();
            other.grow(256 * 1024).then_some(other)
        })
        .collect();
    let refused = make().await;
    assert!(refused.starts_with("HTTP/1.1 429") && refused.contains("retry-after: 10"), "{refused}");
    others.pop();
    assert!(make().await.starts_with("HTTP/1.1 201"), "what has been read gives way");
    drop(others);
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_one_that_is_closed_makes_room() {
    let proxy = Proxy::start(&[("CANDOR_MAX_CONNECTIONS_PER_ADDRESS", "3")]).await;
    let mut open = Vec::new();
    for count in 1..=3 {
        open.push(proxy.connect().await);
        proxy.wait_for(count).await;
    }
    let mut fourth = proxy.connect().await;
    let _ = fourth.write_all(GET.as_bytes()).await;
    assert_eq!(rest(&mut fourth).await, "", "nobody answers it");
    open.pop();
    proxy.wait_for(2).await;
    assert!(proxy.request("GET /ready", "").await.contains("ready"));

    let behind =
        Proxy::start(&[("CANDOR_MAX_CONNECTIONS_PER_ADDRESS", "1"), ("CANDOR_TRUSTED_PROXIES", "loopback")])
            .await;
    let _idle = behind.connect().await;
    behind.wait_for(1).await;
    assert!(behind.request("GET /ready", "").await.contains("ready"), "a named proxy brings everybody's");
}

#[tokio::test]
async fn there_are_so_many_connections_in_all_and_the_next_waits_for_one_to_close() {
    let proxy = Proxy::start(&[("CANDOR_MAX_CONNECTIONS", "2")]).await;
    let (first, _second) = (proxy.connect().await, proxy.connect().await);
    proxy.wait_for(2).await;
    let mut third = proxy.connect().await;
    third.write_all(b"GET /ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut byte = [0];
    let early = timeout(Duration::from_millis(300), third.read(&mut byte)).await;
    assert!(early.is_err(), "it is not answered while both are open");
    drop(first);
    assert!(rest(&mut third).await.contains("ready"));
}

#[tokio::test]
async fn a_proxy_whose_database_is_away_lives_and_is_not_ready() {
    let proxy = Proxy::start(&[]).await;
    assert!(proxy.request("GET /ready", "").await.starts_with("HTTP/1.1 200"));
    proxy.app.store.database().close().await;
    let told = proxy.request("GET /ready", "").await;
    assert!(told.starts_with("HTTP/1.1 503") && told.contains("the database does not answer"), "{told}");
    assert!(proxy.request("GET /candor/v1/health", "").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_stop_is_announced_before_connections_are_refused_and_answers_come_to_their_end() {
    let mut proxy = Proxy::start(&[("CANDOR_DRAIN_TIME", "2")]).await;
    let field = |answer: &str, name: &str| {
        answer.split(&format!("\"{name}\":\"")).nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let token = field(&proxy.request("POST /candor/v1/visitors", "{}").await, "token");
    let post = |path: &str, body: &str| {
        format!(
            "POST /candor/v1{path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let mut stream = proxy.connect().await;
    stream.write_all(post("/conversations", "{}").as_bytes()).await.unwrap();
    let messages = format!("/conversations/{}/messages", field(&rest(&mut stream).await, "id"));
    let mut answer = proxy.connect().await;
    answer.write_all(post(&messages, r#"{"content":"hello"}"#).as_bytes()).await.unwrap();
    let mut first = [0; 15];
    answer.read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"HTTP/1.1 200 OK");

    let stopped = Instant::now();
    proxy.stop.take().unwrap().send(()).unwrap();
    let announced = async {
        while !proxy.request("GET /ready", "").await.contains("stopping") {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(LONGEST, announced).await.unwrap();
    let mut late = proxy.connect().await;
    late.write_all(post(&messages, r#"{"content":"hello"}"#).as_bytes()).await.unwrap();
    let told = rest(&mut late).await;
    assert!(told.starts_with("HTTP/1.1 503") && told.contains("stopping"), "{told}");
    assert!(rest(&mut answer).await.contains("event: done"));
    timeout(LONGEST, &mut proxy.serving).await.unwrap().unwrap();
    assert!(stopped.elapsed() >= Duration::from_secs(2), "load balancers had their time");
    assert!(TcpStream::connect(proxy.address).await.is_err(), "nothing listens any more");
}
