//! Traces as a collector receives them from `candor serve`, and what they change for nobody.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod collector;
#[path = "../support/emitted.rs"]
mod emitted;
mod proxy;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use collector::{Collector, Received, Span};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use proxy::{COLLECTOR_TOKEN, KEY, OWNER_TOKEN, Proxy, REFUSED, Upstream, field};
use serde_json::Value;
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

/// What a request for an answer is called.
const ASKING: &str = "POST /candor/v1/conversations/{conversation}/messages";

/// A trace that somebody else has begun, and wants to be kept.
const TRACE_ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT_ID: &str = "00f067aa0ba902b7";

fn traceparent() -> String {
    format!("00-{TRACE_ID}-{PARENT_ID}-01")
}

/// The span of this name below another.
fn child<'a>(received: &'a Received, parent: &Span, name: &str) -> &'a Span {
    let found = received.spans.iter().find(|span| span.parent == parent.id && span.name == name);
    found.unwrap_or_else(|| panic!("{name} is not below {} in {:#?}", parent.name, received.spans))
}

#[tokio::test]
async fn an_answer_is_one_trace_with_the_provider_and_the_database_below() {
    let (collector, upstream) = (Collector::start().await, Upstream::start().await);
    let proxy = Proxy::start(&upstream, &[("CANDOR_TRACES", &collector.url())]).await;
    let told = proxy.visitor().await.say("hello", &[]).await;
    assert!(told.contains("event: done"), "{told}");

    let (received, request) = collector.span(ASKING).await;
    assert_eq!((request.kind, request.parent.as_str(), request.is_error), (SpanKind::Server, "", false));
    assert_eq!(
        request.attributes(),
        ["http.request.method", "http.response.status_code", "http.route"],
        "of what went well nothing else is told"
    );
    assert_eq!(request.get("http.request.method"), "POST");
    assert_eq!(request.get("http.route"), "/candor/v1/conversations/{conversation}/messages");
    assert_eq!(request.get("http.response.status_code"), "200");
    assert_eq!(
        (request.resource("service.name"), request.resource("service.version")),
        ("candor", candor_protocol::VERSION)
    );

    let reply = child(&received, &request, "reply");
    assert_eq!((reply.get("candor.outcome"), reply.is_error), ("complete", false));
    assert_eq!((reply.get("candor.tokens.input"), reply.get("candor.tokens.output")), ("12", "5"));

    let call = child(&received, reply, "chat gpt-test");
    assert_eq!((call.kind, call.is_error), (SpanKind::Client, false));
    assert_eq!((call.get("server.address"), call.get("gen_ai.request.model")), ("localhost", "gpt-test"));
    assert_eq!((call.get("gen_ai.operation.name"), call.get("candor.outcome")), ("chat", "complete"));
    assert_eq!((call.get("gen_ai.usage.input_tokens"), call.get("gen_ai.usage.output_tokens")), ("12", "5"));
    let first_word: f64 = call.get("gen_ai.response.time_to_first_chunk").parse().unwrap();
    let seconds = (call.end - call.start) as f64 / 1e9;
    assert!(first_word > 0.0 && first_word <= seconds, "{first_word} of {seconds}");

    for owner in [&request, reply] {
        let write = child(&received, owner, "write sqlite");
        assert_eq!((write.get("db.system.name"), write.get("db.operation.name")), ("sqlite", "write"));
        assert_eq!((write.kind, write.trace_id.as_str()), (SpanKind::Client, request.trace_id.as_str()));
    }
    assert!(request.start <= call.start && call.end <= request.end, "it lasts until its answer is told");
    assert!(received.spans.iter().all(|span| !span.parent.is_empty() || span.kind == SpanKind::Server));
}

