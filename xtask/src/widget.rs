//! Building the widget, and only when one of its inputs has changed.

use std::path::PathBuf;
use std::process::Command;

use crate::error::{Error, Result};
use crate::fingerprint;
use crate::process::{answer, cargo, run};
use crate::setup::Toolbox;
use crate::tools::{Id, LIBRARIES, version};
use crate::workspace::Workspace;

/// Everything in the repository that the bundle is made of, the bundler included.
const INPUTS: &[&str] = &[
    ".cargo/config.toml",
    "Cargo.lock",
    "Cargo.toml",
    "crates/bundler",
    "crates/diagnosis",
    "crates/markdown",
    "crates/protocol",
    "index.html",
    "src",
    "www",
    "xtask/src/widget.rs",
];

/// What makes the released module small: the standard library is rebuilt for size, a panic stops at once without its
/// message, and neither source locations nor `Debug` texts are kept. The options are unstable, hence the bootstrap
/// variable. The relocations and the names are what the splitter cuts by.
const SMALLEST: &[(&str, &str)] = &[
    ("RUSTC_BOOTSTRAP", "1"),
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
    (
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
        "-Zunstable-options -Cpanic=immediate-abort -Zfmt-debug=none -Zlocation-detail=none \
         -Clink-arg=--emit-relocs",
    ),
    ("CARGO_PROFILE_WIDGET_STRIP", "none"),
];

/// Puts the released widget into `dist`, unless exactly that is there already.
pub fn build(workspace: &Workspace, toolbox: &Toolbox) -> Result<()> {
    let inputs = inputs(workspace, toolbox)?;
    if stamp(workspace, &inputs)?.is_some_and(|stamp| Some(stamp) == written_stamp(workspace)) {
        return Ok(());
    }
    println!("Compiling the widget, its standard library and the bundler (2 to 4 minutes the first time).");
    // Beside each other: the last step of the widget's is one processor's work.
    std::thread::scope(|scope| {
        let compiled = |command: &mut Command| run(command, "See the compiler's words above.");
        let bundler = scope.spawn(move || compiled(&mut compilation_of_bundler(workspace)));
        compiled(&mut compilation(workspace))?;
        bundler.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    println!("Splitting and shrinking the widget (1 or 2 minutes).");
    let mut command = bundler(workspace);
    command.arg("release").arg(linked(workspace)).arg(workspace.dist()).arg(workspace.manifest());
    command.env("WASM_OPT", toolbox.path(Id::WasmOpt)?).env("ESBUILD", toolbox.path(Id::Esbuild)?);
    name_libraries(&mut command, toolbox)?;
    run(&mut command, "Its own words are above.")?;

    let path = stamp_path(workspace);
    let stamp = stamp(workspace, &inputs)?.unwrap_or_default();
    std::fs::write(&path, stamp).map_err(|e| Error::file("write", &path, &e))
}

/// Compiles the widget, as cargo and the linker leave it.
fn compilation(workspace: &Workspace) -> Command {
    let mut command = cargo();
    command.current_dir(&workspace.root);
    command.args(["rustc", "--package", "candor", "--lib", "--crate-type", "cdylib", "--features", "split"]);
    command.args(["--profile", "widget", "--target", "wasm32-unknown-unknown"]);
    // These would replace the flags of the widget's own target.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    command.envs(SMALLEST.iter().copied());
    command
}

/// The module that the compilation leaves.
fn linked(workspace: &Workspace) -> PathBuf {
    workspace.target.join("wasm32-unknown-unknown/widget/candor.wasm")
}

/// Compiles the program of `crates/bundler`.
fn compilation_of_bundler(workspace: &Workspace) -> Command {
    let mut command = cargo();
    command.current_dir(&workspace.root).args(["build", "--quiet", "--package", "candor-bundler"]);
    command
}

/// The program of `crates/bundler`, compiled when it is first needed.
pub fn bundler(workspace: &Workspace) -> Command {
    let mut command = cargo();
    command.current_dir(&workspace.root).args(["run", "--quiet", "--package", "candor-bundler", "--"]);
    command
}

/// The folder of wasm-bindgen's programs, compiled in the version that Cargo.lock has.
pub fn bindgen_programs(workspace: &Workspace) -> Result<PathBuf> {
    run(&mut compilation_of_bindgen_programs(workspace), "See the compiler's words above.")?;
    Ok(bindgen_folder(workspace))
}

/// The command that [`bindgen_programs`] runs.
pub fn compilation_of_bindgen_programs(workspace: &Workspace) -> Command {
    let mut command = cargo();
    command.current_dir(&workspace.root).args(["build", "--quiet", "--package", "candor-bindgen-cli"]);
    command
}

/// Where wasm-bindgen's programs lie once they are compiled.
pub fn bindgen_folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("debug")
}

/// Tells the bundler where the libraries are that it makes modules of.
pub fn name_libraries(command: &mut Command, toolbox: &Toolbox) -> Result<()> {
    for library in LIBRARIES {
        command.env(library.variable, toolbox.path(Id::Library(library))?);
    }
    Ok(())
}

/// The fingerprint of what a build starts from.
fn inputs(workspace: &Workspace, toolbox: &Toolbox) -> Result<String> {
    let mut parts = vec![fingerprint::of_files(&workspace.root, INPUTS)?];
    for id in [Id::WasmOpt, Id::Esbuild] {
        parts.push(version(toolbox.path(id)?).unwrap_or_default());
    }
    // Their folders are called by their versions.
    for library in LIBRARIES {
        parts.push(toolbox.path(Id::Library(library))?.display().to_string());
    }
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    parts.push(answer(Command::new(rustc).arg("-vV")).unwrap_or_default());
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
