//! Running wasm-opt and esbuild, which come as programs.

use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};

/// How a script begins that Node runs.
const NODE_SCRIPT: &[u8] = b"#!/usr/bin/env node\n";

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
        let output = self
            .command()
            .arg(input)
            .args(arguments)
            .output()
            .map_err(|error| failed(format!("{error}.")))?;
        if output.status.success() {
            return Ok(());
        }
        Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }

    /// Its start. Binaryen comes from npm as a script with WebAssembly in it, which V8 optimises as long as it runs: for the
    /// second that each run takes, that is two thirds of the work (63 s of processor time for a release, 23 without).
    fn command(&self) -> Command {
        let mut start = [0; NODE_SCRIPT.len()];
        let is_script = File::open(&self.path).and_then(|mut file| file.read_exact(&mut start)).is_ok()
            && start == NODE_SCRIPT;
        if !is_script {
            return Command::new(&self.path);
        }
        let mut node = Command::new("node");
        node.arg("--liftoff-only").arg(&self.path);
        node
    }
}
