//! Candor's own commands. `cargo xtask` lists them.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the terminal speaks through them"
)]

mod archive;
mod bench;
mod checks;
mod dev;
mod error;
mod fingerprint;
mod lint;
mod package;
mod plugin_data;
mod process;
mod proxy;
#[cfg(test)]
mod scratch;
mod setup;
mod supervisor;
mod tally;
mod tools;
mod widget;
mod workspace;

use std::path::Path;
use std::process::ExitCode;

use checks::Part;
use error::{Error, Result};
use tools::{BROWSERS, BUILD, COMPONENTS, DEV, Id, LINT, NATIVE, WEBKIT, WORDPRESS};
use workspace::Workspace;

const COMMANDS: &str = "\
Commands:
  cargo xtask start         set up what is missing, build, and serve the example page
  cargo xtask test [PART]   run every test, or one part: native, components, sizes, webkit,
                            browser, wordpress, dev
  cargo xtask bench [PART]  measure everything, or one part, and write it into docs/benchmarks.md: history, proxy, widget
                            (widget: --quick for two pairs, --full for five of the long answers too, --baseline CANDOR
                            for an earlier build beside it)
  cargo xtask fill URL      make that database: sqlite:// and a new file, or postgres:// and an empty one
  cargo xtask lint          check the format, and run Clippy
  cargo xtask build         build the widget and the proxy, and print their sizes
  cargo xtask package       make the WordPress plugin's zip; `cargo xtask package FOLDER` of a widget built before
  cargo xtask dev           serve the page at http://127.0.0.1:8080/, rebuilt and reloaded at every change,
                            with a proxy beside it where CANDOR_ADDR says; further words go to `trunk serve`, such as
                            --port 8081; it sets up Trunk, which takes minutes the first time
  cargo xtask screenshot    take the pictures of the README and of the plugin's readme
  cargo xtask setup         only set up what the commands above need";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(words: &[&str]) -> Result<()> {
    match words {
        [] | ["help" | "--help" | "-h"] => {
            println!("{COMMANDS}");
            Ok(())
        }
        ["start"] => start(),
        ["build"] => {
            let workspace = build()?;
            print_sizes(&workspace)
        }
        ["package"] => {
            let workspace = build_widget()?;
            pack(&workspace, &workspace.dist())
        }
        ["package", dist] => pack(&Workspace::find()?, Path::new(dist)),
        ["dev", rest @ ..] => dev::run(&Workspace::find()?, rest),
        ["test"] => checks::test(&Workspace::find()?, checks::ALL),
        ["test", name] => match Part::named(name) {
            Some(part) => checks::test(&Workspace::find()?, &[part]),
            None => Err(Error::new(
                format!("There is no part of the tests called `{name}`."),
                "The parts are native, components, sizes, webkit, browser, wordpress and dev.",
            )),
        },
        ["bench", rest @ ..] => measure(rest),
        ["fill", url] => bench::fill(&Workspace::find()?, url),
        ["lint"] => lint::lint(&Workspace::find()?),
        ["screenshot"] => checks::screenshot(&Workspace::find()?),
        ["setup"] => set_up(),
        [known @ ("start" | "build" | "package" | "test" | "fill" | "lint" | "screenshot" | "setup"), ..] => {
            Err(Error::new(
                format!("`cargo xtask {known}` was given more or fewer words than it takes."),
                format!("This is how it is written.\n\n{COMMANDS}"),
            ))
        }
        [unknown, ..] => Err(Error::new(
            format!("There is no command `{unknown}`."),
            format!("These are known.\n\n{COMMANDS}"),
        )),
    }
}

/// Measures the parts that are named, or all of them.
fn measure(words: &[&str]) -> Result<()> {
    let workspace = Workspace::find()?;
    match words {
        [] => bench::run(&workspace, bench::ALL, &[]),
        [name, rest @ ..] => match bench::Part::named(name) {
            Some(part) if rest.is_empty() || part == bench::Part::Widget => {
                bench::run(&workspace, &[part], rest)
            }
            Some(_) => Err(Error::new(
                format!("`cargo xtask bench {name}` takes no more words."),
                format!("This is how it is written.\n\n{COMMANDS}"),
            )),
            None => Err(Error::new(
                format!("There is no part of the bench called `{name}`."),
                "The parts are history, proxy and widget.",
            )),
        },
    }
}

/// Sets up, builds the widget, then the proxy that carries it.
fn build() -> Result<Workspace> {
    let workspace = build_widget()?;
    proxy::build(&workspace)?;
    Ok(workspace)
}

fn build_widget() -> Result<Workspace> {
    let workspace = Workspace::find()?;
    let toolbox = setup::ensure(&[BUILD])?;
    widget::build(&workspace, &toolbox)?;
    Ok(workspace)
}

fn print_sizes(workspace: &Workspace) -> Result<()> {
    let next = "Build the widget once more: remove `dist`, then run `cargo xtask build`.";
    process::run(widget::bundler(workspace).arg("sizes").arg(workspace.manifest()), next)?;
    let binary = workspace.binary();
    let bytes = std::fs::metadata(&binary).map_err(|e| Error::file("read", &binary, &e))?.len();
    println!("{} bytes: {}", bytes, binary.display());
    Ok(())
}

fn pack(workspace: &Workspace, dist: &Path) -> Result<()> {
    println!("{}", package::package(workspace, dist)?.display());
    Ok(())
}

fn start() -> Result<()> {
    proxy::serve(&build()?)
}

fn set_up() -> Result<()> {
    let groups = [BUILD, DEV, LINT, NATIVE, COMPONENTS, BROWSERS, WEBKIT, WORDPRESS];
    let toolbox = setup::ensure(&groups)?;
    let mut shown: Vec<Id> = Vec::new();
    for id in groups.concat() {
        if !shown.contains(&id) {
            println!("{id:<12?} {}", toolbox.path(id)?.display());
            shown.push(id);
        }
    }
    Ok(())
}
