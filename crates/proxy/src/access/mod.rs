//! Who is let in: pages by their origin, the owner by a token, and how often a secret may be guessed.

pub mod attempts;
pub mod origins;
pub mod owner;
