//! Events of our own, by which views tell what is outside of them.

use wasm_bindgen::JsValue;
use web_sys::{CustomEvent, CustomEventInit, EventTarget};

use crate::json::set;

/// Tells it from what was clicked, as the click has it while it is handled: afterwards a shadow root hides it. What is for the page
/// leaves that root.
pub fn dispatch(clicked: Option<&EventTarget>, name: &str, detail: &JsValue, is_for_page: bool) {
    let init = CustomEventInit::new();
    init.set_bubbles(true);
    // By its name: a setter of its own would be in the glue, which every visitor fetches.
    set(&init, "composed", is_for_page.into());
    init.set_detail(detail);
    let event = CustomEvent::new_with_event_init_dict(name, &init);
    if let (Some(clicked), Ok(event)) = (clicked, event) {
        let _ = clicked.dispatch_event(&event);
    }
}
