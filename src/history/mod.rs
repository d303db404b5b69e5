//! The History tab: this visitor's conversations.

pub mod archive;
pub mod devices;
pub mod export;
pub mod item;
pub mod your_data;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::session::Session;
use crate::session::state::{Loadable, State};
use crate::shell::icon::{Icon, icon};
use devices::DevicesView;
use item::Item;
use your_data::YourData;

/// The History tab.
pub fn view(session: &Session, state: &State) -> Html {
    let on_seek = session.callback(|session, event: InputEvent| {
        session.search(event.target_unchecked_into::<HtmlInputElement>().value());
    });
    html! {
        <>
            <div class="finder">
                <input
                    type="search"
                    aria-label="Search conversations"
                    placeholder="Search conversations"
                    value={state.search.clone()}
                    oninput={on_seek}
                />
                <button type="button" class="button accent" aria-label="New conversation" onclick={session.callback(|session, _| session.begin())}>
                    { icon(Icon::New) }{ "New" }
                </button>
            </div>
            <div class="scroll">{ list(session, state) }</div>
        </>
    }
}

fn list(session: &Session, state: &State) -> Html {
    let list = match &state.conversations {
        Loadable::Loading => return html! { <p class="quiet" role="status">{ "Loading…" }</p> },
        Loadable::Failed(problem) => {
            return html! {
                <div class="failure" role="alert">
                    <p><strong>{ &problem.title }</strong></p>
                    <p>{ "The conversations can’t be shown at the moment. They are not lost." }</p>
                    <p class="actions">
                        <button type="button" class="button" onclick={session.callback(|session, _| session.list_conversations())}>{ "Retry" }</button>
                    </p>
                </div>
            };
        }
        Loadable::Ready(list) => list,
    };
    if list.conversations.is_empty() {
        let words = if state.search.trim().is_empty() {
            "No conversations yet. The first message starts one."
        } else {
            "No conversation has these words, in its title or its messages."
        };
        return html! { <><p class="quiet" role="status">{ words }</p>{ devices(session, state) }</> };
    }
    html! {
        <>
            <ul class="conversations" aria-label="Conversations">
                for conversation in &list.conversations {
                    <Item
                        key={conversation.id.clone()}
                        session={session.clone()}
                        conversation={conversation.clone()}
                        open={state.conversation.as_ref() == Some(&conversation.id)}
                    />
                }
            </ul>
            if list.next.is_some() {
                <p class="more">
                    <button type="button" class="button" disabled={state.listing} onclick={session.callback(|session, _| session.list_more())}>
                        { if state.listing { "Loading…" } else { "Show earlier ones" } }
                    </button>
                </p>
            }
            if state.search.trim().is_empty() {
                <YourData session={session.clone()} />
            }
            { devices(session, state) }
        </>
    }
}

fn devices(session: &Session, state: &State) -> Html {
    let linking = state.config.as_ref().is_some_and(|config| config.linking);
    if !linking || !state.search.trim().is_empty() {
        return Html::default();
    }
    html! { <DevicesView session={session.clone()} devices={state.devices.clone()} /> }
}
