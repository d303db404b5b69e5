//! What a visitor can do with everything that is kept of them: take it along, or have it deleted.

use yew::prelude::*;

use super::export::Form;

/// See [`YourData`].
#[derive(PartialEq, Properties)]
pub struct YourDataProps {
    /// Everything is downloaded.
    pub on_export: Callback<Form>,
    /// Everything is deleted.
    pub on_forget: Callback<()>,
}

/// The end of the list. Deleting takes a second word.
#[component]
pub fn YourData(props: &YourDataProps) -> Html {
    let is_sure = use_state(|| false);
    let set = |to: bool| {
        let is_sure = is_sure.clone();
        move |_| is_sure.set(to)
    };
    let export = |form: Form| {
        let on_export = props.on_export.clone();
        move |_| on_export.emit(form)
    };
    if *is_sure {
        let on_forget = props.on_forget.clone();
        return html! {
            <div class="mine" role="group" aria-label="Delete everything">
                <p>{ "Delete all your conversations for good?" }</p>
                <button type="button" class="button bad" onclick={move |_| on_forget.emit(())}>{ "Delete everything" }</button>
                <button type="button" class="link" onclick={set(false)}>{ "Keep" }</button>
            </div>
        };
    }
    html! {
        <div class="mine" role="group" aria-label="Your data">
            <p>{ "Your conversations" }</p>
            <button type="button" class="link" onclick={export(Form::Markdown)}>{ "Download as text" }</button>
            <button type="button" class="link" onclick={export(Form::Json)}>{ "Download as JSON" }</button>
            <button type="button" class="link" onclick={set(true)}>{ "Delete everything" }</button>
        </div>
    }
}
