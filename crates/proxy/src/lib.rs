//! The proxy endpoint: holds the provider's key, keeps conversations, streams replies, and serves the built widget.
//!
//! In the order in which one part knows the next:
//!
//! - [`commands`]: what `candor` can be told to do; `serve` listens and keeps house.
//! - [`routes`]: the addresses of the wire, who asks, and what is refused with which problem.
//! - [`App`]: what every request can reach.
//! - [`replies`]: the jobs that write replies, whoever follows them, and the checks, which go the same way.
//! - [`store`]: visitors, conversations, messages and errors, in SQLite or PostgreSQL.
//! - [`challenge`]: what new visitors solve before they are let in.
//! - [`provider`]: who answers: an API, or the built-in demo.
//! - [`traces`]: what a request took, part by part, for OpenTelemetry.
//! - [`metrics`]: what is counted and measured, for Prometheus.
//! - [`access`]: which pages, who is the owner, where a request comes from, how often a secret may be guessed, and what a request
//!   takes of the owner's limits.
//! - [`config`]: what the owner has decided.
//! - [`assets`]: the built widget.
//! - [`panics`]: what the log is told of them.
//! - [`clock`] and [`random`]: the time, and names that nobody can guess.

pub mod access;
mod app;
pub mod assets;
pub mod challenge;
pub mod clock;
pub mod commands;
pub mod config;
pub mod metrics;
pub mod panics;
pub mod provider;
pub mod random;
pub mod replies;
pub mod routes;
pub mod store;
pub mod traces;

pub use app::{App, OwnerError, Parts};
