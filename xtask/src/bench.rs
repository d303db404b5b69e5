//! `cargo xtask bench`: what is measured, part by part, and the report of it in `docs/benchmarks.md`.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::checks::install_packages;
use crate::error::{Error, Result};
use crate::process::{self, answer, cargo};
use crate::setup::{Toolbox, ensure};
use crate::tools::{BROWSERS, BUILD, Id, NATIVE};
use crate::workspace::{Profile, Workspace};
use crate::{proxy, widget};

/// A part that can be measured alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// History over a million messages, on both databases.
    History,
    /// What the proxy adds to an answer, and how many it holds.
    Proxy,
    /// The widget beside its peers, in Chromium.
    Widget,
}

/// Every part, the quickest first.
pub const ALL: &[Part] = &[Part::Proxy, Part::History, Part::Widget];

/// What the report takes.
const REPORT: &[Id] = &[Id::Node];

impl Part {
    /// The part of this name.
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().copied().find(|part| part.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::History => "history",
            Self::Proxy => "proxy",
            Self::Widget => "widget",
        }
    }

    /// The tools that the part takes.
    fn tools(self) -> Vec<&'static [Id]> {
        match self {
            Self::History => vec![NATIVE, REPORT],
            Self::Proxy => vec![REPORT],
            Self::Widget => vec![BUILD, BROWSERS],
        }
    }
}

/// Measures the parts one after another, and writes the report; `words` are the widget's.
pub fn run(workspace: &Workspace, parts: &[Part], words: &[&str]) -> Result<()> {
    let tools: Vec<_> = parts.iter().flat_map(|part| part.tools()).collect();
    let toolbox = ensure(&tools)?;
    for part in parts {
        println!("\n== Measuring: {} ==", part.name());
        match part {
            Part::History => run_native(workspace, "history", &[])?,
            Part::Proxy => run_native(workspace, "proxy", &[])?,
            Part::Widget => measure_widget(workspace, &toolbox, words)?,
        }
    }
    let mut report = Command::new(toolbox.path(Id::Node)?);
    report.arg(folder(workspace).join("report.mjs")).env("CANDOR_BENCH_OUT", out(workspace));
    run_command(&mut report)
}

/// Makes the database that History is measured in.
pub fn fill(workspace: &Workspace, url: &str) -> Result<()> {
    run_native(workspace, "history", &["fill", url])
}

fn measure_widget(workspace: &Workspace, toolbox: &Toolbox, words: &[&str]) -> Result<()> {
    widget::build(workspace, toolbox)?;
    proxy::build(workspace, Profile::Release)?;
    let conversation = out(workspace).join("conversation.db");
    remove(&conversation)?;
    std::fs::create_dir_all(out(workspace)).map_err(|error| Error::file("make", &out(workspace), &error))?;
    run_native(workspace, "history", &["conversation", &format!("sqlite://{}", conversation.display())])?;
    let folder = folder(workspace);
    install_packages(&folder, toolbox.path(Id::Npm)?)?;
    let commit =
        answer(Command::new("git").current_dir(&workspace.root).args(["rev-parse", "--short", "HEAD"]));
    let mut command = Command::new(toolbox.path(Id::Node)?);
    command
        .arg(folder.join("widget.mjs"))
        .args(words)
        .env("CANDOR_BENCH_OUT", out(workspace))
        .env("CANDOR_BENCH_CONVERSATION", &conversation)
        .env("CANDOR_BIN", workspace.binary(Profile::Release))
        .env("CANDOR_COMMIT", commit.unwrap_or_default())
        .env("CHROMIUM", toolbox.path(Id::Chromium)?);
    run_command(&mut command)
}

/// Runs a bench of the proxy's crate with these words.
fn run_native(workspace: &Workspace, name: &str, words: &[&str]) -> Result<()> {
    let mut command = cargo();
    command
        .current_dir(&workspace.root)
        // With all that the release has, so that it is compiled once.
        .args(["bench", "--package", "candor-proxy", "--features", proxy::FEATURES, "--bench", name, "--"])
        .args(words)
        .env("CANDOR_BENCH_OUT", out(workspace));
    run_command(&mut command)
}

fn run_command(command: &mut Command) -> Result<()> {
    process::run(command, "Its own words are above.")
}

/// Where what was measured lies, as JSON.
fn out(workspace: &Workspace) -> PathBuf {
    workspace.target.join("bench")
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.root.join("tests/bench")
}

/// Removes a SQLite database with the files beside it, where it is there.
fn remove(database: &Path) -> Result<()> {
    for end in ["", "-wal", "-shm", "-lock"] {
        let mut name = database.as_os_str().to_owned();
        name.push(end);
        let path = PathBuf::from(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::file("remove", &path, &error));
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ALL, Part};

    #[test]
    fn every_part_is_found_by_its_name() {
        for part in ALL {
            assert_eq!(Part::named(part.name()), Some(*part));
        }
        assert_eq!(Part::named("nothing"), None);
    }
}
