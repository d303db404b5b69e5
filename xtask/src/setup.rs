//! Set-up: finds what is missing, says what it is about to do, and brings it where it may.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::archive;
use crate::error::{Error, Result};
use crate::process::{answer, cargo, on_path, run, shown};
use crate::tools::{Id, Machine, Tool, Way, tool};

/// The tools that a command asked for, each found.
pub struct Toolbox {
    found: Vec<(Id, PathBuf)>,
}

impl Toolbox {
    /// Where a tool is.
    pub fn path(&self, id: Id) -> Result<&Path> {
        self.found.iter().find(|(found, _)| *found == id).map(|(_, path)| path.as_path()).ok_or_else(|| {
            Error::new(
                format!("{id:?} was not set up for this command."),
                "Run `cargo xtask setup`, then try again.",
            )
        })
    }
}

/// Makes sure that all of these tools are there; silent where they are.
pub fn ensure(ids: &[&[Id]]) -> Result<Toolbox> {
    let machine = Machine::inspect()?;
    let mut wanted: Vec<Id> = Vec::new();
    for id in ids.concat() {
        if !wanted.contains(&id) {
            wanted.push(id);
        }
    }
    let is_by_npm =
        |id: &Id| matches!(id, Id::WasmOpt | Id::Esbuild | Id::Library(_) | Id::SqliteIntegration);
    if wanted.iter().any(|id| is_by_npm(id) && machine.find(*id).is_none()) {
        // They come by npm, which may be missing as well.
        wanted.extend([Id::Node, Id::Npm].into_iter().filter(|id| !ids.concat().contains(id)));
    }
    let by_pip = [Id::CargoDeny, Id::Schemathesis];
    if by_pip.iter().any(|id| wanted.contains(id) && machine.find(*id).is_none()) {
        wanted.extend([Id::Python].into_iter().filter(|id| !ids.concat().contains(id)));
    }
    if !missing(&machine, &wanted).is_empty() {
        // One set-up at a time: a second one waits here, and then finds what the first has brought.
        let _lock = lock(&machine.folder)?;
        install(&machine, missing(&machine, &wanted))?;
    }
    let absent = missing(&machine, &wanted);
    if !absent.is_empty() {
        let names: Vec<_> = absent.iter().map(|tool| tool.name.as_str()).collect();
        return Err(Error::new(
            format!("Set-up ended without an error, and yet this is not found: {}.", names.join(", ")),
            format!(
                "Check that the `rustc` on PATH is the one that rustup manages, and that nothing on PATH hides the tools in {}.",
                machine.folder.display()
            ),
        ));
    }
    let found = wanted.into_iter().filter_map(|id| Some((id, machine.find(id)?))).collect();
    Ok(Toolbox { found })
}

fn missing(machine: &Machine, wanted: &[Id]) -> Vec<Tool> {
    let absent = wanted.iter().filter(|id| machine.find(**id).is_none());
    absent.map(|id| tool(*id)).collect()
}

/// Which ways are open on this machine.
struct Means {
    rustup: bool,
    npm: bool,
    pip: bool,
    /// The words before `apt-get`, where packages may be installed: none as root, or `sudo -n`.
    apt: Option<&'static [&'static str]>,
    /// Whether this is a system with `apt-get` at all.
    debian: bool,
    /// Whether `apt-get` takes packages from Debian itself, and not from a system like it.
    archive: bool,
}

