//! What a build consists of, written beside it and not shipped: which files each part fetches, and what they weigh.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::files;

/// One build.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The widget's files by what they are, whatever their hash: `loader`, `main wasm`, `glue and chunk loader`,
    /// `page script`, `challenge script`, `altcha library`, `language script`, `words de`, `causes de`, `core stylesheet`,
    /// `history.wasm`, `shared-1.wasm`.
    pub files: BTreeMap<String, File>,
    /// For each part behind a door: what opening it fetches, as named in `files`.
    pub parts: BTreeMap<String, Vec<String>>,
}

/// One file of a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name, relative to the loader.
    pub name: String,
    /// Its size, in bytes.
    pub raw: usize,
    /// Its size after brotli 11, in bytes.
    pub brotli: usize,
}

/// The loader `candor.js`.
pub const LOADER: &str = "loader";
/// The module that every visitor loads.
pub const MAIN: &str = "main wasm";
/// wasm-bindgen's glue, which the chunk loader is bundled with.
pub const GLUE: &str = "glue and chunk loader";
/// What the chat does beyond its panel.
pub const PAGE: &str = "page script";
/// What shows new visitors what they solve.
pub const CHALLENGE: &str = "challenge script";
/// How a library of others is called in [`Manifest::files`], behind its name.
pub const LIBRARY: &str = " library";
/// What speaks another language than English.
pub const LANGUAGE: &str = "language script";
/// How the files of a language are called in [`Manifest::files`], before its tag: what is fetched with the core.
pub const WORDS: &str = "words ";
/// The same of what Diagnostics adds.
pub const CAUSES: &str = "causes ";
/// What the core looks like.
pub const STYLESHEET: &str = "core stylesheet";

impl Manifest {
    /// Reads what [`Self::write`] wrote.
    pub fn read(path: &Path) -> Result<Self> {
        serde_json::from_slice(&files::read(path)?).map_err(|source| Error::Unreadable {
            path: path.to_owned(),
            source,
            next: "Build the widget with `cargo xtask build`.",
        })
    }

    /// Writes it for the commands that tell sizes.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|source| Error::Unreadable {
            path: path.to_owned(),
            source,
            next: "This is a fault of the bundler’s.",
        })?;
        files::write(path, text)
    }
}
