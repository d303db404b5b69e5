//! What the browser itself can tell: its connection, its storage, its frame, and what stands between page and proxy.
//!
//! Every look is allowed to fail: a function that is missing or throws is an answer too.

use candor_protocol::Millis;
use js_sys::{Array, Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::window;

/// A property of an object, or undefined where there is none or the look at it throws.
fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// The property that this path names, from the global object on.
fn global(path: &[&str]) -> JsValue {
    path.iter().fold(js_sys::global().into(), |object, name| get(&object, name))
}

/// Whether the browser believes to be online; it is right only where it says no.
pub fn is_online() -> bool {
    window().is_none_or(|window| window.navigator().on_line())
}

/// Whether cookies work. One is set that says nothing, read back, and removed at once.
pub fn takes_cookies() -> bool {
    let document = global(&["document"]);
    let set = |cookie: &str| Reflect::set(&document, &"cookie".into(), &cookie.into()).unwrap_or(false);
    let was_set = set("candor_check=1; SameSite=Lax; path=/");
    let has = get(&document, "cookie").as_string().is_some_and(|cookies| cookies.contains("candor_check=1"));
    set("candor_check=; SameSite=Lax; path=/; Max-Age=0");
    was_set && has
}

/// Whether this is a private window, where the browser lets it be seen: Firefox and Safari keep no files for one. Chromium
/// does, and so does not tell.
pub async fn is_private() -> bool {
    let keeper = global(&["navigator", "storage"]);
    let Ok(open) = get(&keeper, "getDirectory").dyn_into::<Function>() else { return false };
    let Ok(promise) = open.call0(&keeper).and_then(JsCast::dyn_into::<Promise>) else { return false };
    JsFuture::from(promise).await.is_err()
}

/// Whether the page stands in a frame of another site.
pub fn is_framed() -> bool {
    let Some(window) = window() else { return false };
    // A top window of the same origin lets itself be looked at; of another one it throws.
    match window.top() {
        Ok(Some(top)) => top != window && Reflect::get(&top.location(), &"href".into()).is_err(),
        _ => true,
    }
}

/// The address of the service worker that handles this page's requests.
pub fn service_worker() -> Option<String> {
    get(&global(&["navigator", "serviceWorker", "controller"]), "scriptURL").as_string()
}

/// What the chat needs and this browser lacks.
pub fn missing() -> Option<&'static str> {
    [
        ("ReadableStream", &["ReadableStream"][..]),
        ("AbortController", &["AbortController"]),
        ("Intl", &["Intl"]),
    ]
    .into_iter()
    .find(|(_, path)| global(path).is_falsy())
    .map(|(name, _)| name)
}

/// The latest violation of the page's Content Security Policy that hit the chat, as the loader has peer_activity it: the directive,
/// and the origin to allow.
pub fn violation() -> Option<(String, String)> {
    let peer_activity: Array = global(&["Candor", "violations"]).dyn_into().ok()?;
    let latest = peer_activity.iter().last()?;
    let blocked = get(&latest, "blockedURI").as_string()?;
    let origin = blocked.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    Some((get(&latest, "effectiveDirective").as_string()?, origin))
}

/// Whether a request from this page to that address is blocked as mixed content.
pub fn is_mixed(endpoint: &str) -> bool {
    let is_secure =
        global(&["location", "protocol"]).as_string().is_some_and(|protocol| protocol == "https:");
    let host = endpoint.strip_prefix("http://").map(|rest| rest.split(['/', ':']).next().unwrap_or_default());
    is_secure && host.is_some_and(|host| !["localhost", "127.0.0.1"].contains(&host))
}

/// Whether anything answers at an address. What it says stays unknown: the page may not read it.
pub async fn answers(url: &str) -> bool {
    let options = js_sys::Object::new();
    for (name, value) in [("mode", "no-cors"), ("credentials", "omit"), ("cache", "no-store")] {
        let _ = Reflect::set(&options, &name.into(), &value.into());
    }
    let Ok(fetch) = global(&["fetch"]).dyn_into::<Function>() else { return false };
    let Ok(promise) = fetch.call2(&js_sys::global(), &url.into(), &options) else { return false };
    let Ok(promise) = promise.dyn_into::<Promise>() else { return false };
    JsFuture::from(promise).await.is_ok()
}

/// How old this page is at `now`, in milliseconds, by the Date and Age headers of the copy that the browser has. `None`
/// where the page cannot be fetched or has no such header.
pub async fn page_age(now: Millis) -> Option<u64> {
    let url = global(&["location", "href"]).as_string().filter(|url| url.starts_with("http"))?;
    // A sandboxed page may not even read itself, and the browser would say so in the page's console.
    global(&["origin"]).as_string().filter(|origin| origin != "null")?;
    let options = js_sys::Object::new();
    for (name, value) in [("cache", "force-cache"), ("credentials", "same-origin")] {
        let _ = Reflect::set(&options, &name.into(), &value.into());
    }
    let fetch = global(&["fetch"]).dyn_into::<Function>().ok()?;
    let promise: Promise = fetch.call2(&js_sys::global(), &url.into(), &options).ok()?.dyn_into().ok()?;
    let response: web_sys::Response = JsFuture::from(promise).await.ok()?.dyn_into().ok()?;
    // Only the headers are wanted.
    if let Some(body) = response.body() {
        let ended = body.cancel();
        let _ = JsFuture::from(ended).await;
    }
    let header = |name: &str| response.headers().get(name).ok().flatten();
    let date = js_sys::Date::parse(&header("date")?);
    let age: f64 = header("age").and_then(|age| age.trim().parse().ok()).unwrap_or(0.0);
    let behind = now as f64 - date;
    (date.is_finite() && age.is_finite()).then(|| behind.max(age * 1000.0).max(0.0) as u64)
}
