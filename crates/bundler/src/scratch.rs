//! A folder for one test, removed with it.

use std::path::{Path, PathBuf};

/// A fresh folder that is deleted when dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    /// `name` tells the tests of one run apart.
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("candor-bundler-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.join(name)).unwrap()
    }

    /// The names of the files, sorted.
    pub fn listing(&self) -> Vec<String> {
        crate::files::list(&self.0).unwrap().iter().map(|path| crate::files::name(path)).collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
