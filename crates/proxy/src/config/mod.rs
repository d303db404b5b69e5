//! What the owner has decided: the settings, and the types that their values have.

mod challenge;
mod database;
mod error;
mod key;
pub mod limits;
pub mod price;
mod secret;
mod settings;
mod traces;

pub use challenge::{ChallengeSettings, ServiceSettings};
pub use database::DatabaseAddress;
pub use error::SettingsError;
pub use limits::Limits;
pub use secret::Secret;
pub use settings::{DEMO_MODEL, Keep, LogFormat, OpenAiSettings, ProviderSettings, Settings};
pub use traces::TracesSettings;
