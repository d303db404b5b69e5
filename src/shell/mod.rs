//! What every tab shares: the panel's frame, the state of the widget, and the session between state and client.

pub mod app;
pub mod icon;
pub mod session;
pub mod state;
pub mod tabs;
pub mod time;
