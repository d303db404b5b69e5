//! What a visitor can do with everything that is kept of them: take it along, or have it deleted.

use yew::prelude::*;

use super::export::Form;
use crate::session::Session;

/// See [`YourData`].
#[derive(PartialEq, Properties)]
pub struct YourDataProps {
    /// What the visitor does.
    pub session: Session,
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
        let session = props.session.clone();
        move |_| session.export(form)
    };
    if *is_sure {
        let session = props.session.clone();
        return html! {
            <div class="mine" role="group" aria-label="Delete everything">
                <p>{ "Delete all your conversations for good?" }</p>
                <button type="button" class="button bad" onclick={move |_| session.forget()}>{ "Delete everything" }</button>
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
