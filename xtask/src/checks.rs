//! `cargo xtask test`: each part of the tests, and the summary at the end.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::emitted::Emitted;
use crate::error::{Error, Result};
use crate::process::{cargo, run};
use crate::runner;
use crate::setup::{Toolbox, ensure};
use crate::tally::Tally;
use crate::tools::{BROWSERS, BUILD, COMPONENTS, DEV, Id, NATIVE, WEBKIT, WORDPRESS, php_of_apache};
use crate::workspace::{Profile, Workspace};
use crate::{fingerprint, fuzz, package, proxy, widget};

/// A part of the tests that can be run alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Native,
    Fuzz,
    Components,
    Sizes,
    WebKit,
    Browser,
    WordPress,
    Dev,
}

/// Every part, quickest answer first.
pub const ALL: &[Part] = &[
    Part::Native,
    Part::Components,
    Part::Sizes,
    Part::WebKit,
    Part::Browser,
    Part::Fuzz,
    Part::WordPress,
    Part::Dev,
];

impl Part {
    /// The part of this name.
    pub fn named(name: &str) -> Option<Self> {
        ALL.iter().copied().find(|part| part.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Fuzz => "fuzz",
            Self::Components => "components",
            Self::Sizes => "sizes",
            Self::WebKit => "webkit",
            Self::Browser => "browser",
            Self::WordPress => "wordpress",
            Self::Dev => "dev",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Native => "Native tests",
            Self::Fuzz => "Random input",
            Self::Components => "Component tests in headless Chromium",
            Self::Sizes => "Size tests",
            Self::WebKit => "The main path in WebKitGTK, Safari's engine",
            Self::Browser => "Whole-product tests in real browsers",
            Self::WordPress => "The wire of both proxies, and a real WordPress",
            Self::Dev => "The development server",
        }
    }

    /// The tools that the part takes.
    fn tools(self) -> Vec<&'static [Id]> {
        match self {
            Self::Native => vec![NATIVE],
            Self::Fuzz => Vec::new(),
            Self::Components => vec![COMPONENTS],
            Self::Sizes => vec![BUILD],
            Self::WebKit => vec![BUILD, BROWSERS, WEBKIT],
            Self::Browser => vec![BUILD, BROWSERS],
            Self::WordPress => vec![BUILD, BROWSERS, WORDPRESS],
            Self::Dev => vec![DEV, BROWSERS],
        }
    }

    fn run(self, workspace: &Workspace, toolbox: &Toolbox, emitted: &Emitted) -> Result<Tally> {
        let mut command = match self {
            Self::Native => native(workspace, toolbox)?,
            Self::Fuzz => fuzz::command(workspace, Profile::Start, fuzz::FEW),
            Self::Components => components(workspace, toolbox)?,
            Self::Sizes => within_budgets(workspace, toolbox)?,
            Self::WebKit => webkit(workspace, toolbox)?,
            Self::Browser => browser(workspace, toolbox)?,
            Self::WordPress => wordpress(workspace, toolbox)?,
            Self::Dev => dev(workspace, toolbox)?,
        };
        runner::run(&mut command, emitted)
    }
}

