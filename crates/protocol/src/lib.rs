//! What the widget and the proxy agree on: plain data, and the decoder of streams. Nothing in here interprets, and there is no
//! I/O and no browser: everything is compiled into both sides and tested natively.
//!
//! - [`wire`]: what travels as JSON and as server-sent events, documented for other implementations in
//!   `docs/protocol.md`.
//! - [`problem`]: a failure as it is sent and shown (RFC 9457), with what the provider said, [`api_error`], beside it.
//! - [`cause`]: the causes of failure by name, with what a visitor reads of each.
//! - [`visibility`]: what of an error its visitors see.
//! - [`contact`]: whom a visitor can turn to.
//! - [`checks`]: the checks of the chain as they travel.
//! - [`sse`]: decodes and encodes server-sent events.
//! - [`summary`]: a conversation's title, its preview, and the place that a search found.

pub mod api_error;
pub mod cause;
pub mod checks;
pub mod contact;
pub mod problem;
pub mod sse;
pub mod summary;
pub mod visibility;
pub mod wire;

/// Milliseconds since 1970-01-01 UTC, as JavaScript's `Date` counts them.
pub type Millis = u64;

/// Where the wire is mounted on the proxy, without a slash at the end.
pub const MOUNT: &str = "/candor/v1";

/// The version of this build; the widget and the proxy compare theirs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
