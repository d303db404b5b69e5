//! Rehearsing: every cause of the catalogue, played as a visitor would meet it.

use candor_diagnosis::catalogue::ALL;
use candor_protocol::cause::Link;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// See [`Rehearse`].
#[derive(PartialEq, Properties)]
pub struct RehearseProps {
    /// A cause is to be played, by its id.
    pub on_rehearse: Callback<String>,
}

/// A choice of causes, link by link.
#[component]
pub fn Rehearse(props: &RehearseProps) -> Html {
    let choice = use_node_ref();
    let on_click = {
        let (choice, on_rehearse) = (choice.clone(), props.on_rehearse.clone());
        move |_| {
            if let Some(choice) = choice.cast::<HtmlSelectElement>() {
                on_rehearse.emit(choice.value());
            }
        }
    };
    html! {
        <section class="rehearse" aria-label="Rehearse a failure">
            <h3>{ "Rehearse a failure" }</h3>
            <span class="line">
                <select ref={choice} aria-label="Cause">
                    for link in Link::ALL {
                        <optgroup label={link.name()}>
                            for entry in ALL.iter().filter(|entry| entry.cause.link == link) {
                                <option value={entry.id()}>{ entry.name }</option>
                            }
                        </optgroup>
                    }
                </select>
                <button type="button" class="button" onclick={on_click}>{ "Rehearse" }</button>
            </span>
            <p class="plainly">{ "It is played in a conversation of its own, and told as a visitor would meet it." }</p>
        </section>
    }
}
