//! `cargo xtask fuzz`: random input for whatever reads what others have written, which `crates/fuzz` makes.

use std::process::Command;

use crate::error::Result;
use crate::process::{self, cargo};
use crate::workspace::{Profile, Workspace};

/// How many inputs each target gets in the tests.
pub const FEW: usize = 100_000;

/// How many each gets by the command alone.
pub const MANY: usize = 10_000_000;

/// Gives each target so many inputs, with the proxy as it is released.
pub fn run(workspace: &Workspace, inputs: usize) -> Result<()> {
    let mut command = command(workspace, Profile::Release, inputs);
    process::run(&mut command, "The input that failed is above, with the seed that makes it again.")
}

/// The command that gives each target so many inputs.
pub fn command(workspace: &Workspace, profile: Profile, inputs: usize) -> Command {
    let mut command = cargo();
    command
        .current_dir(&workspace.root)
        .args(["run", "--profile", profile.name(), "--package", "candor-fuzz", "--"])
        .arg(inputs.to_string());
    command
}
