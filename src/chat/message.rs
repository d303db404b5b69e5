//! One message: the visitor's words in a bubble, the assistant's on the page.

use std::rc::Rc;

use candor_protocol::problem::Problem;
use candor_protocol::wire::{MessageStatus, Role};
use yew::prelude::*;

use super::failure::FailureCard;
use super::markdown;
use crate::session::state::Entry;

/// See [`MessageView`].
#[derive(PartialEq, Properties)]
pub struct MessageViewProps {
    /// The message.
    pub entry: Rc<Entry>,
    /// Whether it is the conversation's last, so that it can be asked for again.
    pub last: bool,
    /// The reply is asked for again.
    pub on_retry: Callback<()>,
    /// The assistant is asked to go on.
    pub on_continue: Callback<()>,
    /// A new conversation begins.
    pub on_begin: Callback<()>,
    /// "What happened?"
    pub on_explain: Callback<Problem>,
}

/// One message.
#[component]
pub fn MessageView(props: &MessageViewProps) -> Html {
    let message = &props.entry.message;
    if message.role == Role::User {
        return html! {
            <article class="message user" aria-label="You">
                <p>{ &message.content }</p>
            </article>
        };
    }
    let awaited = message.status == MessageStatus::Streaming && message.content.is_empty();
    html! {
        <article class="message assistant" aria-label="Assistant">
            if awaited {
                <p class="awaited" role="status">
                    <span class="dots" aria-hidden="true"><i /><i /><i /></span>
                    <span class="hidden">{ "Waiting for the answer" }</span>
                </p>
            } else if !message.content.is_empty() {
                <div class="markdown">{ markdown::render(&message.content) }</div>
            }
            if message.status == MessageStatus::Stopped {
                <p class="stopped">
                    { "Stopped." }
                    if props.last {
                        <button type="button" class="link" onclick={
                            let on_retry = props.on_retry.clone();
                            move |_| on_retry.emit(())
                        }>{ "Retry" }</button>
                    }
                </p>
            }
            if let Some(problem) = &message.error {
                <FailureCard
                    problem={problem.clone()}
                    last={props.last}
                    on_retry={&props.on_retry}
                    has_text={!message.content.is_empty()}
                    on_continue={&props.on_continue}
                    on_begin={&props.on_begin}
                    on_explain={&props.on_explain}
                />
            }
        </article>
    }
}
