//! The built widget: each file with the compressed forms that were made beforehand.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::random::hex;

/// The forms of a file, in the order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// Brotli.
    Brotli,
    /// Gzip.
    Gzip,
    /// As it is.
    Identity,
}

impl Encoding {
    /// As `Content-Encoding` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }
}

/// One form of a file.
#[derive(Debug)]
pub struct Form {
    /// What is sent.
    pub bytes: Cow<'static, [u8]>,
    /// In its quotation marks.
    pub etag: String,
}

/// A file of the widget.
#[derive(Debug)]
pub struct File {
    /// Its media type.
    pub content_type: String,
    forms: BTreeMap<Encoding, Form>,
    /// Whether its name carries its content's hash, so that it may be kept for ever.
    pub is_hashed: bool,
}

/// The files by their paths, without a slash in front.
#[derive(Debug, Default)]
pub struct Assets {
    files: HashMap<String, File>,
    /// The loader by the place that is written into it.
    loaders: Mutex<HashMap<String, Arc<File>>>,
}

/// The ends of the names of what a loader fetches by itself: script, module and stylesheet.
const FIRST_FILES: [&str; 3] = [".js", "_bg.wasm", ".css"];

/// The most places that a loader is kept for. A proxy has one or two names; somebody who makes names up gains nothing.
const MAX_LOADERS: usize = 16;

impl Assets {
    /// The file of that path.
    pub fn find(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }

    /// What has taken the place of a file of an earlier release: a loader that a cache has kept asks for the script, the
    /// module and the stylesheet of its own time, and any three that belong together serve it. Not so the parts: they fit
    /// none but the module that they were cut from.
    pub fn successor(&self, path: &str) -> Option<&str> {
        let end = end_of_first_file(path)?;
        self.files.keys().map(String::as_str).find(|name| end_of_first_file(name) == Some(end))
    }

    /// The loader with a line before it that says where its files lie, for a page that has put it together with other scripts
    /// or into itself, so that it cannot tell by its own address; and that visitors see nothing of errors, also where the
    /// proxy's settings never come. None where there is no loader, or nothing to say.
    pub fn loader_at(&self, place: &str, is_off: bool) -> Option<Arc<File>> {
        if place.is_empty() && !is_off {
            return None;
        }
        let mut loaders = self.loaders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loaders.get(place) {
            return Some(Arc::clone(known));
        }
        let diagnostics = if is_off { ",diagnostics:\"off\"" } else { "" };
        let line = format!("self.Candor??={{base:\"{place}\"{diagnostics}}};");
        let file = Arc::new(self.find("candor.js")?.preceded_by(&line)?);
        if loaders.len() >= MAX_LOADERS {
            loaders.clear();
        }
        loaders.insert(place.to_owned(), Arc::clone(&file));
        Some(file)
    }

    /// These files. `x.br` and `x.gz` beside `x` are forms of it, and no files of their own.
    pub fn of(files: impl IntoIterator<Item = (String, Cow<'static, [u8]>)>) -> Self {
        let mut all: BTreeMap<String, Cow<'static, [u8]>> = files.into_iter().collect();
        let names: Vec<String> = all.keys().cloned().collect();
        let is_form = |name: &str| {
            [".br", ".gz"]
                .iter()
                .any(|end| name.strip_suffix(end).is_some_and(|base| names.iter().any(|n| n == base)))
        };
        let mut assets = HashMap::new();
        for name in names.iter().filter(|name| !is_form(name)) {
            let ends = [(Encoding::Brotli, ".br"), (Encoding::Gzip, ".gz"), (Encoding::Identity, "")];
            let forms = ends
                .into_iter()
                .filter_map(|(encoding, end)| {
                    Some((encoding, Form::new(all.remove(&format!("{name}{end}"))?)))
                })
                .collect();
            let file = File { content_type: content_type(name), forms, is_hashed: is_hashed(name) };
            assets.insert(name.clone(), file);
        }
        Self { files: assets, loaders: Mutex::default() }
    }
}

/// Compressed at the highest quality, as the other files are, which takes some milliseconds.
fn brotli(bytes: &[u8]) -> Option<Vec<u8>> {
    let parameters =
        ::brotli::enc::BrotliEncoderParams { quality: 11, size_hint: bytes.len(), ..Default::default() };
    let mut small = Vec::new();
    ::brotli::BrotliCompress(&mut &*bytes, &mut small, &parameters).ok()?;
    Some(small)
}

fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

impl Form {
    fn new(bytes: Cow<'static, [u8]>) -> Self {
        let etag = format!("\"{}\"", &hex(&Sha256::digest(&bytes))[..32]);
        Self { bytes, etag }
    }
}

impl File {
    /// The same with a line before it, in every form; none where it is not there as it is.
    fn preceded_by(&self, line: &str) -> Option<Self> {
        let whole = self.forms.get(&Encoding::Identity)?;
        let bytes = [line.as_bytes(), b"\n", &whole.bytes].concat();
        let forms = [
            (Encoding::Brotli, brotli(&bytes)),
            (Encoding::Gzip, gzip(&bytes)),
            (Encoding::Identity, Some(bytes)),
        ];
        let forms = forms
            .into_iter()
            .filter_map(|(encoding, bytes)| Some((encoding, Form::new(Cow::Owned(bytes?)))))
            .collect();
        Some(Self { content_type: self.content_type.clone(), forms, is_hashed: self.is_hashed })
    }

