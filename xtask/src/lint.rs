//! `cargo xtask lint`: format and Clippy, for this machine and for the browser.

use crate::error::{Error, Result};
use crate::process::{cargo, run, shown};
use crate::setup::ensure;
use crate::tools::LINT;
use crate::workspace::Workspace;

const STEPS: &[(&[&str], &str)] = &[
    (&["fmt", "--all", "--check"], "Run `cargo fmt`."),
    (
        &["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"],
        "Put right what Clippy names above.",
    ),
    (
        &[
            "clippy",
            "--package",
            "candor",
            "--target",
            "wasm32-unknown-unknown",
            "--all-targets",
            "--",
            "--deny",
            "warnings",
        ],
        "Put right what Clippy names above.",
    ),
    // As it is released: cut at its doors.
    (
        &[
            "clippy",
            "--package",
            "candor",
            "--target",
            "wasm32-unknown-unknown",
            "--lib",
            "--features",
            "split",
            "--",
            "--deny",
            "warnings",
        ],
        "Put right what Clippy names above.",
    ),
];

/// Runs every step, all of them whatever fails.
pub fn lint(workspace: &Workspace) -> Result<()> {
    ensure(&[LINT])?;
    let mut failed = 0;
    for (arguments, next) in STEPS {
        let mut command = cargo();
        command.current_dir(&workspace.root).args(*arguments);
        println!("$ {}", shown(&command));
        if let Err(error) = run(&mut command, next) {
            eprintln!("error: {error}");
            failed += 1;
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(Error::new(format!("{failed} of {} checks failed.", STEPS.len()), "See above.")),
    }
}
