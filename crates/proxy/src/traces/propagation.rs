//! Traces across programs, by the header `traceparent` (W3C Trace Context). Without the feature `traces` there is none to tell of.

use axum::http::HeaderMap;
use tracing::Span;

#[cfg(feature = "traces")]
pub use exported::{continue_from, headers};

#[cfg(feature = "traces")]
mod exported {
    use opentelemetry::Context;
    use opentelemetry::propagation::TextMapPropagator;
    use opentelemetry_http::{HeaderExtractor, HeaderInjector};
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use tracing_opentelemetry::OpenTelemetrySpanExt;

    use super::{HeaderMap, Span};

    /// Goes on with the trace that whoever sent these headers has begun. It is to be somebody who is trusted: they decide whether the
    /// trace is kept.
    pub fn continue_from(request: &Span, headers: &HeaderMap) {
        let parent =
            TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
        // Fails only where nothing is exported.
        let _ = request.set_parent(parent);
    }

    /// By which whoever is asked now can go on with the trace. None where nothing is exported.
    pub fn headers() -> HeaderMap {
        let mut headers = HeaderMap::new();
        let context = Span::current().context();
        TraceContextPropagator::new().inject_context(&context, &mut HeaderInjector(&mut headers));
        headers
    }
}

/// Nothing is exported.
#[cfg(not(feature = "traces"))]
pub fn continue_from(_request: &Span, _headers: &HeaderMap) {}

/// Nothing is exported.
#[cfg(not(feature = "traces"))]
pub fn headers() -> HeaderMap {
    HeaderMap::new()
}
