//! The input, and the button that sends or stops. Enter sends, Shift and Enter makes a line. It is never dead: while a
//! reply is written, and after any failure, the visitor can go on typing.

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement, HtmlTextAreaElement, KeyboardEvent};
use yew::{Callback, Html, NodeRef};

use crate::element::{element, fragment, is_composing, optional};
use crate::session::Session;
use crate::session::state::{Action, State};
use crate::shell::icon::{Icon, icon};

/// The input at the foot of the Chat tab.
pub fn view(session: &Session, state: &State, input: &NodeRef) -> Html {
    let surplus = state.surplus_characters();
    let is_replying = state.replying();
    let on_click = {
        let (session, input) = (session.clone(), input.clone());
        Callback::from(move |_| {
            if session.state().replying() {
                session.stop();
            } else {
                submit(&session);
            }
            if let Some(input) = input.cast::<HtmlElement>() {
                let _ = input.focus();
            }
        })
    };
    let text = element!(
        "textarea",
        "rows" = "1",
        "aria-label" = "Message",
        "aria-invalid" = if surplus > 0 { "true" } else { "false" },
        "aria-describedby" = (surplus > 0).then_some("candor-over"),
        "placeholder" = "Message",
        "enterkeyhint" = "send",
        "dir" = "auto",
    )
    .reference(input)
    .value(state.draft.clone())
    .on("input", session.callback(on_input))
    .on_keydown(session.callback(on_keydown));
    let (key, name, sign) =
        if is_replying { ("stop", "Stop", Icon::Stop) } else { ("send", "Send", Icon::Send) };
    let button = element!(
        "button",
        "type" = "button",
        "class" = "send",
        "aria-label" = name,
        "title" = name,
        "disabled" = !is_replying && !state.can_send(),
    )
    .key(key)
    .on_click(on_click)
    .child(icon(sign));
    // The hidden copy of the text makes the row as high as its lines.
    let row = element!("div", "class" = "growing", "data-text" = [&state.draft, " "].concat()).child(text);
    let too_long = (surplus > 0).then(|| {
        element!("p", "class" = "over", "id" = "candor-over", "role" = "status")
            .string(itoa::Buffer::new().format(surplus))
            .text(" characters too long. Please shorten the message.")
    });
    // No form: a sandboxed frame may have none.
    let composer = element!("div", "class" = "composer").child(row).child(button);
    fragment(vec![composer.into(), optional(too_long)])
}

fn on_input(session: &Session, event: Event) {
    if let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok()) {
        session.dispatch(Action::Typed(input.value()));
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
    }
}
