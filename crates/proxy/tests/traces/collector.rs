//! A collector on loopback: it reads what it is sent by OpenTelemetry's own types.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::Span as Sent;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode as SpanStatus;
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::emitted::record;

/// The longest that a span may take to arrive.
const LONGEST: Duration = Duration::from_secs(20);

/// A span as it has arrived.
#[derive(Clone, Debug)]
pub struct Span {
    pub trace_id: String,
    pub id: String,
    pub parent: String,
    pub name: String,
    pub kind: SpanKind,
    pub is_error: bool,
    pub start: u64,
    pub end: u64,
    attributes: BTreeMap<String, String>,
    resource: BTreeMap<String, String>,
}

impl Span {
    /// An attribute as text, empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }

    /// The same of the proxy that it is of.
    pub fn resource(&self, name: &str) -> &str {
        self.resource.get(name).map_or("", String::as_str)
    }

    /// The names of all of them.
    pub fn attributes(&self) -> Vec<&str> {
        self.attributes.keys().map(String::as_str).collect()
    }
}

/// Everything that has arrived.
#[derive(Clone, Debug, Default)]
pub struct Received {
    pub spans: Vec<Span>,
    pub headers: Vec<HeaderMap>,
    pub bodies: Vec<Bytes>,
}

/// The collector.
pub struct Collector {
    pub address: SocketAddr,
    received: watch::Sender<Received>,
}

impl Collector {
    pub async fn start() -> Self {
        let received = watch::Sender::default();
        let router = Router::new().route("/v1/traces", post(receive)).with_state(received.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, received }
    }

    /// What an owner sets to send traces here.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything until now.
    pub fn received(&self) -> Received {
        self.received.borrow().clone()
    }

    /// Everything once a span of this name has arrived.
    pub async fn span(&self, name: &str) -> (Received, Span) {
        let named = |received: &Received| received.spans.iter().find(|span| span.name == name).cloned();
        let mut arriving = self.received.subscribe();
        let arrived = timeout(LONGEST, arriving.wait_for(|received| named(received).is_some())).await;
        let Ok(received) = arrived else { panic!("{name} is not among {:?}", self.received().spans) };
        let received = received.unwrap().clone();
        let span = named(&received).unwrap();
        (received, span)
    }
}

async fn receive(
    State(received): State<watch::Sender<Received>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    assert_eq!(headers["content-type"], "application/x-protobuf");
    let sent = ExportTraceServiceRequest::decode(body.clone()).unwrap();
    record(&format!("{sent:#?}"));
    let of_resource = sent.resource_spans.into_iter().flat_map(|of_resource| {
        let resource = attributes(of_resource.resource.unwrap_or_default().attributes);
        let spans = of_resource.scope_spans.into_iter().flat_map(|of_scope| of_scope.spans);
        spans.map(move |span| read(span, resource.clone()))
    });
    let spans: Vec<Span> = of_resource.collect();
    received.send_modify(|received| {
        received.spans.extend(spans);
        received.headers.push(headers);
        received.bodies.push(body);
    });
    StatusCode::OK
}

fn read(sent: Sent, resource: BTreeMap<String, String>) -> Span {
    let status = sent.status.unwrap_or_default();
    assert!(sent.events.is_empty() && sent.links.is_empty());
    Span {
        trace_id: hex::encode(&sent.trace_id),
        id: hex::encode(&sent.span_id),
        parent: hex::encode(&sent.parent_span_id),
        kind: SpanKind::try_from(sent.kind).unwrap(),
        is_error: status.code == SpanStatus::Error as i32,
        start: sent.start_time_unix_nano,
        end: sent.end_time_unix_nano,
        name: sent.name,
        attributes: attributes(sent.attributes),
        resource,
    }
}

/// By name; each is there once.
fn attributes(sent: Vec<KeyValue>) -> BTreeMap<String, String> {
    let count = sent.len();
    let all: BTreeMap<String, String> = sent
        .into_iter()
        .map(|KeyValue { key, value, .. }| {
            let text = match value.unwrap().value.unwrap() {
                any_value::Value::StringValue(text) => text,
                any_value::Value::IntValue(number) => number.to_string(),
                any_value::Value::DoubleValue(number) => number.to_string(),
                other => panic!("{key} is {other:?}"),
            };
            (key, text)
        })
        .collect();
    assert_eq!(all.len(), count, "{all:?}");
    all
}
