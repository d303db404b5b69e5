//! What is given random input, and what must hold then.

mod errors;
mod markdown;
mod redactor;
mod routes;
mod settings;
mod streams;

use std::fs;
use std::path::Path;

use serde_json::Value;

/// One of them.
pub struct Target {
    /// How it is called.
    pub name: &'static str,
    /// Runs it with so many inputs.
    pub run: fn(usize),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "streams", run: streams::run },
    Target { name: "errors", run: errors::run },
    Target { name: "markdown", run: markdown::run },
    Target { name: "redactor", run: redactor::run },
    Target { name: "settings", run: settings::run },
    Target { name: "routes", run: routes::run },
];

/// The lines of the JSON files of a folder in the repository.
fn lines(folder: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
    paths.sort();
    let texts = paths.iter().map(|path| fs::read_to_string(path).unwrap());
    texts
        .flat_map(|text| text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>())
        .collect()
}

/// A file of the repository.
fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}
