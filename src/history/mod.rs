//! The History tab: this visitor's conversations.

pub mod devices;
pub mod export;
pub mod item;
pub mod mine;

use candor_protocol::wire::Conversations;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::shell::icon::{Icon, icon};
use crate::session::state::{Devices, Loadable};
use devices::DevicesView;
use export::Form;
use item::Item;
use mine::YourData;

/// See [`History`].
#[derive(PartialEq, Properties)]
pub struct HistoryProps {
    /// The conversations, newest first.
    pub conversations: Loadable<Conversations>,
    /// The words that they have.
    pub search: AttrValue,
    /// Whether another page is on its way.
    pub listing: bool,
    /// The one that is open in the Chat tab.
    pub open: Option<String>,
    /// A new conversation begins.
    pub on_begin: Callback<()>,
    /// A conversation is opened, by its id.
    pub on_open: Callback<String>,
    /// A conversation gets another title: its id and the title.
    pub on_rename: Callback<(String, String)>,
    /// A conversation is deleted, by its id.
    pub on_delete: Callback<String>,
    /// The list is fetched again.
    pub on_reload: Callback<()>,
    /// Conversations with other words are looked for.
    pub on_search: Callback<String>,
    /// The next page is fetched.
    pub on_more: Callback<()>,
    /// Everything is downloaded.
    pub on_export: Callback<Form>,
    /// Everything is deleted.
    pub on_forget: Callback<()>,
    /// Whether the visitor may go on on another device.
    pub linking: bool,
    /// How far that is.
    pub devices: Devices,
    /// A code for another device is asked for.
    pub on_make_code: Callback<()>,
    /// The code of another device was entered.
    pub on_link: Callback<String>,
    /// Other devices are to be signed out.
    pub on_end_others: Callback<()>,
}

/// The History tab.
#[component]
pub fn History(props: &HistoryProps) -> Html {
    let on_seek = {
        let on_search = props.on_search.clone();
        move |event: InputEvent| on_search.emit(event.target_unchecked_into::<HtmlInputElement>().value())
    };
    let on_begin = props.on_begin.clone();
    html! {
        <>
            <div class="finder">
                <input
                    type="search"
                    aria-label="Search conversations"
                    placeholder="Search conversations"
                    value={&props.search}
                    oninput={on_seek}
                />
                <button type="button" class="button accent" aria-label="New conversation" onclick={move |_| on_begin.emit(())}>
                    { icon(Icon::New) }{ "New" }
                </button>
            </div>
            <div class="scroll">{ list(props) }</div>
        </>
    }
}

fn list(props: &HistoryProps) -> Html {
    let list = match &props.conversations {
        Loadable::Loading => return html! { <p class="quiet" role="status">{ "Loading…" }</p> },
        Loadable::Failed(problem) => {
            let on_reload = props.on_reload.clone();
            return html! {
                <div class="failure" role="alert">
                    <p><strong>{ &problem.title }</strong></p>
                    <p>{ "The conversations can’t be shown at the moment. They are not lost." }</p>
                    <p class="actions">
                        <button type="button" class="button" onclick={move |_| on_reload.emit(())}>{ "Retry" }</button>
                    </p>
                </div>
            };
        }
        Loadable::Ready(list) => list,
    };
    if list.conversations.is_empty() {
        let words = if props.search.trim().is_empty() {
            "No conversations yet. The first message starts one."
        } else {
            "No conversation has these words, in its title or its messages."
        };
        return html! { <><p class="quiet" role="status">{ words }</p>{ devices(props) }</> };
    }
    let on_more = props.on_more.clone();
    html! {
        <>
            <ul class="conversations" aria-label="Conversations">
                for conversation in &list.conversations {
                    <Item
                        key={conversation.id.clone()}
                        conversation={conversation.clone()}
                        open={props.open.as_ref() == Some(&conversation.id)}
                        on_open={&props.on_open}
                        on_rename={&props.on_rename}
                        on_delete={&props.on_delete}
                    />
                }
            </ul>
            if list.next.is_some() {
                <p class="more">
                    <button type="button" class="button" disabled={props.listing} onclick={move |_| on_more.emit(())}>
                        { if props.listing { "Loading…" } else { "Show earlier ones" } }
                    </button>
                </p>
            }
            if props.search.trim().is_empty() {
                <YourData on_export={&props.on_export} on_forget={&props.on_forget} />
            }
            { devices(props) }
        </>
    }
}

fn devices(props: &HistoryProps) -> Html {
    if !props.linking || !props.search.trim().is_empty() {
        return Html::default();
    }
    html! {
        <DevicesView
            devices={props.devices.clone()}
            on_make_code={&props.on_make_code}
            on_link={&props.on_link}
            on_end_others={&props.on_end_others}
        />
    }
}
