//! `cargo xtask release`: what is handed out, with a list of what is in it (SBOM, as CycloneDX has it).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::process::run;
use crate::proxy::FEATURES;
use crate::setup::ensure;
use crate::tools::{Id, LIBRARIES, Library, RELEASE};
use crate::workspace::Workspace;

/// What cargo-cyclonedx is told to call its files, which it puts into the folder of each crate.
const FILE: &str = "candor.cdx";

/// The list of what is in the widget.
const WIDGET: &str = "candor-widget.cdx.json";

/// What is handed out, by the folder of its crate: the proxy, and the widget that it carries.
const PARTS: &[(&str, &str)] = &[("crates/proxy", "candor.cdx.json"), ("", WIDGET)];

/// Writes the lists beside the release, and gives their paths.
pub fn bills_of_materials(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let toolbox = ensure(&[RELEASE])?;
    let mut cyclonedx = Command::new(toolbox.path(Id::Cyclonedx)?);
    cyclonedx.current_dir(&workspace.root).args([
        "cyclonedx",
        "--format",
        "json",
        "--spec-version",
        "1.5",
        "--features",
        FEATURES,
        "--override-filename",
        FILE,
    ]);
    let outcome = run(&mut cyclonedx, "See its words above.");
    let paths = collect(&workspace.root, &workspace.target.join("release"))?;
    outcome?;
    for path in paths.iter().filter(|path| path.ends_with(WIDGET)) {
        for library in LIBRARIES {
            add_library(path, library)?;
        }
    }
    if paths.len() < PARTS.len() {
        return Err(Error::new("cargo-cyclonedx did not list every part.", "See its words above."));
    }
    Ok(paths)
}

/// Moves the lists of what is handed out into a folder, and removes the others.
fn collect(root: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for made in files_made(root)? {
        let part = PARTS.iter().find(|(part, _)| made.parent() == Some(root.join(part).as_path()));
        match part {
            Some((_, name)) => {
                let path = folder.join(name);
                fs::rename(&made, &path).map_err(|e| Error::file("move a list to", &path, &e))?;
                paths.push(path);
            }
            // Of what only builds and tests.
            None => fs::remove_file(&made).map_err(|e| Error::file("remove", &made, &e))?,
        }
    }
    Ok(paths)
}

/// Puts a script of npm's into a list, of which cargo knows nothing.
fn add_library(path: &Path, library: &Library) -> Result<()> {
    let Library { package, version, licence, .. } = library;
    let broken = || Error::new("A list of cargo-cyclonedx has another form.", "Compare its version.");
    let text = fs::read_to_string(path).map_err(|e| Error::file("read", path, &e))?;
    let mut list: Value = serde_json::from_str(&text).map_err(|_| broken())?;
    let components = list.get_mut("components").and_then(Value::as_array_mut).ok_or_else(broken)?;
    // https://github.com/package-url/purl-spec/blob/main/types-doc/npm-definition.md
    let purl = format!("pkg:npm/{}@{version}", package.replace('@', "%40"));
    components.push(json!({
        "type": "library",
        "bom-ref": purl,
        "name": package,
        "version": version,
        "scope": "optional",
        "licenses": [{ "license": { "id": licence } }],
        "purl": purl,
    }));
    fs::write(path, format!("{list:#}")).map_err(|e| Error::file("write", path, &e))
}

/// The lists in the folders of the workspace's crates.
fn files_made(root: &Path) -> Result<Vec<PathBuf>> {
    let crates = root.join("crates");
    let members = fs::read_dir(&crates).map_err(|e| Error::file("read", &crates, &e))?;
    let folders = members.flatten().map(|entry| entry.path()).chain([root.to_owned(), root.join("xtask")]);
    Ok(folders.map(|folder| folder.join(format!("{FILE}.json"))).filter(|path| path.exists()).collect())
}

#[cfg(test)]
mod tests {
    use super::{add_library, collect};
    use crate::scratch::Scratch;
    use crate::tools::Library;

    #[test]
    fn a_script_of_npm_is_listed_with_its_licence_and_only_in_a_list() {
        let root = Scratch::new();
        root.write("list.json", r#"{ "components": [{ "name": "yew" }] }"#);
        let path = root.path().join("list.json");
        let library =
            Library { variable: "L", package: "@of/library", version: "3.2.2", licence: "BSD-3-Clause" };
        add_library(&path, &library).unwrap();
        let list: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(list["components"][0]["name"], "yew");
        assert_eq!(list["components"][1]["purl"], "pkg:npm/%40of/library@3.2.2");
        assert_eq!(list["components"][1]["licenses"][0]["license"]["id"], "BSD-3-Clause");
        root.write("other.json", "{}");
        assert!(add_library(&root.path().join("other.json"), &library).is_err());
    }

    #[test]
    fn the_lists_of_the_proxy_and_the_widget_go_with_the_release_and_no_other_stays() {
        let root = Scratch::new();
        for crate_ in ["", "crates/proxy/", "crates/bundler/", "xtask/"] {
            root.write(&format!("{crate_}candor.cdx.json"), crate_);
        }
        root.write("release/candor", "");
        let mut made = collect(root.path(), &root.path().join("release")).unwrap();
        made.sort();
        let release = root.path().join("release");
        assert_eq!(made, [release.join("candor-widget.cdx.json"), release.join("candor.cdx.json")]);
        assert_eq!(std::fs::read_to_string(release.join("candor.cdx.json")).unwrap(), "crates/proxy/");
        for left in ["candor.cdx.json", "crates/bundler/candor.cdx.json", "xtask/candor.cdx.json"] {
            assert!(!root.path().join(left).exists(), "{left}");
        }
    }
}
