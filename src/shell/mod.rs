//! What every tab shares: the panel's frame, the row of tabs, the drawings.

pub mod app;
pub mod icon;
pub mod part;
pub mod print;
pub mod styles;
pub mod tabs;
