//! The last step of Trunk's bundling, run by its hook: names that carry hashes, the loader filled in, and for a
//! release the compressed copies.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::fault::{Fault, Result};
use crate::fingerprint;

/// The endings of files that shrink when compressed; images and fonts are compressed already.
const COMPRESSIBLE: &[&str] = &["css", "html", "js", "json", "svg", "txt", "wasm"];

/// What the loader has to know, each a file name relative to it.
struct Names {
    glue: String,
    wasm: String,
    stylesheet: String,
}

/// Works on the folder that Trunk's hook names, before Trunk moves it to `dist`.
pub fn run() -> Result<()> {
    let folder = std::env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from).ok_or_else(|| {
        Fault::new("This command is a step of Trunk's.", "Run `trunk build`, or `cargo xtask build`.")
    })?;
    let release = std::env::var("TRUNK_PROFILE").is_ok_and(|profile| profile == "release");
    finish(&folder, release)
}

fn finish(folder: &Path, release: bool) -> Result<()> {
    let names = rename(folder)?;
    let loader = folder.join("candor.js");
    let filled = fill(&read_text(&loader)?, &names, env!("CARGO_PKG_VERSION"))?;
    write(&loader, filled.as_bytes())?;
    if release {
        compress_all(folder)?;
    }
    Ok(())
}

/// Gives the widget's files names by their final content: Trunk's own hash is of the module before `wasm-bindgen` and
/// `wasm-opt`, and caches keep these names for ever.
fn rename(folder: &Path) -> Result<Names> {
    let module = the_module(folder)?;
    let stem = module.trim_end_matches("_bg.wasm").to_owned();
    let (glue_path, wasm_path) = (folder.join(format!("{stem}.js")), folder.join(&module));
    let glue = read_text(&glue_path)?;
    let hash = fingerprint::of_bytes([glue.as_bytes(), &read(&wasm_path)?]);
    let names = Names {
        glue: format!("candor-{hash}.js"),
        wasm: format!("candor-{hash}_bg.wasm"),
        stylesheet: stylesheet(folder)?,
    };
    // The glue's own default, for a page that starts it without naming the module.
    write(&folder.join(&names.glue), glue.replace("candor_bg.wasm", &names.wasm).as_bytes())?;
    remove(&glue_path)?;
    std::fs::rename(&wasm_path, folder.join(&names.wasm))
        .map_err(|e| Fault::file("rename", &wasm_path, &e))?;
    Ok(names)
}

/// The file name of the only WebAssembly module that Trunk made.
fn the_module(folder: &Path) -> Result<String> {
    let mut modules: Vec<String> = files(folder)?
        .iter()
        .filter_map(|path| path.file_name()?.to_str().map(str::to_owned))
        .filter(|name| name.ends_with("_bg.wasm"))
        .collect();
    match (modules.pop(), modules.is_empty()) {
        (Some(module), true) => Ok(module),
        _ => Err(Fault::new(
            "Trunk's output does not hold exactly one WebAssembly module.",
            "Check that index.html has exactly one `<link data-trunk rel=\"rust\">`, and that it is no worker: beside a worker Trunk builds the page's own program as well.",
        )),
    }
}

/// Writes the stylesheet under its hashed name, without what only its readers need.
fn stylesheet(folder: &Path) -> Result<String> {
    let path = folder.join("candor.css");
    let css = without_comments(&read_text(&path)?);
    let name = format!("candor-{}.css", fingerprint::of_bytes([css.as_bytes()]));
    write(&folder.join(&name), css.as_bytes())?;
    remove(&path)?;
    Ok(name)
}

/// CSS without comments and indentation; strings stay as they are.
fn without_comments(css: &str) -> String {
    let mut bare = String::with_capacity(css.len());
    let mut quote = None;
    let mut rest = css.chars().peekable();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (None, '/') if rest.peek() == Some(&'*') => {
                let mut before = ' ';
                // Past the `*` that opens, so that `/*/` does not count as a whole comment.
                rest.next();
                for inner in rest.by_ref() {
                    if (before, inner) == ('*', '/') {
                        break;
                    }
                    before = inner;
                }
            }
            (Some(_), '\\') => {
                bare.push(c);
                bare.extend(rest.next());
            }
            (None, '"' | '\'') => {
                quote = Some(c);
                bare.push(c);
            }
            (Some(open), _) if open == c => {
                quote = None;
                bare.push(c);
            }
            (None, '\n') => {
                bare.push(c);
                while rest.next_if(|next| next.is_whitespace()).is_some() {}
            }
            _ => bare.push(c),
        }
    }
    bare
}

