//! One conversation in the list: opened by its row, renamed in place, deleted after a second word.

use candor_protocol::wire::{Conversation, TITLE_CHARS};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::session::Session;
use crate::session::state::Tab;
use crate::shell::icon::{Icon, icon};
use crate::time;

/// See [`Item`].
#[derive(PartialEq, Properties)]
pub struct ItemProps {
    /// The conversation.
    pub conversation: Conversation,
    /// Whether it is the one in the Chat tab.
    pub open: bool,
    /// What the visitor does.
    pub session: Session,
}

/// What is being done with the row.
#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Shown,
    Renaming,
    Deleting,
}

/// One row.
#[component]
pub fn Item(props: &ItemProps) -> Html {
    let mode = use_state(|| Mode::Shown);
    let field = use_node_ref();
    let title = shown_title(&props.conversation);
    // The field keeps its own text: a list that is fetched anew meanwhile does not undo what is being typed.
    use_effect_with(*mode, {
        let (field, title) = (field.clone(), title.clone());
        move |_| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                field.set_value(&title);
                let _ = field.focus();
                field.select();
            }
        }
    });
    let set = |to: Mode| {
        let mode = mode.clone();
        move |_| mode.set(to)
    };
    match *mode {
        Mode::Shown => html! {
            <li class="conversation">
                { row(props, &title) }
                <span class="tools">
                    <button type="button" class="plain" aria-label={format!("Rename {title}")} title="Rename" onclick={set(Mode::Renaming)}>
                        { Html::from(icon(Icon::Rename)) }
                    </button>
                    <button type="button" class="plain" aria-label={format!("Delete {title}")} title="Delete" onclick={set(Mode::Deleting)}>
                        { Html::from(icon(Icon::Delete)) }
                    </button>
                </span>
            </li>
        },
        Mode::Renaming => {
            let save = {
                let (mode, field) = (mode.clone(), field.clone());
                let (session, id) = (props.session.clone(), props.conversation.id.clone());
                Callback::from(move |()| {
                    let title =
                        field.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default();
                    if !title.trim().is_empty() {
                        session.rename(id.clone(), title.trim().to_owned());
                    }
                    mode.set(Mode::Shown);
                })
            };
            let on_keydown = {
                let (mode, save) = (mode.clone(), save.clone());
                move |event: KeyboardEvent| match event.key().as_str() {
                    "Escape" => {
                        // The panel would close.
                        event.stop_propagation();
                        mode.set(Mode::Shown);
                    }
                    "Enter" if !event.is_composing() => save.emit(()),
                    _ => {}
                }
            };
            html! {
                <li class="conversation">
                    // No form: a sandboxed frame may not submit one.
                    <div class="renaming">
                        <input
                            ref={field}
                            aria-label="Title"
                            maxlength={TITLE_CHARS.to_string()}
                            onkeydown={on_keydown}
                        />
                        <button type="button" class="button" onclick={move |_| save.emit(())}>{ "Save" }</button>
                        <button type="button" class="link" onclick={set(Mode::Shown)}>{ "Cancel" }</button>
                    </div>
                </li>
            }
        }
        Mode::Deleting => {
            let (session, id) = (props.session.clone(), props.conversation.id.clone());
            html! {
                <li class="conversation">
                    <div class="deleting" role="group" aria-label={format!("Delete {title}")}>
                        <p>{ format!("Delete “{title}” for good?") }</p>
                        <button type="button" class="button bad" onclick={move |_| session.delete(id.clone())}>{ "Delete" }</button>
                        <button type="button" class="link" onclick={set(Mode::Shown)}>{ "Keep" }</button>
                    </div>
                </li>
            }
        }
    }
}

fn row(props: &ItemProps, title: &str) -> Html {
    let conversation = &props.conversation;
    let (session, id) = (props.session.clone(), conversation.id.clone());
    html! {
        <button
            type="button"
            class="row"
            aria-current={props.open.then_some("true")}
            onclick={move |_| session.open(id.clone(), Tab::Chat)}
        >
            <span class="title">
                <span class="hidden">{ "Open " }</span>{ title }
                if conversation.unread {
                    <span class="unread"><span class="hidden">{ ", not read yet" }</span></span>
                }
            </span>
            <time>{ time::brief(conversation.updated_at) }</time>
            <span class="preview">{ &conversation.preview }</span>
        </button>
    }
}

/// The title, or a word for a conversation that has none yet.
fn shown_title(conversation: &Conversation) -> String {
    if conversation.title.trim().is_empty() {
        "New conversation".to_owned()
    } else {
        conversation.title.clone()
    }
}