#[tokio::test]
async fn where_the_provider_fails_every_span_of_it_says_so_with_the_cause() {
    let (collector, upstream) = (Collector::start().await, Upstream::start().await);
    let proxy = Proxy::start(&upstream, &[("CANDOR_TRACES", &collector.url())]).await;
    let told = proxy.visitor().await.say(REFUSED, &[]).await;
    let (received, request) = collector.span(ASKING).await;
    let reply = child(&received, &request, "reply");
    let call = child(&received, reply, "chat gpt-test");
    for span in [&request, reply, call] {
        assert!(span.is_error && span.get("error.type") == "invalid_key", "{span:?}");
    }
    for span in [&request, reply] {
        assert_eq!(span.get("candor.reference"), field(&told, "reference"), "as the visitor reads it");
    }
    assert_eq!((reply.get("candor.outcome"), call.get("candor.outcome")), ("failed", "failed"));
    assert_eq!(call.get("http.response.status_code"), "401");
    assert_eq!(call.get("candor.provider_request_id"), "req_of-the-tests");

    // What the proxy refuses is told with its cause, and is no fault of the proxy.
    proxy.request("GET", "/candor/v1/conversations").send().await.unwrap();
    let (_, refused) = collector.span("GET /candor/v1/conversations").await;
    assert_eq!(
        (refused.get("error.type"), refused.get("http.response.status_code")),
        ("unauthorized", "401")
    );
    assert!(!refused.is_error && refused.get("candor.reference").starts_with("CR-"), "{refused:?}");
}

#[tokio::test]
async fn nothing_that_anybody_said_and_no_secret_is_in_a_trace() {
    let (collector, upstream) = (Collector::start().await, Upstream::start().await);
    let proxy = Proxy::start(
        &upstream,
        &[
            ("CANDOR_TRACES", &collector.url()),
            ("CANDOR_TRACES_HEADERS", &format!("authorization=Bearer {COLLECTOR_TOKEN}")),
            ("CANDOR_TRUSTED_PROXIES", "loopback"),
            // Somebody has put the key where the model belongs.
            ("CANDOR_MODEL", KEY),
        ],
    )
    .await;
    let visitor = proxy.visitor().await;
    let planted = [
        ("x-forwarded-for", "203.0.113.7"),
        ("user-agent", "a-browser-of-theirs"),
        ("idempotency-key", "a-key-of-theirs"),
        ("tracestate", "vendor=planted"),
        ("baggage", "who=planted"),
    ];
    visitor.say("where is my parcel 77-31?", &planted).await;
    visitor.say(REFUSED, &[]).await;
    let owners =
        proxy.request("GET", "/candor/v1/diagnostics/errors?reference=CR-PLANTED").bearer_auth(OWNER_TOKEN);
    assert_eq!(owners.send().await.unwrap().status(), 200);
    proxy.request("GET", "/a-file-of-theirs").send().await.unwrap();
    proxy.request("PLANTED-METHOD", "/candor/v1/nowhere-of-theirs").send().await.unwrap();
    let (token, conversation) = (visitor.token.clone(), visitor.conversation.clone());
    assert!(proxy.stop().await.0.success());

    let Received { spans, headers, bodies } = collector.received();
    assert!(headers.iter().all(|sent| sent["authorization"] == format!("Bearer {COLLECTOR_TOKEN}")));
    let models: Vec<_> =
        spans.iter().map(|span| span.get("gen_ai.request.model")).filter(|model| !model.is_empty()).collect();
    assert_eq!(models, ["[key]", "[key]"], "what is no secret where it stands is redacted all the same");
    assert!(spans.iter().any(|span| span.get("http.request.method") == "_OTHER"));
    let documents =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/deploy.md")).unwrap();
    for name in spans.iter().flat_map(Span::attributes) {
        assert!(documents.contains(&format!("`{name}`")), "docs/deploy.md does not name {name}");
    }
    let all = bodies.concat();
    for secret in [
        "parcel",
        "77-31",
        "4111",
        "An answer",
        KEY,
        OWNER_TOKEN,
        COLLECTOR_TOKEN,
        &token,
        &conversation,
        "203.0.113.7",
        "127.0.0.1",
        "of-theirs",
        "of theirs",
        "planted",
        "PLANTED",
    ] {
        let is_there = all.windows(secret.len()).any(|bytes| bytes == secret.as_bytes());
        assert!(!is_there, "{secret} is in {spans:#?}");
    }
}

#[tokio::test]
async fn without_the_setting_nothing_is_sent_and_with_it_the_variables_of_opentelemetry_say_where() {
    let (collector, upstream) = (Collector::start().await, Upstream::start().await);
    let url = collector.url();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str()),
        ("OTEL_SERVICE_NAME", "the-shop"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=shop"),
    ];
    let proxy = Proxy::start(&upstream, &variables).await;
    proxy.visitor().await.say("hello", &[]).await;
    assert!(proxy.stop().await.0.success());
    assert!(collector.received().bodies.is_empty());

    let proxy = Proxy::start(&upstream, &[&variables[..], &[("CANDOR_TRACES", "on")]].concat()).await;
    proxy.visitor().await.say("hello", &[]).await;
    let (status, log) = proxy.stop().await;
    assert!(status.success());
    let received = collector.received();
    assert!(received.headers.iter().all(|headers| headers["x-tenant"] == "shop"));
    assert!(
        received.spans.iter().any(|span| span.name == ASKING && span.resource("service.name") == "the-shop")
    );
    // The log is the one that it is without traces.
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["message"] == "answered"), "{log}");
    assert!(lines.iter().all(|line| line.get("span").is_none() && line.get("spans").is_none()), "{log}");
}

