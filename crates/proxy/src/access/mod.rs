//! Who is let in: pages by their origin, the owner by a token, where a request comes from, how many connections an address has, how
//! much memory bodies take, how often a secret may be guessed and how much anybody may take.

pub mod address;
pub mod attempts;
pub mod bodies;
pub mod connections;
pub mod origins;
pub mod owner;
pub mod quota;
