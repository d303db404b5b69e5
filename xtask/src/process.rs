//! Running other programs: visibly, or to ask them something.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::{Error, Result};

/// Runs a command with its output passed through; `next` is said when it fails.
pub fn run(command: &mut Command, next: &str) -> Result<()> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::new(format!("`{}` failed ({status}).", shown(command)), next))
    }
}

/// What a command prints on success, or `None` when it is missing or fails.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The failure of a command that could not even start.
pub fn cannot_start(command: &Command, error: &std::io::Error) -> Error {
    Error::new(
        format!("`{}` could not be started: {error}.", command.get_program().to_string_lossy()),
        "Check that it is installed and on PATH.",
    )
}

/// The program as cargo names it to its children, so that one toolchain serves throughout.
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")))
}

/// The full path of an executable on PATH.
pub fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find_map(|folder| executable_in(&folder, name))
}

/// The full path of an executable in a folder.
pub fn executable_in(folder: &Path, name: &str) -> Option<PathBuf> {
    let path = folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    is_executable(&path).then_some(path)
}

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &Path) -> bool {
    path.is_file()
}

/// A command as one would type it.
pub fn shown(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Becomes the command, so that signals reach it and no process is left between; returns only on failure.
#[cfg(unix)]
pub fn become_it(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(cannot_start(command, &error))
}

/// Runs the command to its end, where a process cannot become another.
#[cfg(not(unix))]
pub fn become_it(command: &mut Command) -> Result<()> {
    run(command, "Its own words are above.")
}
