//! The input, and the button that sends or stops. Enter sends, Shift and Enter makes a line. It is never dead: while a
//! reply is written, and after any failure, the visitor can go on typing.

use web_sys::{HtmlElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::session::Session;
use crate::session::state::{Action, State};
use crate::shell::icon::{Icon, icon};

/// The input at the foot of the Chat tab.
pub fn view(session: &Session, state: &State, input: &NodeRef) -> Html {
    let over = state.surplus_characters();
    let replying = state.replying();
    let can_send = state.can_send();
    let on_input = session.callback(|session, event: InputEvent| {
        session.dispatch(Action::Typed(event.target_unchecked_into::<HtmlTextAreaElement>().value()));
    });
    let on_keydown = session.callback(|session, event: KeyboardEvent| {
        // While an input method composes a character, Enter chooses it.
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            submit(session);
        }
    });
    let on_click = {
        let (session, input) = (session.clone(), input.clone());
        move |_| {
            if session.state().replying() {
                session.stop();
            } else {
                submit(&session);
            }
            if let Some(input) = input.cast::<HtmlElement>() {
                let _ = input.focus();
            }
        }
    };
    let (key, name, sign) =
        if replying { ("stop", "Stop", Icon::Stop) } else { ("send", "Send", Icon::Send) };
    html! {
        <>
        // No form: a sandboxed frame may have none.
        <div class="composer">
            // The hidden copy of the text makes the row as high as its lines.
            <div class="growing" data-text={[&state.draft, " "].concat()}>
                <textarea
                    ref={input}
                    rows="1"
                    aria-label="Message"
                    aria-invalid={if over > 0 { "true" } else { "false" }}
                    aria-describedby={(over > 0).then_some("candor-over")}
                    placeholder="Message"
                    enterkeyhint="send"
                    value={state.draft.clone()}
                    oninput={on_input}
                    onkeydown={on_keydown}
                />
            </div>
            <button type="button" {key} class="send" aria-label={name} title={name} disabled={!replying && !can_send} onclick={on_click}>{ icon(sign) }</button>
        </div>
        if over > 0 {
            <p class="over" id="candor-over" role="status">{ over }{ " characters too long. Please shorten the message." }</p>
        }
        </>
    }
}

fn submit(session: &Session) {
    let state = session.state();
    if state.can_send() {
        session.send(state.draft.clone());
    }
}
