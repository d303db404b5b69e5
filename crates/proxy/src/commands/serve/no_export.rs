//! In the place of the export where the program is built without the feature `traces`. The settings have refused to ask for it then.

use tokio::runtime::Handle;
use tracing_subscriber::{Layer, Registry};

use crate::config::TracesSettings;

/// No export: there is none.
pub enum Export {}

/// There is never an export.
#[derive(Debug, thiserror::Error)]
#[error("This build of candor cannot export traces. Build it with `cargo xtask build`.")]
pub struct ExportError;

impl Export {
    /// Refuses.
    ///
    /// # Errors
    /// Always.
    pub fn start(_settings: &TracesSettings, _runtime: Handle) -> Result<Self, ExportError> {
        Err(ExportError)
    }

    /// What would hear of the spans.
    pub fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        match *self {}
    }

    /// Sends what is left.
    pub fn shutdown(self) {
        match self {}
    }
}
