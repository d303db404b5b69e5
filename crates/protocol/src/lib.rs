//! What the widget and the proxy agree on. No I/O and no browser in here: everything is compiled into both sides
//! and tested natively.
//!
//! - [`wire`]: what travels as JSON and as server-sent events, documented for other implementations in
//!   `docs/protocol.md`.
//! - [`problem`]: a failure as it is sent and shown (RFC 9457), with the provider's own words beside it.
//! - [`reader`]: finds status, type, code, message and request id in whatever an API or a firewall answered.
//! - [`cause`]: names what is behind an error, and says it in plain words.
//! - [`checks`]: the checks of the chain, and the verdict over them.
//! - [`explain`]: explains a reply, or a message that somebody pasted.
//! - [`completions`]: reads the streamed pieces of OpenAI's chat completions.
//! - [`sse`]: decodes and encodes server-sent events.
//! - [`summary`]: a conversation's title, its preview, and the place that a search found.
//! - [`redact`]: removes keys, tokens and organisation ids. The one place where that is done.

pub mod cause;
pub mod checks;
pub mod completions;
pub mod explain;
pub mod problem;
pub mod reader;
pub mod redact;
pub mod sse;
pub mod summary;
pub mod wire;

/// Where the wire is mounted on the proxy, without a slash at the end.
pub const MOUNT: &str = "/candor/v1";

/// The version of this build; the widget and the proxy compare theirs.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
