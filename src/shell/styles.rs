//! Stylesheets of parts: adopted with the part that they are of.

use js_sys::{Array, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CssStyleSheet, HtmlElement};

/// Adds a stylesheet to whatever root the panel stands in, once. A constructed one, which a page's Content Security Policy
/// does not refuse; where the browser has none, the part is shown without it.
pub fn adopt(panel: &HtmlElement, name: &str, css: &str) {
    let add = || -> Result<(), JsValue> {
        let root = panel.get_root_node();
        // The root outlives the widget where the element is moved, and keeps its stylesheets.
        let mark = JsValue::from_str(&["candor-", name].concat());
        if Reflect::has(&root, &mark)? {
            return Ok(());
        }
        let sheet = CssStyleSheet::new()?;
        sheet.replace_sync(css)?;
        let list = JsValue::from_str("adoptedStyleSheets");
        let adopted: Array = Reflect::get(&root, &list)?.dyn_into()?;
        Reflect::set(&root, &list, &adopted.concat(&Array::of1(&sheet)))?;
        Reflect::set(&root, &mark, &JsValue::TRUE)?;
        Ok(())
    };
    let _ = add();
}
