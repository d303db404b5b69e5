//! Makes of the compiled widget the files that a visitor's browser fetches. Run by `cargo xtask` and by Trunk's hook; a
//! program of its own, so that xtask's other commands need not wait until it is compiled.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal speaks through them"
)]

mod bindgen;
mod compress;
mod error;
mod files;
mod imports;
mod libraries;
mod loader;
mod locales;
mod manifest;
mod minify;
mod names;
mod optimize;
mod order;
mod pack;
mod page;
mod release;
#[cfg(test)]
mod scratch;
mod sizes;
mod split;
mod tool;
mod trunk;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use error::{Error, Result};
use manifest::Manifest;
use release::Bundler;
use sizes::Reference;
use tool::Tool;

const COMMANDS: &str = "\
candor-bundler release MODULE DIST MANIFEST   bundle a linked module into DIST, and write what it consists of
candor-bundler sizes MANIFEST                 what each part of a release weighs
candor-bundler budgets MANIFEST               whether it keeps to the budgets
candor-bundler accept MANIFEST                make its sizes the reference that later ones are compared with
candor-bundler trunk                          the last step of `trunk serve`
The variables WASM_OPT and ESBUILD name these programs, where they are not on PATH; ALTCHA, HIGHLIGHT and TEMML
name the unpacked npm packages `altcha`, `@highlightjs/cdn-assets` and `temml`.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[&str]) -> Result<ExitCode> {
    match words {
        ["release", linked, dist, manifest] => {
            release(Path::new(linked), Path::new(dist), Path::new(manifest))?
        }
        ["sizes", manifest] => {
            print!("{}", sizes::table(&Manifest::read(Path::new(manifest))?, &reference()?))
        }
        ["budgets", manifest] => return budgets(Path::new(manifest)),
        ["accept", manifest] => accept(Path::new(manifest))?,
        ["trunk"] => trunk::finish_staged(&root(), &libraries::found()?)?,
        _ => return Err(Error::Usage(COMMANDS.to_owned())),
    }
    Ok(ExitCode::SUCCESS)
}

/// The repository's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn release(linked: &Path, dist: &Path, manifest: &Path) -> Result<()> {
    let work = linked.with_file_name("bundle");
    let bundler = Bundler {
        root: &root(),
        work: &work,
        wasm_opt: Tool::from_env("wasm-opt", "WASM_OPT"),
        esbuild: Tool::from_env("esbuild", "ESBUILD"),
        libraries: libraries::all()?,
    };
    bundler.release(linked, dist)?.write(manifest)
}

fn reference_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sizes.json")
}

/// The sizes that the last accepted build had.
fn reference() -> Result<Reference> {
    let path = reference_path();
    let content = files::read(&path)?;
    serde_json::from_slice(&content).map_err(|source| Error::Unreadable {
        path,
        source,
        next: "Restore it from the repository.",
    })
}

fn accept(manifest: &Path) -> Result<()> {
    let totals = sizes::totals(&Manifest::read(manifest)?);
    let lines: Vec<_> = totals.iter().map(|(name, size)| format!("  \"{name}\": {size}")).collect();
    files::write(&reference_path(), format!("{{\n{}\n}}\n", lines.join(",\n")))
}

/// Prints one line for each budget, and the last as a test runner would.
fn budgets(manifest: &Path) -> Result<ExitCode> {
    let (manifest, reference) = (Manifest::read(manifest)?, reference()?);
    let budgets = sizes::budgets(&manifest);
    let failed: Vec<_> = budgets.iter().filter(|budget| !budget.holds()).collect();
    for budget in &budgets {
        println!("{} ... {}", budget, if budget.holds() { "ok" } else { "FAILED" });
    }
    for budget in &failed {
        println!("\n{}", budget.explain(&manifest, &reference));
    }
    let (word, passed) = (if failed.is_empty() { "ok" } else { "FAILED" }, budgets.len() - failed.len());
    println!("\ntest result: {word}. {passed} passed; {} failed", failed.len());
    Ok(if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
