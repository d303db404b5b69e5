//! The input, and the button that sends or stops. Enter sends, Shift and Enter makes a line. It is never dead: while a
//! reply is written, and after any failure, the visitor can go on typing.

use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::shell::icon::{Icon, icon};

/// See [`Composer`].
#[derive(PartialEq, Properties)]
pub struct ComposerProps {
    /// What stands in the input.
    pub draft: AttrValue,
    /// Whether a reply is awaited or being written.
    pub replying: bool,
    /// The most characters that a message may have, once it is known.
    pub most: Option<usize>,
    /// The input was changed.
    pub on_type: Callback<String>,
    /// A message is sent.
    pub on_send: Callback<String>,
    /// The reply is stopped.
    pub on_stop: Callback<()>,
}

/// The input at the foot of the Chat tab.
#[component]
pub fn Composer(props: &ComposerProps) -> Html {
    let input = use_node_ref();
    let over = props.most.map_or(0, |most| props.draft.chars().count().saturating_sub(most));
    let can_send = !props.replying && !props.draft.trim().is_empty() && over == 0;

    let submit = {
        let (on_send, draft, input) = (props.on_send.clone(), props.draft.clone(), input.clone());
        move || {
            if can_send {
                on_send.emit(draft.to_string());
            }
            if let Some(input) = input.cast::<HtmlTextAreaElement>() {
                let _ = input.focus();
            }
        }
    };
    let on_input = {
        let on_type = props.on_type.clone();
        move |event: InputEvent| on_type.emit(event.target_unchecked_into::<HtmlTextAreaElement>().value())
    };
    let on_keydown = {
        let submit = submit.clone();
        move |event: KeyboardEvent| {
            // While an input method composes a character, Enter chooses it.
            if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
                event.prevent_default();
                submit();
            }
        }
    };
    let on_stop = {
        let (on_stop, input) = (props.on_stop.clone(), input.clone());
        move |_| {
            on_stop.emit(());
            if let Some(input) = input.cast::<HtmlTextAreaElement>() {
                let _ = input.focus();
            }
        }
    };
    html! {
        <>
        // No form: a sandboxed frame may have none.
        <div class="composer">
            // The hidden copy of the text makes the row as high as its lines.
            <div class="growing" data-text={format!("{} ", props.draft)}>
                <textarea
                    ref={input}
                    rows="1"
                    aria-label="Message"
                    aria-invalid={(over > 0).to_string()}
                    aria-describedby={(over > 0).then_some("candor-over")}
                    placeholder="Message"
                    enterkeyhint="send"
                    value={props.draft.clone()}
                    oninput={on_input}
                    onkeydown={on_keydown}
                />
            </div>
            if props.replying {
                <button type="button" key="stop" class="send" aria-label="Stop" title="Stop" onclick={on_stop}>{ icon(Icon::Stop) }</button>
            } else {
                <button type="button" key="send" class="send" aria-label="Send" title="Send" disabled={!can_send} onclick={move |_| submit()}>{ icon(Icon::Send) }</button>
            }
        </div>
        if over > 0 {
            <p class="over" id="candor-over" role="status">{ format!("{over} characters too long. Please shorten the message.") }</p>
        }
        </>
    }
}