/// The loader with its placeholders filled in; each must be there, and no other may be left.
fn fill(loader: &str, names: &Names, version: &str) -> Result<String> {
    let values = [
        ("glue", names.glue.as_str()),
        ("wasm", &names.wasm),
        ("stylesheet", &names.stylesheet),
        ("version", version),
    ];
    let mut filled = loader.to_owned();
    for (name, value) in values {
        let placeholder = format!("{{{{{name}}}}}");
        if !filled.contains(&placeholder) {
            return Err(Fault::new(
                format!("www/candor.js has no placeholder {placeholder}."),
                "Put it where the loader needs that value.",
            ));
        }
        filled = filled.replace(&placeholder, value);
    }
    match unknown_placeholder(&filled) {
        Some(left) => Err(Fault::new(
            format!("www/candor.js has an unknown placeholder {left}."),
            "These are known: {{glue}}, {{wasm}}, {{stylesheet}}, {{version}}.",
        )),
        None => Ok(filled),
    }
}

fn unknown_placeholder(text: &str) -> Option<String> {
    text.split("{{").skip(1).find_map(|after| {
        let (name, _) = after.split_once("}}")?;
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        is_name.then(|| format!("{{{{{name}}}}}"))
    })
}

/// Writes `.br` and `.gz` beside every file that shrinks, so that the proxy never compresses at run time.
fn compress_all(folder: &Path) -> Result<()> {
    for path in files(folder)? {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        if COMPRESSIBLE.contains(&ending) {
            let content = read(&path)?;
            write(&with_suffix(&path, ".br"), &brotli(&content)?)?;
            write(&with_suffix(&path, ".gz"), &gzip(&content)?)?;
        }
    }
    Ok(())
}

/// The content compressed by brotli at its highest quality, 11.
pub fn brotli(content: &[u8]) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    let mut compressed = Vec::new();
    let mut reader = content;
    brotli::BrotliCompress(&mut reader, &mut compressed, &parameters).map_err(|e| not_compressed(&e))?;
    Ok(compressed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).and_then(|()| encoder.finish()).map_err(|e| not_compressed(&e))
}

fn not_compressed(error: &std::io::Error) -> Fault {
    Fault::new(format!("Compressing failed: {error}."), "Check that there is enough memory, then try again.")
}

/// All files below a folder, sorted.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| Fault::file("read", folder, &e))? {
        let path = entry.map_err(|e| Fault::file("read", folder, &e))?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| Fault::file("read", path, &e))
}

fn read_text(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| Fault::file("read", path, &e))
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    std::fs::write(path, content).map_err(|e| Fault::file("write", path, &e))
}

