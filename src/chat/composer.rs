//! The input, and the buttons that send and stop. Enter sends, Shift and Enter makes a line; on a keyboard on the screen, which
//! has no such pair of keys, Enter makes a line (`www/page/keyboard.js`). The input is never dead: while a reply is written, and after
//! any failure, the visitor can go on typing, and send what is said in its turn.

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, HtmlTextAreaElement, KeyboardEvent};
use yew::{Callback, Html, NodeRef};

use crate::element::{Element, element, fragment, is_composing, optional};
use crate::lazy;
use crate::session::Session;
use crate::session::state::State;
use crate::shell::icon::{Icon, icon};
use crate::words::Core;

/// The input at the foot of the Chat tab.
pub fn view(session: &Session, state: &State, input: &NodeRef) -> Html {
    let surplus = state.surplus_characters();
    let text = element!(
        "textarea",
        "rows" = "1",
        "aria-label" = Core::Message,
        "aria-invalid" = if surplus > 0 { "true" } else { "false" },
        "aria-describedby" = (surplus > 0).then_some("candor-over"),
        "placeholder" = Core::Message,
        "dir" = "auto",
    )
    .reference(input)
    .value(state.draft.clone())
    .on("input", session.callback(on_input))
    .on_keydown(session.callback(on_keydown));
    let is_empty = state.draft.trim().is_empty();
    let stop = state.replying().then(|| action(session, input, Core::Stop, &Icon::STOP, true, Session::stop));
    // While an answer is written, it comes with the words that it would send.
    let send = (stop.is_none() || !is_empty)
        .then(|| action(session, input, Core::Send, &Icon::SEND, state.can_send(), submit));
    // The hidden copy of the text makes the row as high as its lines.
    let row = element!("div", "class" = "growing", "data-text" = [&state.draft, " "].concat()).child(text);
    let too_long = lazy::conversation::loaded().filter(|_| surplus > 0);
    let too_long = too_long.map(|part| (part.too_long)(surplus));
    // No form: a sandboxed frame may have none.
    let composer = element!("div", "class" = "composer").child(row).maybe(stop).maybe(send);
    fragment(vec![composer.into(), optional(too_long)])
}

/// A button that does something, and leaves the focus in the input.
fn action(
    session: &Session,
    input: &NodeRef,
    name: Core,
    sign: &'static Icon,
    is_possible: bool,
    act: fn(&Session),
) -> Element {
    let (session, input) = (session.clone(), input.clone());
    let on_click = Callback::from(move |_| {
        act(&session);
        if let Some(input) = input.cast::<HtmlElement>() {
            let _ = input.focus();
        }
    });
    element!(
        "button",
        "type" = "button",
        "class" = "send",
        "aria-label" = name,
        "title" = name,
        "disabled" = !is_possible,
    )
    .on_click(on_click)
    .child(icon(sign))
}

fn on_input(session: &Session, event: Event) {
    if let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok()) {
        session.write(input.value());
    }
}

fn on_keydown(session: &Session, event: Event) {
    let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
    // While an input method composes a character, Enter chooses it.
    if event.key() == "Enter" && !event.shift_key() && !is_composing(event) {
        event.prevent_default();
        submit(session);
    }
}

fn submit(session: &Session) {
    let state = session.state();
    if state.can_send() {
        session.send(state.draft.clone());
        session.write(String::new());
    }
}
