//! What the owner has decided: the settings, and the types that their values have.

mod database;
mod error;
mod key;
mod secret;
mod settings;

pub use database::DatabaseAddress;
pub use error::SettingsError;
pub use secret::Secret;
pub use settings::{DEMO_MODEL, Keep, OpenAiSettings, ProviderSettings, Settings};
