//! `candor serve`: opens the database, listens, and keeps house until it is asked to stop.

#[cfg(feature = "traces")]
mod export;
#[cfg(not(feature = "traces"))]
#[path = "no_export.rs"]
mod export;
pub mod housekeeping;
pub mod listener;

use std::error::Error;
use std::io::{self, Write};

pub use export::{Export, ExportError};
use tokio::signal::unix::{SignalKind, signal};

use crate::App;
use crate::assets::Assets;
use crate::config::Settings;
use crate::config::price::Pricing;
use crate::store::{Database, Limits, Store};

/// Serves the chat and this widget until it is asked to stop.
///
/// # Errors
/// Where it cannot listen, or its database cannot be used.
pub async fn serve(mut settings: Settings, widget: Assets) -> Result<(), Box<dyn Error>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    listener::allow_open_files(&settings);
    let listener = listener::bind(settings.addr, "CANDOR_ADDR").await?;
    let addr = listener.local_addr()?;
    let for_metrics = match settings.metrics_addr {
        Some(addr) => Some(listener::bind(addr, "CANDOR_METRICS_ADDR").await?),
        None => None,
    };
    let provider = settings.provider.name();
    let mut database = Database::open(&settings.database).await?;
    let is_alone = database.claim()?;
    let kept_in = settings.database.name();
    if settings.limits.is_off() {
        tracing::warn!(
            "no limits are on: whoever finds the chat can spend as much of the AI service as it gives"
        );
    }
    if let Pricing::Unknown(_) = settings.pricing {
        tracing::warn!("{}", settings.pricing);
    }
    // Among them are secrets that nothing else needs any more.
    let given = std::mem::take(&mut settings.given);
    let app = App::new(settings, Store::new(database, Limits::default()), widget)?;
    app.store.forget_unnamed_proxy().await?;
    app.store.note_settings(&given).await?;
    drop(given);
    housekeeping::end_abandoned(&app, is_alone).await?;
    let housekeeping = tokio::spawn({
        let app = app.clone();
        async move {
            app.store.index_search().await;
            housekeeping::keep(app, is_alone).await;
        }
    });
    let listening = tokio::spawn(app.jobs.clone().listen());
    // As long as the proxy lets replies end, whoever watches it sees them.
    let metrics = for_metrics.map(|listener| tokio::spawn(listener::serve_metrics(app.clone(), listener)));
    writeln!(io::stdout(), "Candor listens on http://{addr}/ (provider {provider}). Ctrl+C stops it.")?;
    tracing::info!(%addr, provider, kept_in, "listening");
    listener::serve(app.clone(), listener, async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
    .await;
    housekeeping.abort();
    listening.abort();
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    app.store.database().close().await;
    Ok(())
}
