//! The widget: a Yew component that is rendered into the panel which the loader `www/candor.js` has made.
//!
//! - [`shell`]: the panel's frame. [`chat`], [`history`], [`diagnostics`]: a folder for each tab. [`markdown`]: a message
//!   into nodes.
//! - [`session`]: what a visitor does, and the state with its reducer.
//! - [`transport`]: all that leaves the browser or is stored in it. [`json`]: the wire's JSON.
//! - [`lazy`]: the doors to everything that is not needed to chat; [`part`]: what parts there are. [`element`]: what views are made of.
//! - [`words`]: every sentence. [`settings`]: what the page has set. [`links`]: which addresses may be followed. [`time`]: the browser's clock.
//!
//! The reducer knows no browser and is tested natively; [`mount`] is the whole surface towards JavaScript.

pub mod attribute;
pub mod chat;
pub mod diagnostics;
pub mod element;
pub mod history;
pub mod json;
pub mod lazy;
pub mod links;
pub mod markdown;
pub mod part;
pub mod session;
pub mod settings;
pub mod shell;
pub mod time;
pub mod transport;
pub mod words;

pub use settings::Settings;

use shell::app::{App, AppProps};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{CustomEvent, CustomEventInit, HtmlElement};
use yew::{AppHandle, Callback, Renderer};

#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// A widget that is rendered in a panel, for the loader to hold.
#[wasm_bindgen]
pub struct Widget {
    panel: HtmlElement,
    app: AppHandle<App>,
}

/// Renders the widget into the panel. `settings` is the JSON of [`Settings`]; `locale` are the words of another language than
/// English, which [`words::set`] takes over, or `undefined`.
///
/// # Errors
/// A sentence for the loader to show, where the settings cannot be read.
#[wasm_bindgen]
pub fn mount(panel: HtmlElement, settings: &str, locale: JsValue) -> Result<Widget, JsValue> {
    words::set(locale);
    let attributes = json::texts(settings).ok_or("The chat’s settings can’t be read.")?;
    let settings = Settings::read(attributes)?;
    let on_close = Callback::from({
        let panel = panel.clone();
        move |()| announce_close(&panel)
    });
    let app = Renderer::<App>::with_root_and_props(
        panel.clone().into(),
        AppProps { settings, panel: panel.clone(), on_close },
    )
    .render();
    Ok(Widget { panel, app })
}

#[wasm_bindgen]
impl Widget {
    /// The panel has been opened: the focus belongs in the input, or on the tab that is open.
    pub fn shown(&self) {
        let panel = self.panel.clone();
        // What was mounted a moment ago is rendered before this runs.
        spawn_local(async move {
            let target = [".composer textarea", "[role=tab][aria-selected=true]"]
                .iter()
                .find_map(|selector| panel.query_selector(selector).ok().flatten());
            if let Some(element) = target.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
                // A browser that refuses the focus has a reason; the panel works without.
                let _ = element.focus();
            }
        });
    }

    /// The element is gone for good: everything ends that runs for it.
    pub fn destroy(self) {
        self.app.destroy();
    }
}

/// Tells the loader, which owns the panel, that the visitor closes it.
fn announce_close(panel: &HtmlElement) {
    let init = CustomEventInit::new();
    init.set_bubbles(true);
    if let Ok(event) = CustomEvent::new_with_event_init_dict("candor-close", &init) {
        let _ = panel.dispatch_event(&event);
    }
}
