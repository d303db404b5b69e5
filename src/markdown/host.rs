//! What the parser asks the browser, so that its tables need no download.

use candor_markdown::Host;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// A regular expression, made without a trap where the browser does not know it.
    #[wasm_bindgen(js_name = RegExp)]
    type Pattern;

    #[wasm_bindgen(catch, constructor, js_class = RegExp)]
    fn new(pattern: &str, flags: &str) -> Result<Pattern, JsValue>;

    #[wasm_bindgen(method, js_class = RegExp)]
    fn test(this: &Pattern, text: &str) -> bool;
}

thread_local! {
    static PUNCTUATION: Option<Pattern> = Pattern::new(r"\p{P}|\p{S}", "u").ok();
}

/// The browser as the parser's host.
pub fn browser() -> Host {
    Host { entity, is_punctuation }
}

fn is_punctuation(char: char) -> bool {
    PUNCTUATION
        .with(|pattern| pattern.as_ref().is_some_and(|pattern| pattern.test(char.encode_utf8(&mut [0; 4]))))
}

/// Lets the browser read `&name;`. A name is letters and digits alone, so nothing else can be read from it. Where a page
/// forbids it (Trusted Types), the text stays as it was written.
fn entity(name: &str) -> Option<String> {
    let element = web_sys::window()?.document()?.create_element("p").ok()?;
    let mut written = String::from("&");
    written.push_str(name);
    written.push(';');
    js_sys::Reflect::set(&element, &JsValue::from_str("innerHTML"), &JsValue::from_str(&written)).ok()?;
    let meaning = element.text_content()?;
    // An old name without a semicolon may be the start of another: `&notit;` is read as `¬it;`.
    (meaning.chars().count() <= 2 && meaning != written).then_some(meaning)
}