/// Runs the parts one after another, all of them whatever fails, and sums up.
pub fn test(workspace: &Workspace, parts: &[Part]) -> Result<()> {
    let tools: Vec<_> = parts.iter().flat_map(|part| part.tools()).collect();
    let toolbox = ensure(&tools)?;
    let emitted = Emitted::begin(workspace)?;
    let mut outcomes: Vec<(Part, Tally, Duration)> = Vec::new();
    for part in parts {
        println!("\n== {} ==", part.title());
        let start = Instant::now();
        let tally = part.run(workspace, &toolbox, &emitted).unwrap_or_else(|error| {
            eprintln!("error: {error}");
            Tally { passed: 0, failed: 1 }
        });
        outcomes.push((*part, tally, start.elapsed()));
    }

    println!("\n== What all of it emitted ==");
    let mut total = emitted.search()?;
    let has_leak = total.failed > 0;

    println!("\n== Summary ==");
    for (part, tally, duration) in &outcomes {
        let word = if tally.failed == 0 { "ok" } else { "FAILED" };
        let (seconds, title) = (duration.as_secs(), part.title());
        println!("{word:<7} {seconds:>5} s  {title}: {} passed, {} failed", tally.passed, tally.failed);
        total.add(*tally);
    }
    println!("{} passed, {} failed", total.passed, total.failed);
    if total.failed == 0 {
        return Ok(());
    }
    if has_leak {
        return Err(Error::new(
            "A planted secret was emitted, or nothing was.",
            format!("See above; what was emitted is in {}.", emitted.folder().display()),
        ));
    }
    let failed: Vec<_> =
        outcomes.iter().filter(|(_, tally, _)| tally.failed > 0).map(|(part, ..)| part.name()).collect();
    Err(Error::new(
        format!("These tests failed: {}.", failed.join(", ")),
        format!("See above; `cargo xtask test {}` runs one part alone.", failed.first().unwrap_or(&"native")),
    ))
}

fn native(workspace: &Workspace, toolbox: &Toolbox) -> Result<Command> {
    workspace.keep_dist();
    let mut command = cargo();
    command
        .current_dir(&workspace.root)
        .args(["test", "--workspace", "--features", proxy::FEATURES, "--no-fail-fast"])
        .env("NGINX_BIN", toolbox.path(Id::Nginx)?);
    Ok(command)
}

/// Kills replicas and their database for so many seconds, as one of the native tests does for a few.
pub fn faults(workspace: &Workspace, seconds: u64) -> Result<()> {
    let toolbox = ensure(&[NATIVE])?;
    let mut command = cargo();
    command
        .current_dir(&workspace.root)
        .args([
            "test",
            "--profile",
            Profile::Start.name(),
            "--package",
            "candor-proxy",
            "--test",
            "faults",
            "--",
            "--test-threads",
            "1",
        ])
        .env("NGINX_BIN", toolbox.path(Id::Nginx)?)
        .env("FAULT_SECONDS", seconds.to_string());
    run(&mut command, "What was lost, doubled or passed is above.")
}

fn components(workspace: &Workspace, toolbox: &Toolbox) -> Result<Command> {
    let runner = widget::bindgen_programs(workspace)?.join("wasm-bindgen-test-runner");
    let mut command = cargo();
    command
        .current_dir(&workspace.root)
        .args([
            "test",
            "--package",
            "candor",
            "--target",
            "wasm32-unknown-unknown",
            "--lib",
            "--tests",
            "--no-fail-fast",
        ])
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", runner)
        .env("CHROMEDRIVER", toolbox.path(Id::ChromeDriver)?);
    Ok(command)
}

fn within_budgets(workspace: &Workspace, toolbox: &Toolbox) -> Result<Command> {
    widget::build(workspace, toolbox)?;
    let mut command = widget::bundler(workspace);
    command.arg("budgets").arg(workspace.manifest());
    Ok(command)
}

fn webkit(workspace: &Workspace, toolbox: &Toolbox) -> Result<Command> {
    widget::build(workspace, toolbox)?;
    proxy::build(workspace, Profile::Start)?;
    let mut command = npm(workspace, toolbox)?;
    command
        .env("WEBKIT_DRIVER", toolbox.path(Id::WebKitDriver)?)
        .env("XVFB", toolbox.path(Id::Xvfb)?)
        .args(["run", "webkit"]);
    Ok(command)
}

fn browser(workspace: &Workspace, toolbox: &Toolbox) -> Result<Command> {
    widget::build(workspace, toolbox)?;
    proxy::build(workspace, Profile::Start)?;
    let mut command = npm(workspace, toolbox)?;
    command.arg("test");
    Ok(command)
}

fn wordpress(workspace: &Workspace, toolbox: &Toolbox) -> Result<Command> {
    widget::build(workspace, toolbox)?;
    proxy::build(workspace, Profile::Start)?;
    let mut command = npm_with_wordpress(workspace, toolbox)?;
    command.args(["run", "wordpress"]);
    Ok(command)
}

