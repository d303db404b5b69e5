//! Says where the built widget lies, so that the proxy can carry it inside itself.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-env-changed=CANDOR_DIST");
    let dist = match env::var_os("CANDOR_DIST") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../../dist"),
    };
    // An absent folder would count as changed at every build, and rust-embed would refuse it.
    fs::create_dir_all(&dist)?;
    println!("cargo::rerun-if-changed={}", dist.display());
    println!("cargo::rustc-env=CANDOR_BUILT_WIDGET={}", dist.canonicalize()?.display());
    Ok(())
}
