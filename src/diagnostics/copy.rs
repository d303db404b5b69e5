//! "Copy report".

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::transport::save;

/// See [`Copy`].
#[derive(PartialEq, Properties)]
pub struct CopyProps {
    /// Makes the text, once it is wanted.
    pub text: Callback<(), String>,
}

/// Copies the report. Where the browser refuses the clipboard, the text is shown to be copied by hand.
#[component]
pub fn Copy(props: &CopyProps) -> Html {
    let outcome = use_state(|| None::<Result<(), String>>);
    let onclick = {
        let (text, outcome) = (props.text.clone(), outcome.clone());
        move |_| {
            let (text, outcome) = (text.emit(()), outcome.clone());
            spawn_local(async move {
                outcome.set(Some(if save::copy(&text).await { Ok(()) } else { Err(text) }));
            });
        }
    };
    html! {
        <>
            <button type="button" class="button" {onclick}>{ "Copy report" }</button>
            if let Some(Ok(())) = &*outcome {
                <span class="copied" role="status">{ "Copied" }</span>
            } else if let Some(Err(text)) = &*outcome {
                <textarea class="by-hand" readonly={true} aria-label="Report" value={text.clone()} />
            }
        </>
    }
}
