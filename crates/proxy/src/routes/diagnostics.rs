//! `POST diagnostics/checks`, `GET diagnostics/errors` and `GET diagnostics/audit`.

use std::time::Duration;

use axum::Json;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::response::Response;
use candor_protocol::checks::{CheckEvent, Pulse};
use candor_protocol::sse;
use candor_protocol::wire::{AuditLog, ErrorLog};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};
use tracing::Instrument;

use super::callers::bearer;
use super::event_stream;
use crate::clock::{millis, now};

use super::callers::Owner;
use super::problem::ApiProblem;
use crate::access::address::ClientAddress;
use crate::store::VisitorId;
use crate::{App, random};

/// How many pieces are sent for measuring, and how far apart.
const PULSE_COUNT: u32 = 8;
const PULSE_INTERVAL: Duration = Duration::from_millis(60);

/// Who asks for the checks: the owner sees all of them, a visitor what the owner lets them see.
pub enum Audience {
    Owner,
    Visitor,
}

impl FromRequestParts<App> for Audience {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiProblem> {
        // Known by its beginning, so that a visitor's old token never counts as a try to be the owner.
        if bearer(&parts.headers).is_none_or(|token| token.starts_with(random::TOKEN)) {
            VisitorId::from_request_parts(parts, app).await?;
            return Ok(Self::Visitor);
        }
        Owner::from_request_parts(parts, app).await?;
        Ok(Self::Owner)
    }
}

/// The proxy's checks, each as it ends. Before them come some timed pieces, by which the browser sees whether something on
/// the way holds a stream back. Leaving ends them.
#[utoipa::path(
    post,
    path = "/diagnostics/checks",
    responses((status = 200, description = "The events pulse, check and done", content((String = "text/event-stream"))))
)]
pub async fn run_checks(
    State(app): State<App>,
    audience: Audience,
    from: ClientAddress,
) -> Result<Response, ApiProblem> {
    let reserved = match audience {
        Audience::Owner => app.uncounted_check(),
        Audience::Visitor => app.reserve_check(from).await?,
    };
    let (events, received) = mpsc::unbounded_channel();
    let checking = async move {
        let gone = events.clone();
        let run = async {
            let send = |event: &CheckEvent| {
                // Whoever has left hears nothing; `gone` ends this task then.
                let _ = event.write().map(|(name, data)| events.send(sse::encode(None, name, &data)));
            };
            let started = Instant::now();
            for number in 0..PULSE_COUNT {
                let sent = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
                send(&CheckEvent::Pulse(Pulse { number, sent }));
                sleep(PULSE_INTERVAL).await;
            }
            let emit = |check| send(&CheckEvent::Check(Box::new(check)));
            let used = match audience {
                Audience::Owner => app.checks.run(emit).await,
                Audience::Visitor => app.checks.run_for_visitor(emit).await,
            };
            app.settle_check(reserved, used).await;
            send(&CheckEvent::Done);
        };
        tokio::select! {
            () = run => {}
            () = gone.closed() => {}
        }
    };
    tokio::spawn(checking.in_current_span());
    Ok(event_stream(stream::unfold(received, |mut received| async move {
        Some((received.recv().await?, received))
    })))
}

/// Which errors are asked for.
#[derive(Deserialize)]
pub struct Which {
    reference: Option<String>,
}

/// What went wrong for all visitors, the latest first.
#[utoipa::path(
    get,
    path = "/diagnostics/errors",
    params(("reference" = Option<String>, Query, description = "The error that a visitor quotes")),
    security(("owner" = [])),
    responses((status = 200, body = ErrorLog, description = "The latest first"))
)]
pub async fn list_errors(
    State(app): State<App>,
    _: Owner,
    Query(which): Query<Which>,
) -> Result<Json<ErrorLog>, ApiProblem> {
    let since = now().saturating_sub(millis(app.settings.error_age));
    Ok(Json(app.store.errors(since, which.reference.as_deref()).await?))
}

/// What owners did, the latest first.
#[utoipa::path(
    get,
    path = "/diagnostics/audit",
    security(("owner" = [])),
    responses((status = 200, body = AuditLog, description = "The latest first"))
)]
pub async fn show_audit_log(State(app): State<App>, _: Owner) -> Result<Json<AuditLog>, ApiProblem> {
    Ok(Json(app.store.audit_log().await?))
}
