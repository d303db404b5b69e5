//! Random input for whatever reads what others have written: `candor-fuzz INPUTS [TARGET]`. `cargo xtask fuzz` runs it.
//!
//! A target takes an input and panics where something is wrong; bolero makes the inputs, and of one that fails a smaller one. A
//! failure can be repeated by the seed that is printed (`BOLERO_RANDOM_SEED`).
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a target fails by panicking")]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal speaks through them"
)]

mod input;
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

use targets::{TARGETS, Target};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let chosen: Option<(usize, Vec<&Target>)> = match &words[..] {
        [inputs] => inputs.parse().ok().map(|inputs| (inputs, TARGETS.iter().collect())),
        [inputs, name] => inputs
            .parse()
            .ok()
            .zip(TARGETS.iter().find(|target| target.name == name))
            .map(|(inputs, target)| (inputs, vec![target])),
        _ => None,
    };
    let Some((inputs, chosen)) = chosen else {
        let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        eprintln!("Give the number of inputs, and one of {} unless it is to be all.", names.join(", "));
        return ExitCode::FAILURE;
    };
    let (mut passed, mut failed) = (0, 0);
    for target in chosen {
        let begun = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(inputs)));
        let word = if outcome.is_ok() { "ok" } else { "FAILED" };
        println!("{word:<7} {inputs:>10} inputs {:>7.1} s  {}", begun.elapsed().as_secs_f64(), target.name);
        *if outcome.is_ok() { &mut passed } else { &mut failed } += 1;
    }
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {word}. {passed} passed; {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
