//! The wire, through the app as a function: what `docs/protocol.md` promises, address by address.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod assets;
mod client;
mod conversations;
mod database;
mod devices;
mod diagnostics;
mod ephemeral;
mod failures;
mod history;
mod kept;
mod messages;
mod openapi;
mod origins;
mod plans;
mod replicas;
mod replies;
mod strangers;
mod visitors;
