//! The WordPress plugin as the zip that an owner uploads: its own files and the built widget, the same bytes every time.

use std::collections::BTreeSet;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::error::{Error, Result};
use crate::fingerprint::files;
use crate::plugin_data;
use crate::plugin_translations;
use crate::workspace::Workspace;

/// What lies in the plugin's folder for whoever works on it: files, folders, and endings.
const NOT_SHIPPED: &[&str] = &[".gitignore", "languages/update.sh", "phpcs.xml", "widget/", "*.po"];

/// What the plugin says in the proxy's words: the replies that its demo plays, and the wire's description for programs.
const SHARED: &[(&str, &str)] =
    &[("openapi.json", "docs/openapi.json"), ("rehearsals.jsonl", "crates/proxy/rehearsals.jsonl")];

/// Makes `candor.zip` of the plugin and of the widget in `dist`, and gives its path.
pub fn package(workspace: &Workspace, dist: &Path) -> Result<PathBuf> {
    let plugin = workspace.root.join("wordpress/candor");
    check_version(&plugin, env!("CARGO_PKG_VERSION"))?;
    let mut entries = entries(&plugin, dist)?;
    entries.extend(SHARED.iter().map(|(name, from)| ((*name).to_owned(), workspace.root.join(from))));
    entries.extend(plugin_data::write(workspace)?);
    entries.extend(plugin_translations::write(workspace)?);
    entries.sort();
    let path = workspace.target.join("candor.zip");
    std::fs::write(&path, zipped(&entries)?).map_err(|e| Error::file("write", &path, &e))?;
    Ok(path)
}

/// What goes into the zip: its name below the plugin's folder, and where it is now.
fn entries(plugin: &Path, dist: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut entries = Vec::new();
    for path in files(plugin)? {
        let name = name_below(plugin, &path);
        if !is_kept_back(&name) {
            entries.push((name, path));
        }
    }
    let widget: Vec<PathBuf> = files(dist)?.into_iter().filter(|path| is_widget(path)).collect();
    check_whole(dist, &widget)?;
    entries.extend(widget.into_iter().map(|path| (format!("widget/{}", name_below(dist, &path)), path)));
    Ok(entries)
}

fn is_kept_back(name: &str) -> bool {
    NOT_SHIPPED.iter().any(|kept| match kept.strip_prefix('*') {
        Some(ending) => name.ends_with(ending),
        None => name == *kept || (kept.ends_with('/') && name.starts_with(kept)),
    })
}

/// All files of a build carry one hash in their names, the glue, the main module, the page’s script and the stylesheet among them.
fn check_whole(dist: &Path, widget: &[PathBuf]) -> Result<()> {
    let names: BTreeSet<String> = widget.iter().map(|path| name_below(dist, path)).collect();
    let glue = names.iter().find_map(|name| name.strip_suffix("-page.js"));
    let is_whole = glue.is_some_and(|stem| {
        let endings = [".js", "_bg.wasm", ".css"];
        let mut wanted = vec!["candor.js".to_owned()];
        wanted.extend(endings.map(|ending| format!("{stem}{ending}")));
        wanted.iter().all(|name| names.contains(name))
            && names.iter().all(|name| name == "candor.js" || name.starts_with(stem))
    });
    if is_whole {
        return Ok(());
    }
    Err(Error::new(
        format!("{} does not hold the loader and the files of one build of the widget.", dist.display()),
        "Build it with `cargo xtask build`, or name the folder of a finished build.",
    ))
}

/// The loader and what it and the widget's parts fetch; neither the example page nor the compressed copies, which the host
/// makes itself.
fn is_widget(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_plain = [".js", ".css", ".json", ".wasm"].iter().any(|ending| name.ends_with(ending));
    is_plain && (name == "candor.js" || name.starts_with("candor-"))
}

fn name_below(folder: &Path, path: &Path) -> String {
    let below = path.strip_prefix(folder).unwrap_or(path);
    below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The bytes depend on names and contents alone: the order is the names', and every time and permission is the same.
fn zipped(entries: &[(String, PathBuf)]) -> Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, path) in entries {
        let content = std::fs::read(path).map_err(|e| Error::file("read", path, &e))?;
        zip.start_file(format!("candor/{name}"), options).map_err(|e| not_zipped(&e))?;
        zip.write_all(&content).map_err(|e| Error::file("compress", path, &e))?;
    }
    Ok(zip.finish().map_err(|e| not_zipped(&e))?.into_inner())
}

fn not_zipped(error: &zip::result::ZipError) -> Error {
    Error::new(
        format!("The zip cannot be made: {error}."),
        "Check that there is enough memory, then try again.",
    )
}

