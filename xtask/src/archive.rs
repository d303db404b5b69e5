//! WordPress out of a release of Debian, unpacked into a folder: nothing is installed, and the system's own package sources
//! stay as they are. Its packages hold no machine code, so that they fit whichever release the machine has.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::process::{answer, run, shown};

/// The keys by which Debian signs its releases, as every Debian has them.
const KEYS: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";
/// The packages that WordPress's own points into: libraries that Debian keeps apart, and its theme.
const PARTS: &[&str] = &["libjs-", "libphp-", "php-getid3", "wordpress-theme-"];
/// What Debian adds for its own way of running WordPress.
const OF_DEBIAN: &[&str] = &[".htaccess", "wp-config.php"];

/// The Debian mirror that this machine takes its packages from, where it does.
pub fn mirror() -> Option<String> {
    let mut command = Command::new("apt-get");
    let filters = ["Created-By: Packages", "Origin: Debian", "Label: Debian"];
    answer(command.args(["indextargets", "--format", "$(REPO_URI)"]).args(filters))?
        .lines()
        .next()
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
}

/// Unpacks the WordPress of `release` into `root`; `work` is for what is needed on the way.
pub fn wordpress(release: &str, root: &Path, work: &Path) -> Result<()> {
    let apt = Apt::new(release, work)?;
    apt.run(&["update"])?;
    let listed = apt.command("apt-cache", &["depends", "wordpress"]);
    let packages = std::iter::once("wordpress".to_owned())
        .chain(parts(&answer(&mut { listed }).unwrap_or_default()))
        .collect::<Vec<_>>();
    let mut words = vec!["download"];
    words.extend(packages.iter().map(String::as_str));
    apt.run(&words)?;
    let tree = work.join("tree");
    for file in files(&apt.packages)? {
        announced(Command::new("dpkg").arg("-x").arg(&file).arg(&tree))?;
    }
    let own = tree.join("usr/share/wordpress");
    for name in OF_DEBIAN {
        let path = own.join(name);
        if path.is_symlink() || path.exists() {
            fs::remove_file(&path).map_err(|e| Error::file("remove", &path, &e))?;
        }
    }
    // With links followed, since they point to where the packages would have been installed.
    announced(Command::new("cp").arg("-aL").arg(own.join(".")).arg(root))
}

/// An apt of our own, which knows one release and nothing that is installed.
struct Apt {
    config: PathBuf,
    packages: PathBuf,
}

impl Apt {
    fn new(release: &str, work: &Path) -> Result<Self> {
        let mirror = mirror().ok_or_else(|| {
            Error::new("apt-get names no mirror of Debian.", "Add Debian to the system's package sources.")
        })?;
        let (home, packages) = (work.join("apt"), work.join("packages"));
        // What an earlier attempt left there may be of another version.
        if packages.exists() {
            fs::remove_dir_all(&packages).map_err(|e| Error::file("remove", &packages, &e))?;
        }
        for folder in [home.join("lists/partial"), home.join("cache/archives/partial"), packages.clone()] {
            fs::create_dir_all(&folder).map_err(|e| Error::file("create", &folder, &e))?;
        }
        let signed = if Path::new(KEYS).exists() { format!("[signed-by={KEYS}] ") } else { String::new() };
        let mut config = String::new();
        for (name, path) in [
            ("Dir::State", ""),
            ("Dir::State::status", "status"),
            ("Dir::State::lists", "lists"),
            ("Dir::Cache", "cache"),
            ("Dir::Etc::sourcelist", "sources.list"),
        ] {
            let _ = writeln!(config, "{name} \"{}\";", home.join(path).display());
        }
        config.push_str(
            "Dir::Etc::sourceparts \"-\";\nAPT::Sandbox::User \"root\";\nAcquire::Languages \"none\";\n",
        );
        let files = [
            ("sources.list", format!("deb {signed}{mirror} {release} main\n")),
            ("status", String::new()),
            ("apt.conf", config),
        ];
        for (name, content) in files {
            let path = home.join(name);
            fs::write(&path, content).map_err(|e| Error::file("write", &path, &e))?;
        }
        Ok(Self { config: home.join("apt.conf"), packages })
    }

    fn command(&self, program: &str, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.env("APT_CONFIG", &self.config).current_dir(&self.packages).arg("-q").args(words);
        command
    }

    fn run(&self, words: &[&str]) -> Result<()> {
        announced(&mut self.command("apt-get", words))
    }
}

/// Of what `apt-cache depends` prints, the packages that WordPress points into.
fn parts(depends: &str) -> Vec<String> {
    let mut parts: Vec<String> = depends
        .lines()
        .filter_map(|line| line.split_once(": "))
        .filter(|(kind, _)| kind.ends_with("Depends") || kind.ends_with("Recommends"))
        .map(|(_, package)| package.trim().to_owned())
        .filter(|package| PARTS.iter().any(|part| package.starts_with(part)))
        .collect();
    parts.sort();
    parts.dedup();
    parts
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|e| Error::file("read", folder, &e))?;
    Ok(entries.flatten().map(|entry| entry.path()).collect())
}

fn announced(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    run(command, "Check the network connection, then run the command again.")
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn wordpress_comes_with_the_libraries_and_the_theme_that_it_points_into() {
        let depends = "wordpress\n |Depends: apache2\n  Depends: <httpd>\n    apache2\n  Depends: php-gd\n  \
            Depends: libjs-cropper\n  Depends: libjs-jquery-ui\n  Depends: libjs-jquery-ui\n  Depends: libphp-phpmailer\n  \
            Depends: php-getid3\n  Recommends: wordpress-l10n\n  Recommends: wordpress-theme-twentytwentyfive\n  Suggests: php-ssh2\n";
        assert_eq!(
            parts(depends),
            [
                "libjs-cropper",
                "libjs-jquery-ui",
                "libphp-phpmailer",
                "php-getid3",
                "wordpress-theme-twentytwentyfive"
            ]
        );
    }
}
