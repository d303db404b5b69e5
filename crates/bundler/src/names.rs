//! What the files of a build are called. Caches keep them for ever, so their names change with their content; and since
//! files of two builds never go together, all carry one hash of the whole set.

use sha2::{Digest, Sha256};

/// The names of one build's files.
#[derive(Clone, Debug)]
pub struct Names {
    hash: String,
}

impl Names {
    /// For files of these contents, in an order that does not change by itself.
    pub fn of<'a>(contents: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut hasher = Sha256::new();
        for content in contents {
            // The length keeps "ab" and "c" apart from "a" and "bc".
            hasher.update((content.len() as u64).to_le_bytes());
            hasher.update(content);
        }
        // 64 bits tell versions of a file apart.
        let hash = hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self { hash }
    }

    /// The glue, which finds the chunks by its own name.
    pub fn glue(&self) -> String {
        format!("candor-{}.js", self.hash)
    }

    /// The main module.
    pub fn main(&self) -> String {
        format!("candor-{}_bg.wasm", self.hash)
    }

    /// A chunk.
    pub fn chunk(&self, part: &str) -> String {
        format!("candor-{}-{part}.wasm", self.hash)
    }

    /// The script of what the chat does beyond its panel, which the glue finds by its own name.
    pub fn page(&self) -> String {
        format!("candor-{}-page.js", self.hash)
    }

    /// The script of what new visitors solve, which the page's script finds by its own name.
    pub fn challenge(&self) -> String {
        format!("candor-{}-challenge.js", self.hash)
    }

    /// A library, which the scripts find by their own names.
    pub fn library(&self, name: &str) -> String {
        format!("candor-{}-{name}.js", self.hash)
    }

    /// The script of the languages beside English, which the loader finds by the glue's name.
    pub fn language(&self) -> String {
        format!("candor-{}-language.js", self.hash)
    }

    /// The words of a language, which that script finds by its own name.
    pub fn words(&self, tag: &str) -> String {
        format!("candor-{}-{tag}.json", self.hash)
    }

    /// What Diagnostics says in a language, which that script finds by its own name.
    pub fn causes(&self, tag: &str) -> String {
        format!("candor-{}-{tag}-causes.json", self.hash)
    }

    /// The core's stylesheet.
    pub fn stylesheet(&self) -> String {
        format!("candor-{}.css", self.hash)
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn all_names_change_with_any_content() {
        let (first, other) = (Names::of([b"ab".as_slice(), b"c"]), Names::of([b"a".as_slice(), b"bc"]));
        let all = |names: &Names| [names.glue(), names.main(), names.chunk("history"), names.stylesheet()];
        for (one, another) in all(&first).into_iter().zip(all(&other)) {
            assert_ne!(one, another);
        }
    }

    #[test]
    fn all_files_of_a_build_are_called_by_one_hash() {
        let names = Names::of([b"x".as_slice()]);
        let stem = names.glue().trim_end_matches(".js").to_owned();
        assert_eq!(stem.len(), "candor-".len() + 16);
        assert_eq!(names.main(), format!("{stem}_bg.wasm"));
        assert_eq!(names.chunk("shared-1"), format!("{stem}-shared-1.wasm"));
        assert_eq!(names.stylesheet(), format!("{stem}.css"));
        assert_eq!(names.challenge(), format!("{stem}-challenge.js"));
        assert_eq!(names.library("altcha"), format!("{stem}-altcha.js"));
        assert_eq!(names.language(), format!("{stem}-language.js"));
        assert_eq!(names.words("pt-BR"), format!("{stem}-pt-BR.json"));
        assert_eq!(names.causes("pt-BR"), format!("{stem}-pt-BR-causes.json"));
    }
}
