//! Replies: what writes them, what follows them, and how the provider is asked.
//!
//! A new message begins a job ([`jobs`]), which has one [`exchange`] with the provider and writes a [`reply`]; a response only
//! follows that reply. Where the owner keeps nothing, replies are [`ephemeral`]. [`checks`] go the same way, one word long.

pub mod checks;
pub mod ephemeral;
pub mod exchange;
pub mod jobs;
pub mod reply;

pub use reply::{Ending, Reply};
