//! Where things are in the repository.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// How the proxy is compiled: a profile in `Cargo.toml`.
#[derive(Clone, Copy)]
pub enum Profile {
    /// What is deployed and measured.
    Release,
    /// What is tried and tested: there sooner, and a little slower.
    Start,
}

impl Profile {
    /// As cargo calls it, and the folder of what it makes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Start => "start",
        }
    }
}

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
            Error::new("This program was started without cargo.", "Run it as `cargo xtask`.")
        })?;
        let root = own.parent().map(Path::to_path_buf).ok_or_else(|| {
            Error::new("The repository's folder was not found.", "Run `cargo xtask` inside of it.")
        })?;
        // This program lies in `debug/` there, whichever setting chose the folder.
        let program = std::env::current_exe().ok();
        let target = program
            .as_deref()
            .and_then(|path| path.ancestors().nth(2))
            .map_or_else(|| root.join("target"), Path::to_path_buf);
        Ok(Self { root, target })
    }

    /// The bundled widget: what the proxy carries inside itself.
    pub fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// Sees to it that the proxy can be compiled after somebody has removed that folder: its build script, which makes an empty one, is
    /// not run again for that. Where it cannot be made, the compiler says so.
    pub fn keep_dist(&self) {
        let _ = std::fs::create_dir_all(self.dist());
        let _ = std::fs::File::create_new(self.dist().join("index.html"));
    }

    /// What the bundle consists of, for whoever tells sizes.
    pub fn manifest(&self) -> PathBuf {
        self.target.join("candor-widget.json")
    }

    /// The proxy's binary.
    pub fn binary(&self, profile: Profile) -> PathBuf {
        self.target.join(profile.name()).join(format!("candor{}", std::env::consts::EXE_SUFFIX))
    }
}