fn remove(path: &Path) -> Result<()> {
    std::fs::remove_file(path).map_err(|e| Fault::file("remove", path, &e))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{Names, fill, finish, without_comments};
    use crate::scratch::Scratch;

    const LOADER: &str =
        "const files = ['{{glue}}', '{{wasm}}', '{{stylesheet}}']; const version = '{{version}}';";

    fn names() -> Names {
        Names { glue: "a.js".into(), wasm: "b.wasm".into(), stylesheet: "c.css".into() }
    }

    fn staged(name: &str) -> Scratch {
        let folder = Scratch::new(name);
        folder.write("index.html", "<!doctype html><script src=\"candor.js\" async></script>");
        folder.write("candor.js", LOADER);
        folder.write("candor.css", "/* why */\n.panel { color: red }\n");
        folder.write("candor-1a2b.js", "const url = new URL('candor_bg.wasm', import.meta.url);");
        folder.write("candor-1a2b_bg.wasm", [0, b'a', b's', b'm']);
        folder.write("picture.png", [137, 80, 78, 71]);
        folder
    }

    fn listing(folder: &Scratch) -> Vec<String> {
        let entries = folder.path().read_dir().unwrap().map(|entry| entry.unwrap());
        let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
        let mut names: Vec<_> = files.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn fills_in_every_placeholder() {
        let filled = fill(LOADER, &names(), "1.2.3").unwrap();
        assert_eq!(filled, "const files = ['a.js', 'b.wasm', 'c.css']; const version = '1.2.3';");
    }

    #[test]
    fn a_lost_placeholder_is_named() {
        let fault = fill(&LOADER.replace("{{wasm}}", ""), &names(), "1").unwrap_err();
        assert!(fault.to_string().contains("{{wasm}}"), "{fault}");
    }

    #[test]
    fn a_misspelt_placeholder_is_named() {
        let fault = fill(&format!("{LOADER} {{{{gleu}}}}"), &names(), "1").unwrap_err();
        assert!(fault.to_string().contains("{{gleu}}"), "{fault}");
    }

    #[test]
    fn braces_of_javascript_are_no_placeholder() {
        assert!(fill(&format!("{LOADER} const deep = {{{{}}}};"), &names(), "1").is_ok());
    }

    #[test]
    fn a_debug_bundle_has_hashed_names_and_nothing_else() {
        let folder = staged("bundle-debug");
        finish(folder.path(), false).unwrap();
        let names = listing(&folder);
        assert_eq!(names.len(), 6, "{names:?}");
        let hashed =
            |ending: &str| names.iter().find(|n| n.starts_with("candor-") && n.ends_with(ending)).unwrap();
        let loader = std::fs::read_to_string(folder.path().join("candor.js")).unwrap();
        for ending in [".js", "_bg.wasm", ".css"] {
            assert!(loader.contains(hashed(ending)), "{loader} lacks {}", hashed(ending));
        }
        let glue = std::fs::read_to_string(folder.path().join(hashed(".js"))).unwrap();
        assert!(glue.contains(hashed("_bg.wasm")), "{glue}");
    }

    #[test]
    fn a_release_bundle_has_compressed_copies_that_unpack_to_the_same() {
        let folder = staged("bundle-release");
        finish(folder.path(), true).unwrap();
        let names = listing(&folder);
        for name in names.iter().filter(|n| !n.ends_with(".br") && !n.ends_with(".gz")) {
            let plain = std::fs::read(folder.path().join(name)).unwrap();
            let compressible = name != "picture.png";
            assert_eq!(names.contains(&format!("{name}.br")), compressible, "{name}");
            assert_eq!(names.contains(&format!("{name}.gz")), compressible, "{name}");
            if compressible {
                let br = std::fs::read(folder.path().join(format!("{name}.br"))).unwrap();
                let mut unpacked = Vec::new();
                brotli::Decompressor::new(br.as_slice(), 4096).read_to_end(&mut unpacked).unwrap();
                assert_eq!(unpacked, plain, "{name}.br");
                let gz = std::fs::read(folder.path().join(format!("{name}.gz"))).unwrap();
                let mut unpacked = Vec::new();
                flate2::read::GzDecoder::new(gz.as_slice()).read_to_end(&mut unpacked).unwrap();
                assert_eq!(unpacked, plain, "{name}.gz");
            }
        }
    }

    #[test]
    fn names_change_with_the_content_that_they_name_and_only_then() {
        let build = |name: &str, file: &str, content: &str| {
            let folder = staged(name);
            if !file.is_empty() {
                folder.write(file, content);
            }
            finish(folder.path(), false).unwrap();
            listing(&folder)
        };
        let first = build("names-first", "", "");
        assert_eq!(build("names-again", "", ""), first);
        // The comment does not ship, so it does not change the name either.
        assert_eq!(build("names-comment", "candor.css", "/* because */\n.panel { color: red }\n"), first);
        for (name, file) in
            [("glue", "candor-1a2b.js"), ("wasm", "candor-1a2b_bg.wasm"), ("css", "candor.css")]
        {
            assert_ne!(build(&format!("names-{name}"), file, "other"), first, "{file}");
        }
    }

    #[test]
    fn two_modules_are_refused() {
        let folder = staged("bundle-two");
        folder.write("other_bg.wasm", "");
        assert!(finish(folder.path(), false).is_err());
    }

    #[test]
    fn css_loses_comments_and_indentation_but_no_string() {
        assert_eq!(without_comments("a{}/* x */b{}"), "a{}b{}");
        assert_eq!(without_comments("a {\n    color: red;\n\n  }"), "a {\ncolor: red;\n}");
        assert_eq!(
            without_comments("a::after { content: \"/* kept */\" }"),
            "a::after { content: \"/* kept */\" }"
        );
        assert_eq!(without_comments(r#"a { content: "\"/*" } /* gone */"#), r#"a { content: "\"/*" } "#);
        assert_eq!(without_comments("/*/ tricky */a{}"), "a{}");
        assert_eq!(without_comments("a{} /* never closed"), "a{} ");
    }
}
