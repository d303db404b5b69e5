//! What the owner has decided: the settings, and the types that their values have.

mod database;
mod secret;
mod settings;

pub use database::DatabaseAddress;
pub use secret::Secret;
pub use settings::{DEMO_MODEL, Keep, OpenAiSettings, ProviderSettings, Settings, SettingsError};
