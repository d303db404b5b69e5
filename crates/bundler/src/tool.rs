//! Running wasm-opt and esbuild, which come as programs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};

/// A program, and where it is.
#[derive(Clone, Debug)]
pub struct Tool {
    name: &'static str,
    path: PathBuf,
}

impl Tool {
    /// The program that an environment variable names; else the one on PATH.
    pub fn from_env(name: &'static str, variable: &str) -> Self {
        let path = std::env::var_os(variable).filter(|path| !path.is_empty());
        Self { name, path: path.map_or_else(|| PathBuf::from(name), PathBuf::from) }
    }

    /// Runs it on a file; what it says is told where it fails.
    pub fn run(&self, input: &Path, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<()> {
        let failed = |words: String| Error::Tool { tool: self.name, input: input.to_owned(), words };
        let output = Command::new(&self.path)
            .arg(input)
            .args(arguments)
            .output()
            .map_err(|error| failed(format!("{error}.")))?;
        if output.status.success() {
            return Ok(());
        }
        Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}
