//! `candor serve`: opens the database, listens, and keeps house until it is asked to stop.

pub mod housekeeping;
pub mod listener;

use std::error::Error;
use std::io::{self, Write};

use tokio::signal::unix::{SignalKind, signal};

use crate::App;
use crate::config::Settings;
use crate::store::{Database, Limits, Store};

/// Serves until it is asked to stop.
///
/// # Errors
/// Where it cannot listen, or its database cannot be used.
pub async fn serve(settings: Settings) -> Result<(), Box<dyn Error>> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    listener::allow_open_files(settings.max_streams);
    let listener = listener::bind(settings.addr).await?;
    let addr = listener.local_addr()?;
    let provider = settings.provider.name();
    let mut database = Database::open(&settings.database).await?;
    let is_alone = database.claim()?;
    let kept_in = settings.database.name();
    let app = App::new(settings, Store::new(database, Limits::default()))?;
    housekeeping::end_abandoned(&app, is_alone).await?;
    let housekeeping = tokio::spawn(housekeeping::keep(app.clone(), is_alone));
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
    app.store.database().close().await;
    Ok(())
}