/// WordPress offers an update by the plugin's own version, and the widget compares it with its own: all places say the same.
fn check_version(plugin: &Path, version: &str) -> Result<()> {
    for (file, line) in [
        ("candor.php", format!("* Version:           {version}\n")),
        ("candor.php", format!("const VERSION = '{version}';")),
        ("readme.txt", format!("Stable tag: {version}\n")),
    ] {
        let path = plugin.join(file);
        let text = std::fs::read_to_string(&path).map_err(|e| Error::file("read", &path, &e))?;
        if !text.contains(&line) {
            return Err(Error::new(
                format!("{} is not of version {version}.", path.display()),
                format!("Write “{}” there.", line.trim()),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::scratch::Scratch;

    fn workspace(scratch: &Scratch) -> Workspace {
        let version = env!("CARGO_PKG_VERSION");
        let header = format!(" * Version:           {version}\nconst VERSION = '{version}';\n");
        scratch.write("wordpress/candor/candor.php", header);
        scratch.write("wordpress/candor/readme.txt", format!("Stable tag: {version}\n"));
        scratch.write("wordpress/candor/includes/Plugin.php", "<?php\n");
        scratch.write("wordpress/candor/languages/candor-uk.po", "msgid \"\"\nmsgstr \"Language: uk\\n\"\n");
        scratch.write("wordpress/candor/phpcs.xml", "for whoever works on it");
        scratch.write("wordpress/candor/widget/candor.js", "of an older build");
        for (_, from) in SHARED {
            scratch.write(from, "{}\n");
        }
        scratch.write("crates/protocol/causes.toml", "[otherwise]\n");
        scratch.write("crates/proxy/src/provider/demo/answers.toml", "[otherwise]\n");
        scratch.write("crates/diagnosis/finish_reasons.toml", "[stop]\nmeaning = 'done'\n");
        scratch.write(
            "crates/proxy/limits.toml",
            "[[limit]]\nwhat = 'answers'\nwhom = 'visitor'\nper = 'day'\n",
        );
        scratch.write("crates/proxy/prices.toml", "as_of = '2026-08-05'\n");
        scratch.write("crates/proxy/trusted_proxies.toml", "[[proxy]]\nname = 'loopback'\n");
        scratch.write("crates/diagnosis/redaction.toml", "key_starts = ['sk-']\n");
        scratch.write("crates/diagnosis/thought_marks.toml", "[[mark]]\nbegin = '<think>'\n");
        scratch.write("crates/diagnosis/unsupported.toml", "[streaming]\nwords = ['stream']\n");
        for name in [
            "candor.js",
            "candor-1.js",
            "candor-1_bg.wasm",
            "candor-1-history.wasm",
            "candor-1-page.js",
            "candor-1.css",
            "candor.js.br",
            "example.js",
            "index.html",
        ] {
            scratch.write(&format!("dist/{name}"), name);
        }
        let root = scratch.path().to_owned();
        Workspace { target: root.clone(), root }
    }

    #[test]
    fn the_zip_has_the_plugin_and_the_widget_in_one_folder() {
        let scratch = Scratch::new();
        let workspace = workspace(&scratch);
        let path = package(&workspace, &workspace.dist()).unwrap();
        let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
        let names: Vec<_> = zip.file_names().map(str::to_owned).collect();
        assert_eq!(
            names,
            [
                "candor/candor.php",
                "candor/data/causes.php",
                "candor/data/demo.php",
                "candor/data/finish_reasons.php",
                "candor/data/limits.php",
                "candor/data/prices.php",
                "candor/data/redaction.php",
                "candor/data/thought_marks.php",
                "candor/data/trusted_proxies.php",
                "candor/data/unsupported.php",
                "candor/includes/Plugin.php",
                "candor/languages/candor-uk-candor-admin.json",
                "candor/languages/candor-uk-candor-block.json",
                "candor/languages/candor-uk.mo",
                "candor/openapi.json",
                "candor/readme.txt",
                "candor/rehearsals.jsonl",
                "candor/widget/candor-1-history.wasm",
                "candor/widget/candor-1-page.js",
                "candor/widget/candor-1.css",
                "candor/widget/candor-1.js",
                "candor/widget/candor-1_bg.wasm",
                "candor/widget/candor.js",
            ]
        );
        let mut loader = String::new();
        zip.by_name("candor/widget/candor.js").unwrap().read_to_string(&mut loader).unwrap();
        assert_eq!(loader, "candor.js", "the build's, not an older one's");
    }

    #[test]
    fn the_same_files_make_the_same_bytes() {
        let (one, two) = (Scratch::new(), Scratch::new());
        let bytes = |scratch: &Scratch| {
            let workspace = workspace(scratch);
            std::fs::read(package(&workspace, &workspace.dist()).unwrap()).unwrap()
        };
        assert_eq!(bytes(&one), bytes(&two));
    }

    #[test]
    fn another_version_or_half_a_widget_is_refused() {
        let scratch = Scratch::new();
        let workspace = workspace(&scratch);
        let refused = || package(&workspace, &workspace.dist()).unwrap_err().to_string();
        scratch.write("dist/candor-2-history.wasm", "of another build");
        assert!(refused().contains("one build"), "{}", refused());
        std::fs::remove_file(workspace.dist().join("candor-2-history.wasm")).unwrap();
        std::fs::remove_file(workspace.dist().join("candor-1.css")).unwrap();
        assert!(refused().contains("one build"), "{}", refused());
        scratch.write("wordpress/candor/readme.txt", "Stable tag: 0.0.0\n");
        assert!(refused().contains("readme.txt"), "{}", refused());
    }
}
