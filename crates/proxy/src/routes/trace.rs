//! The trace of a request: to the last byte of its answer, so that it lasts as long as its visitor waits.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tracing::{Instrument, Span};

use crate::App;
use crate::traces;

/// Traces a request, where traces are exported.
pub async fn trace(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let span = traces::request(request.method(), route);
    if span.is_disabled() {
        return next.run(request).await;
    }
    if continues(&app, &request) {
        traces::continue_from(&span, request.headers());
    }
    let response = next.run(request).instrument(span.clone()).await;
    traces::answered(&span, response.status());
    response.map(|body| Body::new(Traced { body, span }))
}

/// Whether the request comes from somebody whose traces it goes on with. Of anybody else the header is not believed: a trace begins
/// here, by a number that nobody chooses, and so nobody chooses what is kept.
fn continues(app: &App, request: &Request) -> bool {
    let Some(ConnectInfo(peer)) = request.extensions().get::<ConnectInfo<SocketAddr>>() else { return false };
    let continues = app.settings.traces.as_ref().is_some_and(|traces| traces.continues);
    continues && app.settings.trusted_proxies.has(peer.ip())
}

/// An answer whose span ends with it.
struct Traced {
    body: Body,
    span: Span,
}

impl HttpBody for Traced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        // A span lasts until it is left for the last time.
        drop(self.span.enter());
    }
}
