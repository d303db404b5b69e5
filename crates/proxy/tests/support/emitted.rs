//! What a proxy under test emits, recorded where `cargo xtask test` looks for planted secrets in it.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// Records a text; without such a run nothing is.
pub fn record(text: &str) {
    let Some(folder) = std::env::var_os("TEST_EMITTED").map(PathBuf::from) else { return };
    let path = folder.join(format!("native-{}.txt", std::process::id()));
    let mut file = OpenOptions::new().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}