fn dev(workspace: &Workspace, toolbox: &Toolbox) -> Result<Command> {
    let own = std::env::current_exe().map_err(|error| {
        Error::new(format!("This program does not find itself: {error}."), "Run it as `cargo xtask`.")
    })?;
    let mut command = npm(workspace, toolbox)?;
    command.env("XTASK_BIN", own).args(["run", "dev"]);
    Ok(command)
}

/// Takes the picture that the README opens with.
pub fn screenshot(workspace: &Workspace) -> Result<()> {
    let toolbox = ensure(&[BUILD, BROWSERS, WORDPRESS])?;
    widget::build(workspace, &toolbox)?;
    proxy::build(workspace, Profile::Start)?;
    let mut command = npm_with_wordpress(workspace, &toolbox)?;
    run(command.args(["run", "screenshot"]), "Its own words are above.")
}

/// [`npm`], told where the plugin's zip is too, and WordPress and what it runs on.
fn npm_with_wordpress(workspace: &Workspace, toolbox: &Toolbox) -> Result<Command> {
    let zip = package::package(workspace, &workspace.dist())?;
    let mut command = npm(workspace, toolbox)?;
    command.env("CANDOR_ZIP", zip);
    for (name, id) in [
        ("PHP", Id::Php),
        ("MARIADBD", Id::MariaDb),
        ("APACHE", Id::Apache),
        ("PHP_FPM", Id::PhpFpm),
        ("PHPCS", Id::CodeSniffer),
        ("WORDPRESS", Id::WordPress),
        ("OLDEST_WORDPRESS", Id::OldestWordPress),
        ("SQLITE_INTEGRATION", Id::SqliteIntegration),
        ("PYTHON", Id::Python),
        ("SCHEMATHESIS", Id::Schemathesis),
    ] {
        command.env(name, toolbox.path(id)?);
    }
    if let Some(module) = php_of_apache() {
        command.env("APACHE_PHP", module);
    }
    Ok(command)
}

/// `npm` in the tests' folder, its packages installed, told where the product and the browsers are.
fn npm(workspace: &Workspace, toolbox: &Toolbox) -> Result<Command> {
    let folder = workspace.root.join("tests");
    let npm = toolbox.path(Id::Npm)?;
    install_packages(&folder, npm)?;
    let mut command = Command::new(npm);
    command
        .current_dir(&folder)
        .env("CANDOR_BIN", workspace.binary(Profile::Start))
        .env("CHROMIUM", toolbox.path(Id::Chromium)?)
        .env("FIREFOX", toolbox.path(Id::Firefox)?)
        .env("NGINX_BIN", toolbox.path(Id::Nginx)?)
        .env("SYSTEMD_ANALYZE", toolbox.path(Id::SystemdAnalyze)?);
    Ok(command)
}

/// `npm ci` in a folder, unless the installed packages are those of its lock file.
pub fn install_packages(folder: &Path, npm: &Path) -> Result<()> {
    let lock = fingerprint::of_files(folder, &["package-lock.json"])?;
    let stamp = folder.join("node_modules/.candor-lock");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    println!("Installing the packages of {}.", folder.join("package.json").display());
    run(
        // The browsers are the system's own; a download of others is neither needed nor always possible.
        Command::new(npm)
            .current_dir(folder)
            // None of them needs its install script; isolated-vm, which a peer in the benchmark brings, would be compiled.
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"),
        "Check the network connection, then run the command again.",
    )?;
    std::fs::write(&stamp, lock).map_err(|e| Error::file("write", &stamp, &e))
}

#[cfg(test)]
mod tests {
    use super::{ALL, Part};

    #[test]
    fn every_part_is_found_by_its_name() {
        for part in ALL {
            assert_eq!(Part::named(part.name()), Some(*part));
        }
        assert_eq!(Part::named("nothing"), None);
    }
}
