//! The built widget, carried inside the proxy: each file with the compressed forms that were made beforehand.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use crate::random::hex;
use crate::{App, routes};

/// What is said at `/` where no widget was built in.
const NO_WIDGET: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Candor</title>\n\
<p>This proxy is running, but no widget was built into it.</p>\n\
<p>Build and start both with <code>cargo xtask start</code>.</p>\n</html>\n";

#[derive(RustEmbed)]
#[folder = "$CANDOR_BUILT_WIDGET"]
struct BuiltWidget;

/// The forms of a file, in the order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }
}

#[derive(Debug)]
struct Form {
    bytes: Cow<'static, [u8]>,
    etag: String,
}

#[derive(Debug)]
struct File {
    content_type: String,
    forms: BTreeMap<Encoding, Form>,
    is_hashed: bool,
}

/// The files by their paths, without a slash in front.
#[derive(Debug, Default)]
pub struct Assets(HashMap<String, File>);

impl Assets {
    /// What was built in.
    pub fn built_in() -> Self {
        Self::of(
            BuiltWidget::iter().filter_map(|path| Some((path.to_string(), BuiltWidget::get(&path)?.data))),
        )
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
        Self(assets)
    }
}

impl Form {
    fn new(bytes: Cow<'static, [u8]>) -> Self {
        let etag = format!("\"{}\"", &hex(&Sha256::digest(&bytes))[..32]);
        Self { bytes, etag }
    }
}

/// Answers everything outside the wire.
pub async fn serve(State(app): State<App>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        let mut response = routes::no_method(method).await.into_response();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let Some(file) = app.assets.0.get(path) else {
        if path == "index.html" {
            return (
                StatusCode::NOT_FOUND,
                [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")],
                NO_WIDGET,
            )
                .into_response();
        }
        return routes::no_route(uri).await.into_response();
    };
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let Some((encoding, form)) = best(file, accepted) else {
        return StatusCode::NOT_ACCEPTABLE.into_response();
    };
    let is_known = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|tags| tags.to_str().ok())
        .flat_map(|tags| tags.split(','))
        .any(|tag| matches!(tag.trim(), tag if tag == "*" || tag.trim_start_matches("W/") == form.etag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        // The embedded bytes are static, so nothing is copied for them.
        let body = match &form.bytes {
            Cow::Borrowed(bytes) => Body::from(*bytes),
            Cow::Owned(bytes) => Body::from(bytes.clone()),
        };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        set(headers, CONTENT_TYPE, &file.content_type);
        headers.insert(CONTENT_LENGTH, HeaderValue::from(form.bytes.len()));
        if encoding != Encoding::Identity {
            set(headers, CONTENT_ENCODING, encoding.name());
        }
        response
    };
    let caching = if file.is_hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = response.headers_mut();
    set(headers, CACHE_CONTROL, caching);
    set(headers, ETAG, &form.etag);
    set(headers, VARY, "Accept-Encoding");
    // Any page may embed the widget; whether it may chat is decided at the wire.
    set(headers, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    response
}

fn set(headers: &mut HeaderMap, name: axum::http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// The form that the browser likes best (RFC 9110, section 12.5.3); of equal ones the smallest. A browser that
/// refuses every form that is there gets none.
fn best<'a>(file: &'a File, accepted: &str) -> Option<(Encoding, &'a Form)> {
    file.forms
        .iter()
        .map(|(encoding, form)| (quality(accepted, *encoding), *encoding, form))
        .filter(|(quality, _, _)| *quality > 0)
        .max_by_key(|(quality, encoding, _)| (*quality, std::cmp::Reverse(*encoding)))
        .map(|(_, encoding, form)| (encoding, form))
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

#[cfg(test)]
mod tests {
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
    fn encodings_are_chosen_by_quality() {
        assert_eq!(quality("gzip, br;q=0.5", Encoding::Gzip), 1000);
        assert_eq!(quality("gzip, br;q=0.5", Encoding::Brotli), 500);
        assert_eq!(quality("br;q=0", Encoding::Brotli), 0);
        assert_eq!(quality("*;q=0.1", Encoding::Brotli), 100);
        assert_eq!(quality("", Encoding::Identity), 1);
        assert_eq!(quality("", Encoding::Brotli), 0);
    }
}
