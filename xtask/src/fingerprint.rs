//! One short text that changes when any input of a build changes.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// The first 16 hexadecimal digits of a SHA-256: enough to tell versions of a file apart.
pub fn of_bytes<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        // The length keeps "ab" + "c" apart from "a" + "bc".
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The fingerprint of files and folders (with everything in them, by relative name and content); a missing one
/// counts as empty.
pub fn of_files(root: &Path, inputs: &[&str]) -> Result<String> {
    let mut found = Vec::new();
    for input in inputs {
        let path = root.join(input);
        if path.is_file() {
            found.push(path);
        } else if path.is_dir() {
            found.extend(files(&path)?);
        }
    }
    found.sort();
    let mut parts = Vec::new();
    for path in found {
        let content = std::fs::read(&path).map_err(|e| Error::file("read", &path, &e))?;
        let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
        parts.push(name.into_bytes());
        parts.push(content);
    }
    Ok(of_bytes(parts.iter().map(Vec::as_slice)))
}

/// All files below a folder, sorted.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| Error::file("read", folder, &e))? {
        let path = entry.map_err(|e| Error::file("read", folder, &e))?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{of_bytes, of_files};
    use crate::scratch::Scratch;

    #[test]
    fn parts_are_kept_apart() {
        assert_ne!(of_bytes([b"ab".as_slice(), b"c"]), of_bytes([b"a".as_slice(), b"bc"]));
    }

    #[test]
    fn is_short_and_lowercase_hexadecimal() {
        let print = of_bytes([b"x".as_slice()]);
        assert_eq!(print.len(), 16);
        assert!(print.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c)));
    }

    #[test]
    fn changes_with_content_name_and_number_of_files() {
        let folder = Scratch::new();
        folder.write("src/a.rs", "one");
        let inputs = ["src", "missing"];
        let first = of_files(folder.path(), &inputs).unwrap();
        assert_eq!(of_files(folder.path(), &inputs).unwrap(), first);

        folder.write("src/a.rs", "two");
        let changed = of_files(folder.path(), &inputs).unwrap();
        folder.write("src/deep/b.rs", "");
        let added = of_files(folder.path(), &inputs).unwrap();
        std::fs::rename(folder.path().join("src/a.rs"), folder.path().join("src/c.rs")).unwrap();
        let renamed = of_files(folder.path(), &inputs).unwrap();

        let all = [first, changed, added, renamed];
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn a_file_outside_the_inputs_does_not_count() {
        let folder = Scratch::new();
        folder.write("src/a.rs", "one");
        let first = of_files(folder.path(), &["src"]).unwrap();
        folder.write("docs/a.md", "words");
        assert_eq!(of_files(folder.path(), &["src"]).unwrap(), first);
    }
}
