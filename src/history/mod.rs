//! The History tab: this visitor's conversations.

pub mod item;

use candor_protocol::wire::Conversation;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::shell::icon::{Icon, icon};
use crate::shell::state::Loadable;
use item::Item;

/// See [`History`].
#[derive(PartialEq, Properties)]
pub struct HistoryProps {
    /// The conversations, newest first.
    pub conversations: Loadable<Vec<Conversation>>,
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
}

/// The History tab.
#[component]
pub fn History(props: &HistoryProps) -> Html {
    let sought = use_state(String::new);
    let on_seek = {
        let sought = sought.clone();
        move |event: InputEvent| sought.set(event.target_unchecked_into::<HtmlInputElement>().value())
    };
    let on_begin = props.on_begin.clone();
    html! {
        <>
            <div class="finder">
                <input
                    type="search"
                    aria-label="Search conversations"
                    placeholder="Search conversations"
                    value={(*sought).clone()}
                    oninput={on_seek}
                />
                <button type="button" class="button accent" aria-label="New conversation" onclick={move |_| on_begin.emit(())}>
                    { icon(Icon::New) }{ "New" }
                </button>
            </div>
            <div class="scroll">{ list(props, &sought) }</div>
        </>
    }
}

fn list(props: &HistoryProps, sought: &str) -> Html {
    let conversations = match &props.conversations {
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
        Loadable::Ready(conversations) => conversations,
    };
    let found: Vec<_> = conversations.iter().filter(|conversation| has(conversation, sought)).collect();
    if found.is_empty() {
        let words = if conversations.is_empty() {
            "No conversations yet. The first message starts one."
        } else {
            "No conversation’s title or latest message has these words."
        };
        return html! { <p class="quiet">{ words }</p> };
    }
    html! {
        <ul class="conversations" aria-label="Conversations">
            for conversation in found {
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
    }
}

/// Whether title or preview hold what is sought, in upper or lower case.
fn has(conversation: &Conversation, sought: &str) -> bool {
    let sought = sought.trim().to_lowercase();
    conversation.title.to_lowercase().contains(&sought)
        || conversation.preview.to_lowercase().contains(&sought)
}
