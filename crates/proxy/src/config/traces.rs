//! Whether traces are exported, and how.

use super::secret::Secret;

/// Whether this program can export traces: what it takes compiles for longer than whoever only tries the chat should wait.
pub(super) const CAN_BE_EXPORTED: bool = cfg!(feature = "traces");

/// How traces are exported.
#[derive(Clone, Debug, PartialEq)]
pub struct TracesSettings {
    /// Where a collector listens, without a slash at the end. `None` leaves it to the variables of OpenTelemetry.
    pub endpoint: Option<String>,
    /// What a collector is sent with the spans, by the headers’ names: mostly a token.
    pub headers: Vec<(String, Secret)>,
    /// How many of the traces that begin here are kept, 0 to 1.
    pub ratio: f64,
    /// Whether trusted proxies begin the traces.
    pub continues: bool,
}

impl TracesSettings {
    /// The headers, for whoever sends them.
    pub fn headers(&self) -> impl Iterator<Item = (String, String)> {
        self.headers.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned()))
    }
}
