//! Making JavaScript and CSS smaller, by esbuild.

use std::path::Path;

use crate::error::{Error, Result};
use crate::files;
use crate::imports::{LONG_NAMES, Names};
use crate::tool::Tool;

/// A script or stylesheet without what only its readers need. `name` ends as its kind does: `.js` or `.css`.
pub fn minify(esbuild: &Tool, name: &str, source: &str, work: &Path) -> Result<String> {
    let (before, after) = (work.join(name), work.join(format!("small.{name}")));
    files::write(&before, source)?;
    esbuild.run(&before, ["--minify", "--log-level=warning", &outfile(&after)])?;
    let small = files::read_text(&after)?;
    Ok(small.trim_end().to_owned())
}

/// A module and all that it imports as one ES module.
pub fn bundle(esbuild: &Tool, entry: &Path, work: &Path) -> Result<String> {
    let after = work.join("bundle.small.js");
    esbuild.run(entry, ["--bundle", "--format=esm", "--minify", "--log-level=warning", &outfile(&after)])?;
    Ok(files::read_text(&after)?.trim_end().to_owned())
}

/// The glue, in which long names that the main module knows too are short. It and the doors' loaders are one file, since they are
/// one instance: whoever imports the glue anew, under another address, gets new doors with it.
pub fn bundle_glue(esbuild: &Tool, entry: &Path, work: &Path) -> Result<(String, Names)> {
    let (after, cache) = (work.join("glue.small.js"), work.join("names.json"));
    files::write(&cache, "{}")?;
    esbuild.run(
        entry,
        [
            "--bundle",
            "--format=esm",
            "--minify",
            "--log-level=warning",
            &format!("--mangle-props={LONG_NAMES}"),
            "--mangle-quoted",
            &format!("--mangle-cache={}", cache.display()),
            &outfile(&after),
        ],
    )?;
    let names = serde_json::from_slice(&files::read(&cache)?).map_err(|source| Error::Unreadable {
        path: cache,
        source,
        next: "See whether esbuild writes its names otherwise now.",
    })?;
    Ok((files::read_text(&after)?.trim_end().to_owned(), names))
}

fn outfile(path: &Path) -> String {
    format!("--outfile={}", path.display())
}