    /// The form that the browser likes best (RFC 9110, section 12.5.3); of equal ones the smallest. A browser that
    /// refuses every form that is there gets none.
    pub fn best(&self, accepted: &str) -> Option<(Encoding, &Form)> {
        self.forms
            .iter()
            .map(|(encoding, form)| (quality(accepted, *encoding), *encoding, form))
            .filter(|(quality, _, _)| *quality > 0)
            .max_by_key(|(quality, encoding, _)| (*quality, Reverse(*encoding)))
            .map(|(_, encoding, form)| (encoding, form))
    }
}

/// How welcome an encoding is, in thousandths.
fn quality(accepted: &str, encoding: Encoding) -> u16 {
    let of = |wanted: &str| {
        accepted.split(',').find_map(|part| {
            let mut parts = part.split(';').map(str::trim);
            let name = parts.next()?;
            let quality =
                parts.find_map(|parameter| parameter.strip_prefix("q=").or(parameter.strip_prefix("Q=")));
            let quality = quality.map_or(Some(1.0), |quality| quality.trim().parse::<f32>().ok())?;
            // Clamped, so the conversion is exact.
            name.eq_ignore_ascii_case(wanted).then_some((quality.clamp(0.0, 1.0) * 1000.0) as u16)
        })
    };
    let otherwise = if encoding == Encoding::Identity { 1 } else { 0 };
    of(encoding.name()).or_else(|| of("*")).unwrap_or(otherwise)
}

fn content_type(name: &str) -> String {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    let is_text = kind.type_() == "text" || kind.essence_str() == "image/svg+xml";
    if is_text { format!("{kind}; charset=utf-8") } else { kind.to_string() }
}

/// Whether the name carries a hash of the build, as the bundler writes it: `name-0123456789abcdef.js`,
/// `name-0123456789abcdef-part.wasm`.
fn is_hashed(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.split('-').skip(1).any(|piece| {
        let digits = piece.bytes().take_while(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')).count();
        digits >= 16 && matches!(piece.as_bytes().get(digits), None | Some(b'.' | b'_'))
    })
}

/// What the name of a file ends with that the loader fetches itself, behind `candor-` and the build's hash.
fn end_of_first_file(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("candor-")?;
    let (_, end) = rest.split_once(|letter: char| !letter.is_ascii_hexdigit())?;
    let end = &rest[rest.len() - end.len() - 1..];
    (is_hashed(name) && FIRST_FILES.contains(&end)).then_some(end)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn hashed_names_are_told_from_others() {
        assert!(is_hashed("candor-0123456789abcdef.js"));
        assert!(is_hashed("snippets/candor-0123456789abcdef_bg.wasm"));
        assert!(is_hashed("candor-0123456789abcdef-history.wasm"));
        assert!(is_hashed("candor-0123456789abcdef-shared-1.wasm"));
        assert!(!is_hashed("candor.js"));
        assert!(!is_hashed("candor-loader.js"));
        assert!(!is_hashed("candor-0123456789abcdefg.js"));
    }

    #[test]
    fn a_loader_says_where_its_files_are_at_each_place() {
        let assets = Assets::of([("candor.js".to_owned(), Cow::Borrowed(b"start()".as_slice()))]);
        for place in ["//one.example/", "//two.example/chat/", "//one.example/"] {
            let loader = assets.loader_at(place, false).unwrap();
            let (encoding, form) = loader.best("gzip").unwrap();
            let mut words = String::new();
            flate2::read::GzDecoder::new(&*form.bytes).read_to_string(&mut words).unwrap();
            assert_eq!(words, format!("self.Candor??={{base:\"{place}\"}};\nstart()"));
            assert_eq!((encoding, &*loader.best("").unwrap().1.bytes), (Encoding::Gzip, words.as_bytes()));
        }
        for number in 0..100 {
            assets.loader_at(&format!("//{number}.example/"), true).unwrap();
        }
        assert!(assets.loaders.lock().unwrap().len() <= MAX_LOADERS);
    }

    #[test]
    fn encodings_are_chosen_by_quality() {
        assert_eq!(quality("gzip, br;q=0.5", Encoding::Gzip), 1000);
        assert_eq!(quality("gzip, br;q=0.5", Encoding::Brotli), 500);
        assert_eq!(quality("br;q=0", Encoding::Brotli), 0);
        assert_eq!(quality("*;q=0.1", Encoding::Brotli), 100);
        assert_eq!(quality("", Encoding::Identity), 1);
        assert_eq!(quality("", Encoding::Brotli), 0);
    }
}
