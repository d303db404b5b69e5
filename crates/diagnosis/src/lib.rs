//! What an error means. No I/O and no browser in here: it is compiled into a part of the widget and into the proxy, and
//! tested natively.
//!
//! - [`reader`]: finds status, type, code, message and request id in whatever an API or a firewall answered.
//! - [`completions`]: reads the streamed pieces of OpenAI's chat completions, and the errors among them.
//! - `finish_reason`: what providers call the end of an answer.
//! - [`catalogue`]: the causes with what it takes to cure them; [`recognise`] finds the one behind an error.
//! - [`rule`], [`advice`]: how an entry of the catalogue is recognised, and what to do about one error.
//! - [`interpret`]: a problem that its sender passed on unread, read.
//! - [`verdict`]: which link of the chain is broken, over all checks.
//! - [`explain`]: explains a reply, or a message that somebody pasted.
//! - [`redact`]: removes keys, tokens and organisation ids. The one place where that is done.

pub mod advice;
pub mod catalogue;
pub mod completions;
pub mod explain;
mod finish_reason;
pub mod interpret;
pub mod models;
pub mod reader;
pub mod recognise;
pub mod redact;
pub mod rule;
pub mod verdict;
