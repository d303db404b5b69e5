//! Where things are in the repository, and what its lock file pins.

use std::path::{Path, PathBuf};

use crate::fault::{Fault, Result};

/// The repository and cargo's output folder.
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Where cargo writes.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds both from what `cargo run` tells its child, so that a copied binary never points at another clone.
    pub fn find() -> Result<Self> {
        let own = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).ok_or_else(|| {
            Fault::new("This program was started without cargo.", "Run it as `cargo xtask`.")
        })?;
        let root = own.parent().map(Path::to_path_buf).ok_or_else(|| {
            Fault::new("The repository's folder was not found.", "Run `cargo xtask` inside of it.")
        })?;
        // This program lies in `debug/` there, whichever setting chose the folder.
        let program = std::env::current_exe().ok();
        let target = program
            .as_deref()
            .and_then(|path| path.ancestors().nth(2))
            .map_or_else(|| root.join("target"), Path::to_path_buf);
        Ok(Self { root, target })
    }

    /// Trunk's output: what the proxy carries inside itself.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The proxy's release binary.
    pub fn binary(&self) -> PathBuf {
        self.target.join("release").join(format!("candor{}", std::env::consts::EXE_SUFFIX))
    }

    /// The version that `Cargo.lock` pins for a package.
    pub fn locked(&self, package: &str) -> Result<String> {
        let path = self.root.join("Cargo.lock");
        let lock = std::fs::read_to_string(&path).map_err(|e| Fault::file("read", &path, &e))?;
        locked_version(&lock, package).map(str::to_owned).ok_or_else(|| {
            Fault::new(
                format!("Cargo.lock names no single version of {package}."),
                "Restore Cargo.lock from the repository (`git checkout Cargo.lock`).",
            )
        })
    }
}

/// The version of a package in a lock file's text; `None` when there is none or more than one.
///
/// Cargo writes each entry as `name = "…"` followed by `version = "…"`, one a line.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    let mut found = None;
    while let Some(line) = lines.next() {
        if line.trim_end() != name {
            continue;
        }
        let version = lines.next()?.trim_end().strip_prefix("version = \"")?.strip_suffix('"')?;
        if found.replace(version).is_some() {
            return None;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"wasm-bindgen-shared\"\nversion = \"0.2.7\"\n\n\
        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n\n\
        [[package]]\nname = \"sha2\"\nversion = \"0.10.9\"\n\n[[package]]\nname = \"sha2\"\nversion = \"0.11.1\"\n";

    #[test]
    fn finds_the_package_and_not_one_that_begins_alike() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen"), Some("0.2.130"));
    }

    #[test]
    fn a_lock_file_with_windows_line_ends_reads_alike() {
        assert_eq!(locked_version(&LOCK.replace('\n', "\r\n"), "wasm-bindgen"), Some("0.2.130"));
    }

    #[test]
    fn two_versions_are_no_answer() {
        assert_eq!(locked_version(LOCK, "sha2"), None);
    }

    #[test]
    fn an_unknown_package_is_no_answer() {
        assert_eq!(locked_version(LOCK, "yew"), None);
        assert_eq!(locked_version("name = \"yew\"", "yew"), None);
    }
}
