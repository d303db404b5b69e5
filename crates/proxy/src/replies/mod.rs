//! Replies: what writes them, what follows them, and how the provider is asked.
//!
//! A new message begins a job ([`jobs`]), which has one [`exchange`] with the provider and writes a [`reply`]; a response only
//! follows that reply, in another proxy too ([`replicas`]). Where the owner keeps nothing, replies are [`ephemeral`], and have a
//! [`signature`]. [`checks`] go the same way, one word long. What the model is sent of a conversation is its [`context`]; where the owner
//! wants it, [`moderation`] looks at it first.

pub mod checks;
pub mod context;
pub mod ephemeral;
pub mod exchange;
pub mod jobs;
pub mod moderation;
pub mod replicas;
pub mod reply;
pub mod signature;
mod usage;

pub use reply::{Ending, Reply};