impl Means {
    fn of_this_machine() -> Self {
        let debian = on_path("apt-get").is_some();
        let root = || answer(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
        let sudo = || answer(Command::new("sudo").args(["-n", "true"])).is_some();
        let apt = if !debian {
            None
        } else if root() {
            Some([].as_slice())
        } else if sudo() {
            Some(["sudo", "-n"].as_slice())
        } else {
            None
        };
        Self {
            rustup: on_path("rustup").is_some(),
            npm: on_path("npm").is_some(),
            pip: answer(pip().arg("--version")).is_some(),
            apt,
            debian,
            archive: debian && archive::mirror().is_some(),
        }
    }

    fn allow(&self, way: &Way) -> bool {
        match way {
            Way::Rustup(_) => self.rustup,
            Way::Cargo { .. } => true,
            Way::Debian(_) => self.apt.is_some(),
            // Set-up brings npm first where it may install Debian's packages.
            Way::Npm { .. } | Way::NpmFiles { .. } => self.npm || self.apt.is_some(),
            Way::Pip { .. } => self.pip || self.apt.is_some(),
            Way::WordPress { .. } => self.archive,
        }
    }

    /// What a person types to bring a tool that we may not install.
    fn advice(&self, tool: &Tool) -> String {
        let packages = tool.ways.iter().find_map(|way| match way {
            Way::Debian(packages) => Some(packages.join(" ")),
            _ => None,
        });
        match packages {
            Some(packages) if self.debian => {
                format!("sudo apt-get install --no-install-recommends {packages}")
            }
            _ => tool.by_hand.to_owned(),
        }
    }
}

fn install(machine: &Machine, tools: Vec<Tool>) -> Result<()> {
    if tools.is_empty() {
        return Ok(());
    }
    let means = Means::of_this_machine();
    let (able, unable): (Vec<_>, Vec<_>) = tools
        .iter()
        .map(|tool| (tool, tool.ways.iter().find(|way| means.allow(way))))
        .partition(|(_, way)| way.is_some());
    if !unable.is_empty() {
        let list: String =
            unable.iter().map(|(tool, _)| format!("\n  {}: {}", tool.name, means.advice(tool))).collect();
        return Err(Error::new(
            "These are missing, and this command may not install them:",
            format!("{list}\nThen run the command again; it brings the rest by itself."),
        ));
    }

    println!("Setting up what is missing:");
    for (tool, _) in &able {
        println!("  {} (about {})", tool.name, tool.takes);
    }
    let steps: Vec<_> = able.iter().filter_map(|(tool, way)| Some((*tool, (*way)?))).collect();

    let packages: Vec<&str> = steps
        .iter()
        .filter_map(|(_, way)| match way {
            Way::Debian(packages) => Some(packages.iter().copied()),
            _ => None,
        })
        .flatten()
        .collect();
    if !packages.is_empty() {
        debian(means.apt.unwrap_or_default(), &packages)?;
    }
    for (tool, way) in steps {
        match way {
            Way::Debian(_) => {}
            Way::Rustup(arguments) => announced(
                Command::new("rustup").args(*arguments),
                "Check the network connection, then run the command again.",
            )?,
            Way::Cargo { package, version, attempts } => by_cargo(machine, tool, package, version, attempts)?,
            Way::Npm { package, version } => by_npm(machine, tool, package, version)?,
            Way::Pip { package, version } => by_pip(machine, tool, package, version)?,
            Way::NpmFiles { package, version } => files_by_npm(machine, tool, package, version)?,
            Way::WordPress { release } => {
                replacing(&machine.home("wordpress", release), |root, work| {
                    archive::wordpress(release, root, work)
                })?;
            }
        }
    }
    println!("Set-up is done.");
    Ok(())
}

fn debian(prefix: &[&str], packages: &[&str]) -> Result<()> {
    let apt = |arguments: &[&str]| {
        let mut words = prefix.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        let mut command = Command::new(words.next().unwrap_or("env"));
        command.args(words).args(["-q", "-o", "DPkg::Lock::Timeout=600"]).args(arguments);
        command
    };
    let install = |packages: &[&str]| {
        let by_hand = format!("See its words above, then run `sudo apt-get install {}`.", packages.join(" "));
        announced(apt(&["install", "-y", "--no-install-recommends"]).args(packages), &by_hand)
    };
    announced(&mut apt(&["update"]), "Check the network connection and the system's package sources.")?;
    // Some sources' nodejs has npm in it and conflicts with Debian's npm, so that one comes last and only if needed.
    let first: Vec<&str> = packages.iter().copied().filter(|package| *package != "npm").collect();
    if !first.is_empty() {
        install(&first)?;
    }
    if packages.contains(&"npm") && on_path("npm").is_none() {
        install(&["npm"])?;
    }
    Ok(())
}

/// `cargo install` into a folder beside the final one, which it replaces when complete.
fn by_cargo(
    machine: &Machine,
    tool: &Tool,
    package: &str,
    version: &str,
    attempts: &[&[&str]],
) -> Result<()> {
    let mut outcome = Ok(());
    for further in attempts {
        outcome = replacing(&machine.home(package, version), |root, build| {
            let mut command = cargo();
            // Outside the repository its settings do not apply to other people's programs.
            command.current_dir(&machine.folder).env_remove("RUSTFLAGS").env("CARGO_TARGET_DIR", build);
            // Or cargo would ask for this temporary folder to be put there.
            let path = std::env::var_os("PATH").unwrap_or_default();
            if let Ok(path) = std::env::join_paths(std::env::split_paths(&path).chain([root.join("bin")])) {
                command.env("PATH", path);
            }
            command.args(["install", &format!("{package}@{version}"), "--root"]).arg(root).args(*further);
            announced(
                &mut command,
                &format!(
                    "{} was not installed: see cargo's words above, check the network connection, and run the command again (it goes on where it stopped).",
                    tool.name
                ),
            )
        });
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn by_npm(machine: &Machine, tool: &Tool, package: &str, version: &str) -> Result<()> {
    replacing(&machine.home(package, version), |root, _| {
        let mut command = Command::new("npm");
        command
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(root)
            .arg(format!("{package}@{version}"));
        announced(&mut command, &format!("{} was not installed: check the network connection.", tool.name))
    })
}

/// pip, as the module that a Python has.
fn pip() -> Command {
    let mut pip = Command::new("python3");
    pip.args(["-m", "pip"]);
    pip
}

/// Into a folder that `PYTHONPATH` names for whoever runs it: a virtual environment could not be moved into place.
fn by_pip(machine: &Machine, tool: &Tool, package: &str, version: &str) -> Result<()> {
    replacing(&machine.home(package, version), |root, _| {
        let mut command = pip();
        command
            .args(["install", "--quiet", "--disable-pip-version-check", "--target"])
            .arg(root)
            .arg(format!("{package}=={version}"));
        announced(&mut command, &format!("{} was not installed: check the network connection.", tool.name))
    })
}

/// The package's own files alone: what it depends on is large, and only needed to run it.
fn files_by_npm(machine: &Machine, tool: &Tool, package: &str, version: &str) -> Result<()> {
    replacing(&machine.home(package, version), |root, work| {
        let next = format!("{} was not brought: check the network connection.", tool.name);
        std::fs::create_dir_all(work).map_err(|e| Error::file("create", work, &e))?;
        let mut pack = Command::new("npm");
        pack.args(["pack", "--silent", "--pack-destination"]).arg(work).arg(format!("{package}@{version}"));
        announced(&mut pack, &next)?;
        let entries = std::fs::read_dir(work).map_err(|e| Error::file("read", work, &e))?;
        for file in entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|kind| kind == "tgz"))
        {
            announced(Command::new("tar").arg("-xzf").arg(&file).arg("-C").arg(root), &next)?;
        }
        Ok(())
    })
}

/// Lets `fill` write into a new folder and moves it into place, so that a tool is there entirely or not at all.
/// A second folder is for intermediate output; it outlives a failure, so that the next attempt is shorter.
fn replacing(home: &Path, fill: impl FnOnce(&Path, &Path) -> Result<()>) -> Result<()> {
    let beside = |suffix: &str| {
        let mut name = home.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let (root, build) = (beside(".new"), beside(".build"));
    for stale in [&root, &home.to_path_buf()] {
        if stale.exists() {
            std::fs::remove_dir_all(stale).map_err(|e| Error::file("remove", stale, &e))?;
        }
    }
    std::fs::create_dir_all(&root).map_err(|e| Error::file("create", &root, &e))?;
    fill(&root, &build)?;
    std::fs::rename(&root, home).map_err(|e| Error::file("move a tool to", home, &e))?;
    // Only disk space is lost when this fails.
    let _ = std::fs::remove_dir_all(&build);
    Ok(())
}

fn announced(command: &mut Command, next: &str) -> Result<()> {
    println!("$ {}", shown(command));
    run(command, next)
}

/// Holds the tool folder's lock until dropped.
fn lock(folder: &Path) -> Result<File> {
    std::fs::create_dir_all(folder).map_err(|e| Error::file("create", folder, &e))?;
    let path = folder.join(".lock");
    let file = File::create(&path).map_err(|e| Error::file("create", &path, &e))?;
    if file.try_lock().is_err() {
        println!("Another set-up is running; waiting for it to end.");
        file.lock().map_err(|e| Error::file("lock", &path, &e))?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::{Means, replacing};
    use crate::error::Error;
    use crate::scratch::Scratch;
    use crate::tools::{Id, tool};

    #[test]
    fn without_root_a_debian_user_is_told_the_package() {
        let means = Means { rustup: true, npm: false, pip: false, apt: None, debian: true, archive: true };
        let firefox = tool(Id::Firefox);
        assert!(!firefox.ways.iter().any(|way| means.allow(way)));
        assert!(means.advice(&firefox).ends_with("install --no-install-recommends firefox-esr"));
    }

    #[test]
    fn without_apt_wasm_opt_comes_by_npm() {
        let means = Means { rustup: true, npm: true, pip: false, apt: None, debian: false, archive: false };
        assert!(tool(Id::WasmOpt).ways.iter().any(|way| means.allow(way)));
    }

    #[test]
    fn without_root_wordpress_comes_out_of_debians_archive_and_elsewhere_by_hand() {
        let debian = Means { rustup: true, npm: true, pip: false, apt: None, debian: true, archive: true };
        let other = Means { rustup: true, npm: true, pip: false, apt: None, debian: true, archive: false };
        let wordpress = tool(Id::WordPress);
        assert!(wordpress.ways.iter().any(|way| debian.allow(way)));
        assert!(!wordpress.ways.iter().any(|way| other.allow(way)));
        assert!(other.advice(&wordpress).contains("set WORDPRESS"));
    }

    #[test]
    fn without_rustup_the_advice_names_it() {
        let means = Means { rustup: false, npm: true, pip: false, apt: None, debian: true, archive: true };
        let target = tool(Id::WasmTarget);
        assert!(!target.ways.iter().any(|way| means.allow(way)));
        assert!(means.advice(&target).contains("rustup"));
    }

    #[test]
    fn a_failed_installation_leaves_no_tool_behind() {
        let folder = Scratch::new();
        let home = folder.path().join("tool-1");
        let outcome = replacing(&home, |root, _| {
            std::fs::write(root.join("half"), "").unwrap();
            Err(Error::new("The network is gone.", "Try again."))
        });
        assert!(outcome.is_err());
        assert!(!home.exists());

        replacing(&home, |root, _| {
            std::fs::write(root.join("whole"), "").unwrap();
            Ok(())
        })
        .unwrap();
        let names: Vec<_> = home.read_dir().unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names, ["whole"]);
    }
}
