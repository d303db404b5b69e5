//! What the tests emit: what they print, what proxies and servers log and answer, and what they keep. None of it may have one of the
//! secrets in it that the tests plant (`tests/secrets.txt`).

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Result};
use crate::process::cannot_start;
use crate::tally::Tally;
use crate::workspace::Workspace;

/// The variable that tells the tests where to record.
pub const VARIABLE: &str = "TEST_EMITTED";

/// What one run has emitted.
pub struct Emitted {
    folder: PathBuf,
    secrets: PathBuf,
    outputs: AtomicUsize,
}

impl Emitted {
    /// An empty record, in the place of that of the run before.
    pub fn begin(workspace: &Workspace) -> Result<Self> {
        Self::at(&workspace.target.join("emitted"), &workspace.root.join("tests/secrets.txt"))
    }

    fn at(folder: &Path, secrets: &Path) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(|e| Error::file("remove", folder, &e))?;
        }
        fs::create_dir_all(folder).map_err(|e| Error::file("create", folder, &e))?;
        Ok(Self { folder: folder.to_owned(), secrets: secrets.to_owned(), outputs: AtomicUsize::new(0) })
    }

    /// Where everything is recorded.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A new file for what a program prints.
    pub fn output(&self) -> Result<File> {
        let number = self.outputs.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!("output-{number}.txt"));
        File::create(&path).map_err(|e| Error::file("create", &path, &e))
    }

    /// Looks for each planted secret in all of it, and prints where there is one. It is one test.
    pub fn search(&self) -> Result<Tally> {
        let text = fs::read_to_string(&self.secrets).map_err(|e| Error::file("read", &self.secrets, &e))?;
        let secrets = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let patterns: Vec<String> = secrets.flat_map(|secret| [secret.to_owned(), base64(secret)]).collect();
        let (files, bytes) = size(&self.folder)?;
        let mut grep = Command::new("grep");
        grep.current_dir(&self.folder)
            .args([
                "--recursive",
                "--text",
                "--fixed-strings",
                "--byte-offset",
                "--only-matching",
                "--regexp",
            ])
            .arg(patterns.join("\n"))
            .arg(".");
        let found = grep.output().map_err(|error| cannot_start(&grep, &error))?;
        let found = String::from_utf8_lossy(&found.stdout);
        println!(
            "{} secrets were planted; {files} files with {} kB were emitted.",
            patterns.len() / 2,
            bytes / 1000
        );
        for line in found.lines() {
            println!("A planted secret was emitted: {line}");
        }
        let is_clean = found.is_empty() && bytes > 0 && !patterns.is_empty();
        Ok(Tally { passed: is_clean.into(), failed: (!is_clean).into() })
    }
}

/// How many files a folder has in it, and bytes in them.
fn size(folder: &Path) -> Result<(u64, u64)> {
    let mut sum = (0, 0);
    for entry in fs::read_dir(folder).map_err(|e| Error::file("read", folder, &e))?.flatten() {
        let path = entry.path();
        let metadata = entry.metadata().map_err(|e| Error::file("read", &path, &e))?;
        let (files, bytes) = if metadata.is_dir() { size(&path)? } else { (1, metadata.len()) };
        sum = (sum.0 + files, sum.1 + bytes);
    }
    Ok(sum)
}

/// RFC 4648's, without what depends on where the text ends.
fn base64(text: &str) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for group in text.as_bytes().chunks_exact(3) {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        encoded.extend([18, 12, 6, 0].map(|shift| char::from(LETTERS[bits >> shift & 63])));
    }
    encoded
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{Emitted, base64};
    use crate::scratch::Scratch;
    use crate::tally::Tally;

    const CLEAN: Tally = Tally { passed: 1, failed: 0 };
    const LEAK: Tally = Tally { passed: 0, failed: 1 };

    /// What comes of these files.
    fn search(files: &[(&str, &[u8])]) -> Tally {
        let folder = Scratch::new();
        folder.write("secrets.txt", "# A key\n\nsk-test-0123456789abcdef\nonly-the-owner\n");
        let emitted =
            Emitted::at(&folder.path().join("emitted"), &folder.path().join("secrets.txt")).unwrap();
        for (name, content) in files {
            folder.write(&format!("emitted/{name}"), content);
        }
        emitted.search().unwrap()
    }

    #[test]
    fn a_leak_is_found_wherever_it_is() {
        assert_eq!(search(&[("answers.txt", b"\"type\":\"invalid_request_error\"")]), CLEAN);
        assert_eq!(search(&[("proxies.txt", b"key=sk-test-0123456789abcdef&")]), LEAK);
        assert_eq!(search(&[("a.txt", b"nothing"), ("site/table.ibd", b"\0\xffonly-the-owner\0")]), LEAK);
        assert_eq!(search(&[("answers.txt", b"c2stdGVzdC0wMTIzNDU2Nzg5YWJjZGVm")]), LEAK);
    }

    #[test]
    fn a_run_that_recorded_nothing_is_no_proof() {
        assert_eq!(search(&[]), LEAK);
    }

    #[test]
    fn a_secret_is_known_in_base64() {
        // RFC 4648, section 10
        assert_eq!(base64("foobar"), "Zm9vYmFy");
        assert_eq!(base64("fooba"), "Zm9v");
    }

    /// What is written in quotation marks behind a name in a text.
    fn given<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
        text.match_indices(name).filter_map(|(at, _)| {
            let behind = &text[at + name.len()..];
            let value = behind.trim_start_matches(['\'', '"', ':', ',', '=', ' ', '\\']);
            // Not the name of one, or what follows something else.
            let between = &behind[..behind.len() - value.len()];
            let is_written = between.contains([':', ',', '=']) && between.ends_with(['\'', '"']);
            is_written.then(|| value.split(['\'', '"', '\\']).next().unwrap_or_default())
        })
    }

    fn sources(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = entry.file_name().into_string().unwrap();
            if path.is_dir() && !["node_modules", "results", "bench"].contains(&name.as_str()) {
                sources(&path, found);
            } else if name.ends_with(".mjs") || name.ends_with(".rs") {
                found.push(fs::read_to_string(&path).unwrap());
            }
        }
    }

    #[test]
    fn every_key_and_token_of_the_tests_is_a_planted_secret() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let secrets = fs::read_to_string(root.join("tests/secrets.txt")).unwrap();
        let mut texts = Vec::new();
        for folder in ["tests", "crates/proxy/tests"] {
            sources(&root.join(folder), &mut texts);
        }
        let names = ["CANDOR_API_KEY", "CANDOR_OWNER_TOKEN", "api_key ", "const KEY", "const OWNER"];
        let given: Vec<&str> = texts
            .iter()
            .flat_map(|text| names.iter().flat_map(|name| given(text, name)))
            // Shorter ones are refused, or are no secrets.
            .filter(|value| value.len() >= 12)
            .collect();
        assert!(given.len() > 10, "{given:?}");
        for value in given {
            assert!(secrets.lines().any(|line| line == value), "{value} is not in tests/secrets.txt");
        }
    }
}
