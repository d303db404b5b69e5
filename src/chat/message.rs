//! One message: the visitor's words in a bubble, the assistant's on the page.

use std::rc::Rc;

use candor_protocol::wire::{MessageStatus, Role};
use yew::prelude::*;

use super::failure::{self, FailureProps};
use crate::lazy;
use crate::session::Session;
use crate::session::state::{Entry, PartStatus};

/// See [`MessageView`].
#[derive(Properties)]
pub struct MessageProps {
    /// What the visitor does.
    pub session: Session,
    /// The message.
    pub entry: Rc<Entry>,
    /// Whether it is the conversation's last, so that it can be asked for again.
    pub last: bool,
    /// How far the parts are that messages need: Markdown, and the failure's card.
    pub parts: (PartStatus, PartStatus),
    /// The time that stands before it, after a long silence.
    pub moment: Option<AttrValue>,
}

impl PartialEq for MessageProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.entry, &other.entry)
            && self.last == other.last
            && self.parts == other.parts
            && self.moment == other.moment
    }
}

/// One message.
pub struct MessageView;

impl Component for MessageView {
    type Message = ();
    type Properties = MessageProps;

    fn create(_: &Context<Self>) -> Self {
        Self
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let props = context.props();
        let message = &props.entry.message;
        if message.role == Role::User {
            return html! {
                <>
                    if let Some(moment) = &props.moment {
                        <p class="moment">{ moment.clone() }</p>
                    }
                    <article class="message user" aria-label="You">
                        <p>{ message.content.clone() }</p>
                    </article>
                </>
            };
        }
        let session = &props.session;
        // What would be shown with its signs for a moment is awaited for that moment longer.
        let is_near = props.parts.0 == PartStatus::Loading;
        let awaited = message.status == MessageStatus::Streaming && (message.content.is_empty() || is_near);
        html! {
            <article class="message assistant" aria-label="Assistant">
                if awaited {
                    <p class="awaited" role="status">
                        <span class="dots" aria-hidden="true"><i /><i /><i /></span>
                        <span class="hidden">{ "Waiting for the answer" }</span>
                    </p>
                } else if !message.content.is_empty() {
                    <div class="markdown">{ text(props) }</div>
                }
                if message.status == MessageStatus::Stopped {
                    <p class="stopped">
                        { "Stopped." }
                        if props.last {
                            <button type="button" class="link" onclick={session.callback(|session, _| session.retry())}>{ "Retry" }</button>
                        }
                    </p>
                }
                if let Some(problem) = &message.error {
                    { card(&FailureProps { session: session.clone(), problem: problem.clone(), last: props.last, has_text: !message.content.is_empty() }) }
                }
            </article>
        }
    }
}

/// The assistant's words: as they were written until the part is here that renders them.
fn text(props: &MessageProps) -> Html {
    match lazy::markdown::loaded() {
        Some(part) => (part.view)(Rc::clone(&props.entry)),
        None => html! { <p class="plain-text">{ props.entry.message.content.clone() }</p> },
    }
}

/// The failure's card: its sentence and "Retry" until the part is here that says more.
fn card(props: &FailureProps) -> Html {
    match lazy::conversation::loaded() {
        Some(part) => (part.failure)(props),
        None => failure::sentence(props),
    }
}
