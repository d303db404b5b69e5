//! The commands of `candor`, one a file, and what several of them print.

pub mod archive;
pub mod causes;
pub mod check;
pub mod errors;
pub mod explain;
pub mod owners;
mod print;
pub mod serve;