#[tokio::test]
async fn a_trace_goes_on_only_from_a_trusted_proxy_and_to_the_provider_only_where_the_owner_says_so() {
    let upstream = Upstream::start().await;
    // Of what begins here nothing is kept, so that only a trace which is gone on with leaves anything.
    let spans_with = async |variables: &[(&str, &str)]| {
        let collector = Collector::start().await;
        let url = collector.url();
        let common = [
            ("CANDOR_TRACES", url.as_str()),
            ("CANDOR_TRACES_RATIO", "0"),
            ("OTEL_BSP_SCHEDULE_DELAY", "60000"),
        ];
        let proxy = Proxy::start(&upstream, &[&common[..], variables].concat()).await;
        proxy.visitor().await.say("hello", &[("traceparent", &traceparent())]).await;
        assert!(proxy.stop().await.0.success());
        collector.received()
    };
    let loopback = ("CANDOR_TRUSTED_PROXIES", "loopback");
    let parent = ("CANDOR_TRACES_PARENT", "true");
    for nobody in [vec![], vec![loopback], vec![("CANDOR_TRUSTED_PROXIES", "192.0.2.1"), parent]] {
        let received = spans_with(&nobody).await;
        assert!(received.spans.is_empty(), "{nobody:?}: {:#?}", received.spans);
    }
    let received = spans_with(&[loopback, parent]).await;
    let request = received.spans.iter().find(|span| span.name == ASKING).unwrap();
    assert_eq!((request.trace_id.as_str(), request.parent.as_str()), (TRACE_ID, PARENT_ID));
    assert!(upstream.traceparents().iter().all(Option::is_none), "the provider is told nothing");

    let received = spans_with(&[loopback, parent, ("CANDOR_TRACES_TO_PROVIDER", "true")]).await;
    let call = received.spans.iter().find(|span| span.name == "chat gpt-test").unwrap();
    let told = upstream.traceparents().pop().unwrap();
    assert_eq!(told, Some(format!("00-{TRACE_ID}-{}-01", call.id)));
}

/// Somebody who accepts connections, reads what comes, and never answers.
async fn silent() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut buffer = [0; 4096];
                while stream.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
            });
        }
    });
    address
}

/// An address at which nobody listens.
async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

#[tokio::test]
async fn a_collector_that_is_away_or_silent_costs_no_visitor_anything_and_is_told_once() {
    let upstream = Upstream::start().await;
    // Of whoever is silent, five seconds are too few to tell.
    for (collector, least_told) in [(nobody().await, 1), (silent().await, 0)] {
        let proxy = Proxy::start(&upstream, &[("CANDOR_TRACES", &format!("http://{collector}"))]).await;
        let visitor = proxy.visitor().await;
        let began = Instant::now();
        for _ in 0..10 {
            let told = visitor.say("hello", &[]).await;
            assert!(told.contains("An answer") && told.contains("event: done"), "{told}");
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        let began = Instant::now();
        let (status, log) = proxy.stop().await;
        // What is left is tried for two seconds.
        assert!(status.success() && began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        let told: Vec<_> = log.lines().filter(|line| line.contains("traces cannot be exported")).collect();
        assert!((least_told..=1).contains(&told.len()), "{told:?}");
    }
}

#[tokio::test]
async fn a_collector_that_refuses_is_told_once_with_its_status() {
    let upstream = Upstream::start().await;
    // It knows no such address.
    let url = format!("http://{}/elsewhere", Collector::start().await.address);
    let proxy = Proxy::start(&upstream, &[("CANDOR_TRACES", &url)]).await;
    for _ in 0..5 {
        proxy.visitor().await.say("hello", &[]).await;
    }
    let (_, log) = proxy.stop().await;
    let told: Vec<_> = log.lines().filter(|line| line.contains("traces cannot be exported")).collect();
    assert!(told.len() == 1 && told[0].contains("it answers with the status 404"), "{told:?}");
}
