//! The program `wasm-bindgen-test-runner`, which cargo starts for tests that were compiled for the browser.

#![expect(clippy::print_stderr, reason = "a program for the terminal speaks through them")]

use std::process::ExitCode;

fn main() -> ExitCode {
    env_logger::init();
    match wasm_bindgen_cli::wasm_bindgen_test_runner::run_cli_with_args(std::env::args_os()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:?}");
            ExitCode::FAILURE
        }
    }
}
