//! The way out: what `tracing` hears of our spans is sampled, gathered, redacted, and sent to a collector over OTLP/HTTP.
//!
//! It happens beside the answers: a span that has ended goes into a bounded queue, and is dropped where that is full; one thread sends
//! what is in it, each time within a few seconds.

use std::borrow::Cow;
use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{Request, Response};
use candor_diagnosis::redact::redact;
use candor_protocol::VERSION;
use opentelemetry::trace::{Status, TracerProvider};
use opentelemetry::{KeyValue, Value};
use opentelemetry_http::{Bytes, HttpClient, HttpError};
use opentelemetry_otlp::{
    ExporterBuildError, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, Protocol,
    SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::resource::{EnvResourceDetector, TelemetryResourceDetector};
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanExporter as Exporter,
};
use tokio::runtime::Handle;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::{Layer, Registry};
use url::Url;

use crate::config::TracesSettings;
use crate::provider::openai::use_ring;
use crate::provider::{ClientError, OutboundProxy, TransportError};
use crate::traces;

/// What the proxy is called, unless `OTEL_SERVICE_NAME` has another name.
const SERVICE_NAME: &str = "candor";

/// Where a collector listens, as OTLP has it, and behind which path it takes traces.
const USUAL_ENDPOINT: &str = "http://localhost:4318";
const PATH: &str = "/v1/traces";

/// How long a collector may take for what it is sent at a time. After it nothing is tried again.
const EXPORT_TIME: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// How long what waits to be sent may hold up the end of the process.
const FLUSH_TIME: Duration = Duration::from_secs(2);

/// Attributes whose values the owner has set, such as an address of their own gateway: they are told as they are.
const OF_OWNER: &[&str] = &["server.address"];

/// Traces on their way out.
pub struct Export {
    spans: SdkTracerProvider,
}

/// Why no traces can be exported: one line with the cause and the way on.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no client for the collector.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What the settings or the variables of OpenTelemetry say cannot be.
    #[error("Traces cannot be exported: {0}. Check `traces` and the variables that begin with OTEL_.")]
    Exporter(#[from] ExporterBuildError),
}

impl Export {
    /// Begins to send what ends from now on, by tasks of this runtime.
    ///
    /// # Errors
    /// Where no client can be made, or the variables of OpenTelemetry are wrong. A collector that is away is no error: it may come.
    pub fn start(settings: &TracesSettings, runtime: Handle) -> Result<Self, ExportError> {
        let endpoint = endpoint(settings);
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .with_http_client(Collector::new(&endpoint, runtime)?)
            .with_headers(settings.headers().collect())
            .with_endpoint(endpoint)
            .with_timeout(EXPORT_TIME)
            .build()?;
        // Only who is trusted can hand a trace on, so that nobody else decides what is kept.
        let sampler = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(settings.ratio)));
        let spans = SdkTracerProvider::builder()
            .with_span_processor(BatchSpanProcessor::builder(Redacted(exporter)).build())
            .with_sampler(sampler)
            .with_resource(resource())
            .build();
        Ok(Self { spans })
    }

    /// What hears of the spans, and of nothing else.
    pub fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        tracing_opentelemetry::layer()
            .with_tracer(self.spans.tracer(SERVICE_NAME))
            .with_context_activation(false)
            .with_location(false)
            .with_target(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(filter_fn(|metadata| metadata.is_span() && metadata.target() == traces::TARGET))
            .boxed()
    }

    /// Sends what is left, as far as that can be done within [`FLUSH_TIME`]. It waits for it; its runtime must go on meanwhile.
    pub fn shutdown(self) {
        // Where it could not be sent, that was said already.
        let _ = self.spans.shutdown_with_timeout(FLUSH_TIME);
    }
}

