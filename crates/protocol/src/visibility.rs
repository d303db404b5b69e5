//! What of an error its visitors see.

use serde::{Deserialize, Serialize};

/// How much of an error a visitor is shown. An owner always sees all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Diagnostics {
    /// A plain sentence, type, code and a reference number.
    #[default]
    Reference,
    /// Everything that the proxy knows.
    Full,
    /// The plain sentence alone.
    Off,
}
