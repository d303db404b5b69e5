//! The wire again, kept in PostgreSQL.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod assets;
mod challenge;
mod client;
mod conversations;
mod database;
mod devices;
mod diagnostics;
#[path = "../support/emitted.rs"]
mod emitted;
mod ephemeral;
mod failures;
mod history;
mod kept;
mod limits;
mod listening;
mod messages;
mod moderation;
mod openapi;
mod origins;
mod plans;
mod replicas;
mod replies;
mod search;
mod spending;
mod strangers;
mod upstream;
mod visitors;