/// Where the spans go: as the settings say, else as the variables do that all programs share.
fn endpoint(settings: &TracesSettings) -> String {
    let variable = |name| env::var(name).ok().filter(|value| !value.trim().is_empty());
    let behind = |base: &str| format!("{}{PATH}", base.trim().trim_end_matches('/'));
    match &settings.endpoint {
        Some(base) => behind(base),
        None => variable(OTEL_EXPORTER_OTLP_TRACES_ENDPOINT).unwrap_or_else(|| {
            behind(variable(OTEL_EXPORTER_OTLP_ENDPOINT).as_deref().unwrap_or(USUAL_ENDPOINT))
        }),
    }
}

/// What all spans say of the proxy that they are of.
fn resource() -> Resource {
    let resource = Resource::builder_empty()
        .with_service_name(SERVICE_NAME)
        .with_attribute(KeyValue::new("service.version", VERSION))
        .with_detectors(&[Box::new(TelemetryResourceDetector), Box::new(EnvResourceDetector::new())]);
    match env::var("OTEL_SERVICE_NAME").ok().filter(|name| !name.is_empty()) {
        Some(name) => resource.with_service_name(name).build(),
        None => resource.build(),
    }
}

/// The one place where spans are redacted: whatever they say, no key, token, name or address of anybody leaves in them.
#[derive(Debug)]
struct Redacted<E>(E);

impl<E: Exporter> Exporter for Redacted<E> {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        self.0.export(batch.into_iter().map(redacted).collect())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

fn redacted(mut span: SpanData) -> SpanData {
    span.name = Cow::Owned(redact(&span.name));
    for KeyValue { key, value, .. } in &mut span.attributes {
        if let Value::String(text) = value
            && !OF_OWNER.contains(&key.as_str())
        {
            *text = redact(text.as_str()).into();
        }
    }
    if let Status::Error { description } = &mut span.status {
        *description = Cow::Owned(redact(description));
    }
    // What a log line says is for the log.
    span.events = Default::default();
    span
}

/// Whoever takes the spans. That it does not is said once, until it does again.
#[derive(Debug)]
struct Collector {
    client: reqwest::Client,
    runtime: Handle,
    is_failing: AtomicBool,
}

impl Collector {
    fn new(endpoint: &str, runtime: Handle) -> Result<Self, ClientError> {
        use_ring();
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(EXPORT_TIME)
            .user_agent(concat!("candor/", env!("CARGO_PKG_VERSION")));
        // As with a provider, one on this machine is asked directly.
        let client = if OutboundProxy::of(endpoint).is_none() { client.no_proxy() } else { client };
        Ok(Self { client: client.build()?, runtime, is_failing: AtomicBool::new(false) })
    }

    /// Says what has become of a try, where that is news.
    fn tell(&self, host: &str, failure: Option<&str>) {
        let has_failed = failure.is_some();
        if self.is_failing.swap(has_failed, Ordering::Relaxed) == has_failed {
            return;
        }
        match failure {
            Some(reason) => tracing::warn!(
                host,
                reason,
                "traces cannot be exported, and are dropped until they can; check `traces`, and that a collector listens there"
            ),
            None => tracing::info!(host, "traces are exported again"),
        }
    }
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let request = reqwest::Request::try_from(request)?;
        let host = host(request.url());
        let client = self.client.clone();
        // Whoever calls is a thread of its own, in which a client of the runtime's can do nothing.
        let sending = self.runtime.spawn(async move {
            let mut answer = client.execute(request).await?;
            // To its end, so that the connection serves once more. Nobody needs what it says.
            while answer.chunk().await?.is_some() {}
            Ok(answer)
        });
        let answer = sending.await?.map_err(|error: reqwest::Error| TransportError::from(error));
        match &answer {
            Err(error) => self.tell(&host, Some(&redact(error.reason().as_str()))),
            Ok(answer) if !answer.status().is_success() => {
                self.tell(&host, Some(&format!("it answers with the status {}", answer.status().as_u16())));
            }
            Ok(_) => self.tell(&host, None),
        }
        let answer = answer?;
        let mut head = Response::new(Bytes::new());
        *head.status_mut() = answer.status();
        // When it may be tried again stands there.
        *head.headers_mut() = answer.headers().clone();
        Ok(head)
    }
}

/// Where it is, without the name and the password that may stand in the address.
fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
