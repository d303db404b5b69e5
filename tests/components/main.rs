//! Component tests, in a real browser: `cargo xtask test components`.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod client;
mod composer;
mod element;
mod history;
mod json;
mod markdown;
mod stage;
mod storage;
mod store;
mod widget;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
