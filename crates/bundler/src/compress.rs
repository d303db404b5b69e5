//! The compressed copies beside the files, so that no server compresses at run time.

use std::io::Write;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::{Error, Result};
use crate::files;

/// The endings of files that shrink when compressed; images and fonts are compressed already.
const COMPRESSIBLE: &[&str] = &["css", "html", "js", "json", "svg", "txt", "wasm"];

/// Writes `.br` and `.gz` beside every file of a folder that shrinks.
pub fn compress_all(folder: &Path) -> Result<()> {
    files::list(folder)?.par_iter().filter(|path| is_compressible(path)).try_for_each(|path| {
        let content = files::read(path)?;
        files::write(&with_suffix(path, ".br"), brotli(&content).map_err(Error::file("compress", path))?)?;
        files::write(&with_suffix(path, ".gz"), gzip(&content).map_err(Error::file("compress", path))?)
    })
}

fn is_compressible(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    COMPRESSIBLE.contains(&ending)
}

/// The content compressed by brotli at its highest quality, 11.
pub fn brotli(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    let mut compressed = Vec::new();
    let mut reader = content;
    brotli::BrotliCompress(&mut reader, &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).and_then(|()| encoder.finish())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::compress_all;
    use crate::scratch::Scratch;

    #[test]
    fn what_shrinks_has_copies_that_unpack_to_the_same() {
        let folder = Scratch::new();
        folder.write("index.html", "<!doctype html>");
        folder.write("a_bg.wasm", [0, b'a', b's', b'm']);
        folder.write("picture.png", [137, 80, 78, 71]);
        compress_all(folder.path()).unwrap();
        assert_eq!(folder.listing().len(), 7, "{:?}", folder.listing());
        for name in ["index.html", "a_bg.wasm"] {
            let plain = folder.read(name);
            let (mut br, mut gz) = (Vec::new(), Vec::new());
            brotli::Decompressor::new(folder.read(&format!("{name}.br")).as_slice(), 4096)
                .read_to_end(&mut br)
                .unwrap();
            flate2::read::GzDecoder::new(folder.read(&format!("{name}.gz")).as_slice())
                .read_to_end(&mut gz)
                .unwrap();
            assert_eq!((br, gz), (plain.clone(), plain), "{name}");
        }
    }
}
