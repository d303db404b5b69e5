//! Why a bundle could not be made, each with what to do about it.

use std::io;
use std::path::{Path, PathBuf};

/// The result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Error>;

/// A step that failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder that could not be read, written or moved.
    #[error("Could not {action} {}: {source}. Check that the path exists and may be written, and that the disk has room.", path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    /// `wasm_split_cli_support` refused the module.
    #[error(
        "The widget cannot be split: {0}. Check that it was linked with `--emit-relocs` and not stripped, as `cargo xtask build` does."
    )]
    Split(String),
    /// `wasm-bindgen` refused the module.
    #[error("wasm-bindgen failed: {0}. Check that Cargo.lock has one version of wasm-bindgen.")]
    Bindgen(String),
    /// A module that is none, or that uses what our libraries do not know yet.
    #[error("The main module cannot be rewritten: {0}. Check that wasm-encoder is as new as the compiler.")]
    Module(#[source] wasm_encoder::reencode::Error),
    /// wasm-opt or esbuild ended with an error.
    #[error("{tool} failed on {}: {words} Run `cargo xtask setup`, and see whether its version fits.", input.display())]
    Tool { tool: &'static str, input: PathBuf, words: String },
    /// The loader lacks one of the places that the build fills in.
    #[error("www/candor.js has no placeholder {0}. Put it where the loader needs that value.")]
    LostPlaceholder(String),
    /// The loader has a place that the build does not know.
    #[error(
        "www/candor.js has an unknown placeholder {0}. These are known: {{{{glue}}}}, {{{{wasm}}}}, {{{{stylesheet}}}}, {{{{style}}}}, {{{{version}}}}."
    )]
    UnknownPlaceholder(String),
    /// Trunk's output is not what `index.html` asks for.
    #[error(
        "Trunk's output does not hold exactly one WebAssembly module. Check that index.html has exactly one `<link data-trunk rel=\"rust\">`, and that it is no worker: beside a worker Trunk builds the page's own program as well."
    )]
    NotOneModule,
    /// `trunk` was meant to start this.
    #[error("This command is a step of Trunk's. Run `cargo xtask dev`.")]
    WithoutTrunk,
    /// Nobody has said where a library is.
    #[error(
        "{0} is not set. Let it name the library’s unpacked npm package, or build with `cargo xtask build`, which brings it."
    )]
    WithoutLibrary(&'static str),
    /// A file that says what was built, or what a build is compared with, cannot be read.
    #[error("{} is not understood: {source}. {next}", path.display())]
    Unreadable { path: PathBuf, source: serde_json::Error, next: &'static str },
    /// Words on the command line that are no command.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// For `map_err`: what was tried, and on which path.
    pub fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::File { action, path: path.to_owned(), source }
    }
}
