//! Text that leaves the widget by the visitor's wish: into the clipboard, or as a file.

use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, HtmlAnchorElement, Url, window};

/// Copies text. Whether the browser let us: pages without https have no clipboard, and a visitor can deny it.
pub async fn copy(text: &str) -> bool {
    let Some(window) = window().filter(|window| window.is_secure_context()) else { return false };
    JsFuture::from(window.navigator().clipboard().write_text(text)).await.is_ok()
}

/// Offers text as a file. Nothing happens where the browser has no such thing.
pub fn download(name: &str, text: &str) {
    let offer = || {
        let blob = Blob::new_with_str_sequence(&Array::of1(&text.into())).ok()?;
        let url = ObjectUrl(Url::create_object_url_with_blob(&blob).ok()?);
        let link: HtmlAnchorElement = window()?.document()?.create_element("a").ok()?.dyn_into().ok()?;
        link.set_href(&url.0);
        link.set_download(name);
        link.click();
        Some(())
    };
    let _ = offer();
}

/// An address of a blob, given back when it is dropped. A download that has begun goes on.
struct ObjectUrl(String);

impl Drop for ObjectUrl {
    fn drop(&mut self) {
        let _ = Url::revoke_object_url(&self.0);
    }
}
