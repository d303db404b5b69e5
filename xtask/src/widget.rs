//! Building the widget with Trunk, and only when one of its inputs has changed.

use std::path::PathBuf;
use std::process::Command;

use crate::fault::{Fault, Result};
use crate::fingerprint;
use crate::process::{become_it, run};
use crate::setup::Toolbox;
use crate::tools::{Id, version};
use crate::workspace::Workspace;

/// Everything in the repository that the bundle is made of, the bundling step itself included.
const INPUTS: &[&str] = &[
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "crates/diagnosis",
    "crates/protocol",
    "index.html",
    "src",
    "www",
    "xtask/src/bundle.rs",
    "xtask/src/widget.rs",
];

/// What makes the released module small: the standard library is rebuilt for size, a panic stops at once without its
/// message, and neither source locations nor `Debug` texts are kept. The options are unstable, hence the bootstrap
/// variable; each is measured in the notes on building.
const SMALLEST: &[(&str, &str)] = &[
    ("RUSTC_BOOTSTRAP", "1"),
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
    (
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
        "-Zunstable-options -Cpanic=immediate-abort -Zfmt-debug=none -Zlocation-detail=none",
    ),
];

/// Puts the released widget into `dist`, unless exactly that is there already.
pub fn build(workspace: &Workspace, toolbox: &Toolbox) -> Result<()> {
    let inputs = inputs(workspace, toolbox)?;
    if stamp(workspace, &inputs)?.is_some_and(|stamp| Some(stamp) == written_stamp(workspace)) {
        return Ok(());
    }
    println!("Building the widget (2 minutes the first time, about half a minute later).");
    let mut command = trunk(toolbox)?;
    command.current_dir(&workspace.root).args(["build", "--release"]).envs(SMALLEST.iter().copied());
    run(&mut command, "See the compiler's or Trunk's words above.")?;

    let path = stamp_path(workspace);
    let stamp = stamp(workspace, &inputs)?.unwrap_or_default();
    std::fs::write(&path, stamp).map_err(|e| Fault::file("write", &path, &e))
}

/// Becomes `trunk serve`, the local development loop.
pub fn serve(workspace: &Workspace, toolbox: &Toolbox, arguments: &[&str]) -> Result<()> {
    let mut command = trunk(toolbox)?;
    command.current_dir(&workspace.root).arg("serve").args(arguments);
    become_it(&mut command)
}

fn trunk(toolbox: &Toolbox) -> Result<Command> {
    let mut command = Command::new(toolbox.path(Id::Trunk)?);
    command.env("PATH", toolbox.search_path()?).arg("--skip-version-check");
    // These would replace the flags of the widget's own target.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    // Trunk's own backtrace says nothing about a failed build.
    command.env("RUST_BACKTRACE", "0");
    // Trunk takes "true" here, and refuses the customary "1".
    if std::env::var_os("NO_COLOR").is_some() {
        command.env("NO_COLOR", "true");
    }
    Ok(command)
}

/// The fingerprint of what a build starts from.
fn inputs(workspace: &Workspace, toolbox: &Toolbox) -> Result<String> {
    let mut parts = vec![fingerprint::of_files(&workspace.root, INPUTS)?];
    for id in [Id::Trunk, Id::WasmBindgen, Id::WasmOpt] {
        parts.push(version(toolbox.path(id)?).unwrap_or_default());
    }
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    parts.push(crate::process::answer(Command::new(rustc).arg("-vV")).unwrap_or_default());
    Ok(fingerprint::of_bytes(parts.iter().map(String::as_bytes)))
}

/// What a finished build is known by: its inputs, and what lies in `dist`, since `trunk serve` writes there too.
fn stamp(workspace: &Workspace, inputs: &str) -> Result<Option<String>> {
    if !workspace.dist().join("index.html").is_file() {
        return Ok(None);
    }
    Ok(Some(format!("{inputs} {}", fingerprint::of_files(&workspace.dist(), &["."])?)))
}

fn written_stamp(workspace: &Workspace) -> Option<String> {
    std::fs::read_to_string(stamp_path(workspace)).ok()
}

fn stamp_path(workspace: &Workspace) -> PathBuf {
    workspace.target.join("candor-dist.stamp")
}
