//! Going on with the same conversations on another device, by a code.

use wasm_bindgen::JsValue;
use web_sys::Event;

use crate::element::{Element, element};
use crate::json::get;
use crate::session::Session;
use crate::session::state::Devices;
use crate::time;
use crate::words::{self, Core, History};

/// The part at the end of History.
pub fn view(session: &Session, devices: &Devices) -> Element {
    let is_waiting = *devices == Devices::Waiting;
    let actions = element!("p", "class" = "actions")
        .child(
            action("button", is_waiting)
                .on_click(session.callback(|session, _| session.make_code()))
                .say(History::GetCode),
        )
        .child(
            action("link", is_waiting)
                .on_click(session.callback(|session, _| session.end_others()))
                .say(History::SignOutOthers),
        );
    let field = element!(
        "input",
        "id" = "candor-code",
        "autocomplete" = "off",
        "autocapitalize" = "characters",
        "spellcheck" = "false",
        "maxlength" = "20",
    )
    .on_enter(session.callback(|session, event: Event| use_code(session, event.target().into())));
    let go_on = action("button", is_waiting)
        .on_click(session.callback(|session, event: Event| {
            use_code(session, get(&event.target().into(), "previousElementSibling"));
        }))
        .say(History::ContinueHere);
    // No form: a sandboxed frame may have none.
    element!("details", "class" = "devices", "open" = *devices != Devices::Idle)
        .child(element!("summary").say(History::Devices))
        .maybe(outcome(devices))
        .child(actions)
        .child(element!("label", "for" = "candor-code").say(History::CodeHere))
        .child(element!("span", "class" = "line").child(field).child(go_on))
}

/// Goes on with the code that stands in this field.
fn use_code(session: &Session, field: JsValue) {
    if let Some(code) = get(&field, "value").as_string().filter(|code| !code.trim().is_empty()) {
        session.link(code);
    }
}

/// A button that waits for what is under way.
fn action(class: &'static str, is_waiting: bool) -> Element {
    element!("button", "type" = "button", "class" = class, "disabled" = is_waiting)
}

fn outcome(devices: &Devices) -> Option<Element> {
    let status = || element!("p", "role" = "status");
    Some(match devices {
        Devices::Idle => return None,
        Devices::Waiting => element!("p", "class" = "quiet", "role" = "status").say(Core::Loading),
        Devices::Code(code) => {
            let until = time::clock(code.expires_at);
            status()
                .child(element!("strong", "class" = "code").string(&code.code))
                .text(" ")
                .string(&words::fill(History::CodeUntil, &[("time", &until)]))
        }
        Devices::Linked => status().say(History::Linked),
        Devices::OthersSignedOut => status().say(History::SignedOutOthers),
        Devices::Refused(problem) => element!("p", "role" = "alert")
            .child(element!("strong").string(&words::title(problem)))
            .text(" ")
            .string(&words::detail(problem)),
    })
}
