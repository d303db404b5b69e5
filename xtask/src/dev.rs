//! `cargo xtask dev`: Trunk, which rebuilds and reloads the widget at every change, and a proxy beside it.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use crate::error::{Error, Result};
use crate::process::{answer, cannot_start, shown};
use crate::setup::{Toolbox, ensure};
use crate::tools::{DEV, Id};
use crate::workspace::Workspace;
use crate::{proxy, widget};

/// What can happen while both run.
enum Event {
    /// Ctrl-C, or a signal that ends programs.
    Interrupted,
    /// One of both has ended, by itself.
    Ended(String, io::Result<ExitStatus>),
}

/// Runs both until one ends or somebody ends this; then neither is left. `further` are arguments for `trunk serve`.
pub fn run(workspace: &Workspace, further: &[&str]) -> Result<()> {
    let toolbox = ensure(&[DEV])?;
    proxy::build(workspace)?;
    let (sender, events) = channel();
    let on_signal = sender.clone();
    // A channel that nobody reads from any more belongs to a program that is ending already.
    ctrlc::set_handler(move || drop(on_signal.send(Event::Interrupted))).map_err(|error| {
        Error::new(
            format!("Signals cannot be waited for: {error}."),
            "Start this from a terminal of its own.",
        )
    })?;

    let mut trunk = trunk(workspace, &toolbox, further)?;
    let programs = [&mut proxy::command(workspace), &mut trunk];
    let mut groups = Vec::new();
    let mut outcome = Ok(());
    for command in programs {
        match spawn(command, &sender) {
            Ok(group) => groups.push(group),
            Err(error) => outcome = Err(error),
        }
    }
    drop(sender);
    if outcome.is_ok() {
        outcome = match events.recv() {
            Ok(Event::Ended(name, Ok(status))) if !status.success() => {
                Err(Error::new(format!("`{name}` ended ({status})."), "See its words above."))
            }
            _ => Ok(()),
        };
    }
    groups.iter().for_each(|group| end(*group));
    // Until both have ended and the last sender is gone; a second Ctrl-C is one event more.
    let mut running = groups.len();
    while running > 0 {
        match events.recv() {
            Ok(Event::Ended(..)) => running -= 1,
            Ok(Event::Interrupted) => {}
            Err(_) => break,
        }
    }
    outcome
}

/// Starts a program in a process group of its own, so that what it starts in its turn ends with it.
fn spawn(command: &mut Command, events: &Sender<Event>) -> Result<u32> {
    in_own_group(command);
    let mut child: Child = command.spawn().map_err(|error| cannot_start(command, &error))?;
    let (group, name, events) = (child.id(), shown(command), events.clone());
    thread::spawn(move || {
        let status = child.wait();
        drop(events.send(Event::Ended(name, status)));
    });
    Ok(group)
}

#[cfg(unix)]
fn in_own_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(not(unix))]
fn in_own_group(_: &mut Command) {}

/// Asks every process of a group to end; those that have ended do not mind.
#[cfg(unix)]
fn end(group: u32) {
    answer(Command::new("kill").args(["-TERM", "--", &format!("-{group}")]));
}

#[cfg(not(unix))]
fn end(group: u32) {
    answer(Command::new("taskkill").args(["/T", "/F", "/PID", &group.to_string()]));
}

fn trunk(workspace: &Workspace, toolbox: &Toolbox, further: &[&str]) -> Result<Command> {
    let mut command = Command::new(toolbox.path(Id::Trunk)?);
    command.current_dir(&workspace.root).args(["serve", "--skip-version-check"]).args(further);
    command.env("PATH", path_with(&widget::bindgen_programs(workspace)?)?);
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

/// PATH with a folder in front.
fn path_with(folder: &std::path::Path) -> Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path))).map_err(
        |error| {
            Error::new(
                format!("PATH cannot be extended: {error}."),
                "Set CARGO_TARGET_DIR to a folder without a colon in it.",
            )
        },
    )
}
