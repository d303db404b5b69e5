//! Building the proxy, which carries the widget inside itself, and becoming it.

use std::process::Command;

use crate::error::Result;
use crate::process::{become_it, cargo, run};
use crate::workspace::{Profile, Workspace};

/// Where the proxy listens unless `CANDOR_ADDR` says otherwise.
const ADDRESS: &str = "127.0.0.1:8787";

/// What the proxy can do where nobody waits for it: what is deployed has it, and what the native tests test.
pub const FEATURES: &str = "candor-proxy/traces";

/// Builds the binary; cargo itself knows whether there is something to do.
pub fn build(workspace: &Workspace, profile: Profile) -> Result<()> {
    run(&mut compilation(workspace, profile), "See the compiler's words above.")
}

/// Compiles all of it but the program itself: what needs no widget, and can be done while that is built. One line of progress is
/// enough for a terminal, and the widget's compilation has it.
pub fn compile_library(workspace: &Workspace, profile: Profile) -> Result<()> {
    let mut command = compilation(workspace, profile);
    command.arg("--lib").env("CARGO_TERM_PROGRESS_WHEN", "never");
    run(&mut command, "See the compiler's words above.")
}

/// The command that [`build`] runs.
pub fn compilation(workspace: &Workspace, profile: Profile) -> Command {
    workspace.keep_dist();
    let mut command = cargo();
    command.current_dir(&workspace.root).args([
        "build",
        "--profile",
        profile.name(),
        "--package",
        "candor-proxy",
    ]);
    match profile {
        // All that it can do, which takes longer to compile.
        Profile::Release => command.args(["--features", FEATURES]),
        Profile::Start => &mut command,
    };
    command
}

/// Becomes `candor serve`.
pub fn serve(workspace: &Workspace) -> Result<()> {
    println!("Candor: http://{}/ (Ctrl-C ends it)", other_address().as_deref().unwrap_or(ADDRESS));
    become_it(&mut command(workspace))
}

/// `candor serve`, in the binary that [`build`] made to be tried.
pub fn command(workspace: &Workspace) -> Command {
    let mut command = Command::new(workspace.binary(Profile::Start));
    command.arg("serve");
    command
}

/// Where the proxy listens, if that was set.
fn other_address() -> Option<String> {
    std::env::var("CANDOR_ADDR").ok().filter(|address| !address.is_empty())
}
