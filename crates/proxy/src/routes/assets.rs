//! Everything outside the wire: the built widget and its example page.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH,
    CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

use candor_protocol::visibility::Diagnostics;

use super::problem::{no_method, no_route};
use crate::App;
use crate::assets::Encoding;

/// The script that a page has.
const LOADER: &str = "candor.js";

/// The longest host and prefix that are written into it, in bytes.
const MAX_PLACE_BYTES: usize = 255;

/// What is said at `/` where no widget was built in.
const NO_WIDGET: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Candor</title>\n\
<p>This proxy is running, but no widget was built into it.</p>\n\
<p>Build and start both with <code>cargo xtask start</code>.</p>\n</html>\n";

/// Answers everything outside the wire.
pub async fn serve(State(app): State<App>, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        let mut response = no_method(method).await.into_response();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let path = uri.path().trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    let loader = (path == LOADER)
        .then(|| {
            let is_off = app.settings.diagnostics == Diagnostics::Off;
            app.assets.loader_at(&place(&headers).unwrap_or_default(), is_off)
        })
        .flatten();
    let Some(file) = loader.as_deref().or_else(|| app.assets.find(path)) else {
        if path == "index.html" {
            return (
                StatusCode::NOT_FOUND,
                [(CONTENT_TYPE, "text/html; charset=utf-8"), (CACHE_CONTROL, "no-store")],
                NO_WIDGET,
            )
                .into_response();
        }
        return match app.assets.successor(path) {
            Some(name) => moved_to(name),
            None => no_route(uri).await.into_response(),
        };
    };
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let Some((encoding, form)) = file.best(accepted) else {
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
    set(headers, VARY, VARIES);
    // Any page may embed the widget; whether it may chat is decided at the wire.
    set(headers, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    response
}

/// The answer for a file of an earlier release. The name is a path beside the one that was asked for.
fn moved_to(name: &str) -> Response {
    let mut response = StatusCode::TEMPORARY_REDIRECT.into_response();
    let headers = response.headers_mut();
    set(headers, LOCATION, name);
    set(headers, CACHE_CONTROL, "no-store");
    set(headers, ACCESS_CONTROL_ALLOW_ORIGIN, "*");
    response
}

/// What an answer depends on. Who names another host is answered with it ([`place`]), and nobody else from a cache on the way.
const VARIES: &str = "Accept-Encoding, Host, X-Forwarded-Host, X-Forwarded-Prefix";

/// Where the widget's files lie, as the browser sees it: the host that was asked, by whatever scheme the page has.
fn place(headers: &HeaderMap) -> Option<String> {
    let said = |name: &str| {
        let first = headers.get(name)?.to_str().ok()?.split(',').next()?.trim();
        (!first.is_empty()).then(|| first.to_owned())
    };
    let host = said("x-forwarded-host").or_else(|| said("host"))?;
    let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    let prefix = said("x-forwarded-prefix").unwrap_or_default();
    let is_path = |byte: u8| byte.is_ascii_alphanumeric() || b"/.-_~".contains(&byte);
    let is_plain = host.len() + prefix.len() <= MAX_PLACE_BYTES
        && host.bytes().all(is_host)
        && prefix.bytes().all(is_path);
    is_plain.then(|| match prefix.trim_matches('/') {
        "" => format!("//{host}/"),
        prefix => format!("//{host}/{prefix}/"),
    })
}

fn set(headers: &mut HeaderMap, name: axum::http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
