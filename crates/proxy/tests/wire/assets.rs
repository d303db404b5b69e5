use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use candor_proxy::assets::Assets;
use tower::ServiceExt;

use crate::client::router;

const MODULE: &str = "/candor-0123456789abcdef_bg.wasm";
const CHUNK: &str = "/candor-0123456789abcdef-history.wasm";

async fn widget() -> Router {
    let files = [
        ("index.html", "<p>page"),
        ("candor.js", "loader"),
        ("candor.js.br", "br"),
        ("candor.js.gz", "gz"),
        ("candor-0123456789abcdef.css", "style"),
        ("candor-0123456789abcdef.js", "glue"),
        ("candor-0123456789abcdef-page.js", "page"),
        ("candor-0123456789abcdef_bg.wasm", "module"),
        ("candor-0123456789abcdef-history.wasm", "chunk"),
    ];
    router(&[], Assets::of(files.map(|(name, text)| (name.to_owned(), text.as_bytes().into())))).await
}

async fn get(widget: &Router, path: &str, headers: &[(&str, &str)]) -> (Response<()>, String) {
    let mut request = Request::builder().uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (parts, body) =
        widget.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (Response::from_parts(parts, ()), String::from_utf8(body.to_vec()).unwrap())
}

fn header<'a>(response: &'a Response<()>, name: &str) -> &'a str {
    response.headers().get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
}

#[tokio::test]
async fn each_file_has_its_type_and_may_be_embedded_anywhere() {
    let widget = widget().await;
    for (path, kind, body) in [
        ("/", "text/html; charset=utf-8", "<p>page"),
        ("/candor.js", "text/javascript; charset=utf-8", "loader"),
        (MODULE, "application/wasm", "module"),
        (CHUNK, "application/wasm", "chunk"),
    ] {
        let (response, text) = get(&widget, path, &[]).await;
        assert_eq!((header(&response, "content-type"), text.as_str()), (kind, body));
        assert_eq!(header(&response, "access-control-allow-origin"), "*");
        assert_eq!(header(&response, "cross-origin-resource-policy"), "cross-origin");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn a_loader_of_an_earlier_release_is_led_to_the_files_of_this_one() {
    let widget = widget().await;
    for end in [".js", ".css", "_bg.wasm"] {
        let (response, _) = get(&widget, &format!("/candor-fedcba9876543210{end}"), &[]).await;
        assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
        assert_eq!(header(&response, "location"), format!("candor-0123456789abcdef{end}"));
        assert_eq!(header(&response, "cache-control"), "no-store", "the next release has other names");
        assert_eq!(header(&response, "access-control-allow-origin"), "*");
    }
    // A part fits none but its own module, and what is no name of ours has moved nowhere.
    for path in [
        "/candor-fedcba9876543210-history.wasm",
        "/candor-fedcba9876543210-page.js",
        "/candor-fedc.js",
        "/other.js",
    ] {
        assert_eq!(get(&widget, path, &[]).await.0.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn hashed_names_are_kept_for_ever_and_the_loader_revalidates() {
    let widget = widget().await;
    for path in [MODULE, CHUNK] {
        let (module, _) = get(&widget, path, &[]).await;
        assert_eq!(header(&module, "cache-control"), "public, max-age=31536000, immutable");
    }
    let (loader, _) = get(&widget, "/candor.js", &[]).await;
    assert_eq!(header(&loader, "cache-control"), "no-cache");
    let tag = header(&loader, "etag").to_owned();
    let (again, body) = get(&widget, "/candor.js", &[("if-none-match", &tag)]).await;
    assert_eq!((again.status(), body.as_str()), (StatusCode::NOT_MODIFIED, ""));
    let (other, _) = get(&widget, "/candor.js", &[("if-none-match", "\"other\"")]).await;
    assert_eq!(other.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_form_that_the_browser_likes_best_is_sent() {
    let widget = widget().await;
    for (accepted, encoding, body) in [
        ("gzip, deflate, br, zstd", "br", "br"),
        ("gzip", "gzip", "gz"),
        ("br;q=0.1, gzip;q=0.9", "gzip", "gz"),
        ("br;q=0", "", "loader"),
        ("", "", "loader"),
    ] {
        let (response, text) = get(&widget, "/candor.js", &[("accept-encoding", accepted)]).await;
        assert_eq!((header(&response, "content-encoding"), text.as_str()), (encoding, body), "{accepted}");
        assert!(header(&response, "vary").starts_with("Accept-Encoding, Host"));
    }
}

#[tokio::test]
async fn what_is_not_there_is_told() {
    let widget = widget().await;
    for path in ["/candor.js.br", "/../Cargo.toml", "/nothing"] {
        assert_eq!(get(&widget, path, &[]).await.0.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let (response, body) = get(&router(&[], Assets::default()).await, "/", &[]).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    assert!(body.contains("cargo xtask start"), "the page says how to build the widget");
}
