//! `cargo xtask lint`: format and Clippy, for this machine and for the browser, and what the locked crates may be.

use std::process::Command;

use crate::error::{Error, Result};
use crate::process::{cargo, run, shown};
use crate::proxy::FEATURES;
use crate::setup::ensure;
use crate::tools::{Id, LINT};
use crate::workspace::Workspace;

const STEPS: &[(&[&str], &str)] = &[
    (&["fmt", "--all", "--check"], "Run `cargo fmt`."),
    (
        &["clippy", "--workspace", "--features", FEATURES, "--all-targets", "--", "--deny", "warnings"],
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
    // As it is tried: without what takes long to compile.
    (
        &["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"],
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
    let toolbox = ensure(&[LINT])?;
    let steps = STEPS.iter().map(|(arguments, next)| {
        let mut command = cargo();
        command.args(*arguments);
        (command, *next)
    });
    let mut deny = Command::new(toolbox.path(Id::CargoDeny)?);
    deny.args(["--workspace", "check", "bans", "licenses", "sources"]);
    let mut failed = 0;
    for (mut command, next) in steps.chain([(deny, "See deny.toml, which says what a crate may be.")]) {
        command.current_dir(&workspace.root);
        println!("$ {}", shown(&command));
        if let Err(error) = run(&mut command, next) {
            eprintln!("error: {error}");
            failed += 1;
        }
    }
    match failed {
        0 => Ok(()),
        _ => Err(Error::new(format!("{failed} of {} checks failed.", STEPS.len() + 1), "See above.")),
    }
}
