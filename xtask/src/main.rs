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
mod emitted;
mod error;
mod fingerprint;
mod fuzz;
mod lint;
mod package;
mod plugin_data;
mod plugin_translations;
mod process;
mod proxy;
mod release;
mod runner;
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
use workspace::{Profile, Workspace};

/// How long `cargo xtask faults` takes unless it is told.
const FAULT_SECONDS: u64 = 300;

const COMMANDS: &str = "\
Commands:
  cargo xtask start         set up what is missing, build, and serve the example page
  cargo xtask test [PART]   run every test, or one part: native, fuzz, components, sizes, webkit,
                            browser, wordpress, dev
  cargo xtask fuzz [INPUTS] give whatever reads what others have written random input: ten million each, or so many
  cargo xtask faults [SECONDS]
                            kill three replicas and their database under load, for five minutes or so long
  cargo xtask bench [PART]  measure everything, or one part, and write it into docs/benchmarks.md: history, proxy, widget
                            (widget: --quick for two pairs, --full for five of the long answers too, --baseline CANDOR
                            for an earlier build beside it)
  cargo xtask fill URL      make that database: sqlite:// and a new file, or postgres:// and an empty one
  cargo xtask lint          check the format, and run Clippy
  cargo xtask build         build the widget and the proxy, and print their sizes
  cargo xtask release       build all that is handed out: the proxy, the plugin's zip, and what they are made of
                            (SBOM, as CycloneDX has it)
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
            let workspace = build(Profile::Release)?;
            print_sizes(&workspace)
        }
        ["release"] => {
            let workspace = build(Profile::Release)?;
            print_sizes(&workspace)?;
            pack(&workspace, &workspace.dist())?;
            for path in release::bills_of_materials(&workspace)? {
                println!("{}", path.display());
            }
            Ok(())
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
                "The parts are native, fuzz, components, sizes, webkit, browser, wordpress and dev.",
            )),
        },
        ["fuzz"] => fuzz::run(&Workspace::find()?, fuzz::MANY),
        ["fuzz", inputs] => match inputs.parse() {
            Ok(inputs) => fuzz::run(&Workspace::find()?, inputs),
            Err(_) => Err(Error::new(
                format!("`{inputs}` is no number of inputs."),
                "Give one such as 1000000, or none for ten million.",
            )),
        },
        ["faults"] => checks::faults(&Workspace::find()?, FAULT_SECONDS),
        ["faults", seconds] => match seconds.parse() {
            Ok(seconds) => checks::faults(&Workspace::find()?, seconds),
            Err(_) => Err(Error::new(
                format!("`{seconds}` is no number of seconds."),
                "Give one such as 60, or none for five minutes.",
            )),
        },
        ["bench", rest @ ..] => measure(rest),
        ["fill", url] => bench::fill(&Workspace::find()?, url),
        ["lint"] => lint::lint(&Workspace::find()?),
        ["screenshot"] => checks::screenshot(&Workspace::find()?),
        ["setup"] => set_up(),
        [
            known @ ("start" | "build" | "release" | "package" | "test" | "fuzz" | "faults" | "fill" | "lint"
            | "screenshot" | "setup"),
            ..,
        ] => Err(Error::new(
            format!("`cargo xtask {known}` was given more or fewer words than it takes."),
            format!("This is how it is written.\n\n{COMMANDS}"),
        )),
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

/// Sets up, builds the widget, then the proxy that carries it, as far as it can beside the widget: the last steps of that are one
/// processor's work.
fn build(profile: Profile) -> Result<Workspace> {
    let workspace = Workspace::find()?;
    let toolbox = setup::ensure(&[BUILD])?;
    std::thread::scope(|scope| {
        let library = scope.spawn(|| proxy::compile_library(&workspace, profile));
        widget::build(&workspace, &toolbox)?;
        library.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    proxy::build(&workspace, profile)?;
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
    let binary = workspace.binary(Profile::Release);
    let bytes = std::fs::metadata(&binary).map_err(|e| Error::file("read", &binary, &e))?.len();
    println!("{} bytes: {}", bytes, binary.display());
    Ok(())
}

fn pack(workspace: &Workspace, dist: &Path) -> Result<()> {
    println!("{}", package::package(workspace, dist)?.display());
    Ok(())
}

fn start() -> Result<()> {
    proxy::serve(&build(Profile::Start)?)
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
