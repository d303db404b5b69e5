//! The Chat tab: the conversation that is open, and the input.

pub mod composer;
pub mod consent;
pub mod countdown;
pub mod failure;
pub mod markdown;
pub mod message;

use std::rc::Rc;

use candor_protocol::problem::Problem;
use candor_protocol::wire::{Config, Consent, Role};
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::session::state::Entry;
use crate::time;
use composer::Composer;
use consent::ConsentCard;
use message::MessageView;

/// See [`Chat`].
#[derive(PartialEq, Properties)]
pub struct ChatProps {
    /// What the proxy says of itself, once it has.
    pub config: Option<Config>,
    /// The conversation's messages, oldest first.
    pub messages: Vec<Rc<Entry>>,
    /// What stands in the input.
    pub draft: AttrValue,
    /// Whether a reply is awaited or being written.
    pub replying: bool,
    /// Whether the messages are on their way.
    pub opening: bool,
    /// What the visitor is asked to agree to first.
    pub consent: Option<Consent>,
    /// They agree.
    pub on_agree: Callback<()>,
    /// The input was changed.
    pub on_type: Callback<String>,
    /// A message is sent.
    pub on_send: Callback<String>,
    /// The reply is stopped.
    pub on_stop: Callback<()>,
    /// The last reply is asked for again.
    pub on_retry: Callback<()>,
    /// A new conversation begins.
    pub on_begin: Callback<()>,
    /// "What happened?"
    pub on_explain: Callback<Problem>,
}

/// How near the end, in pixels, a visitor who reads along is.
const NEAR_END_PX: i32 = 48;

/// How long a silence makes the next message start with the time, in milliseconds.
const LONG_SILENCE_MS: u64 = 60 * 60 * 1000;

/// The Chat tab.
#[component]
pub fn Chat(props: &ChatProps) -> Html {
    let log = use_node_ref();
    // A visitor who has scrolled up to read is left there.
    let follows = use_mut_ref(|| true);
    use_effect({
        let (log, follows) = (log.clone(), follows.clone());
        move || {
            if let Some(log) = log.cast::<HtmlElement>().filter(|_| *follows.borrow()) {
                log.set_scroll_top(log.scroll_height());
            }
        }
    });
    let on_scroll = {
        let follows = follows.clone();
        move |event: Event| {
            let log: HtmlElement = event.target_unchecked_into();
            *follows.borrow_mut() = log.scroll_height() - log.scroll_top() - log.client_height() < NEAR_END_PX;
        }
    };
    let on_send = {
        let on_send = props.on_send.clone();
        Callback::from(move |content| {
            *follows.borrow_mut() = true;
            on_send.emit(content);
        })
    };
    let notice = props.config.as_ref().map(|config| config.notice.clone()).unwrap_or_default();
    html! {
        <>
            <div class="log" role="log" aria-label="Messages" aria-busy={props.replying.to_string()} tabindex="0" ref={log} onscroll={on_scroll}>
                if props.opening {
                    <p class="quiet" role="status">{ "Loading…" }</p>
                } else if props.messages.is_empty() {
                    { greeting(props, &on_send) }
                }
                { messages(props, &on_send) }
            </div>
            if let Some(consent) = &props.consent {
                <ConsentCard consent={consent.clone()} on_agree={&props.on_agree} />
            } else {
                <Composer
                    draft={props.draft.clone()}
                    replying={props.replying}
                    most={props.config.as_ref().map(|config| config.message_chars)}
                    on_type={&props.on_type}
                    {on_send}
                    on_stop={&props.on_stop}
                />
            }
            if !notice.is_empty() {
                <p class="notice">{ notice }</p>
            }
        </>
    }
}

/// What an empty conversation says.
fn greeting(props: &ChatProps, on_send: &Callback<String>) -> Html {
    let Some(config) = &props.config else { return Html::default() };
    html! {
        <div class="greeting">
            <p>{ &config.greeting }</p>
            // What can be sent by a click comes once it may be sent.
            for suggestion in config.suggestions.iter().filter(|_| props.consent.is_none()) {
                <button type="button" class="suggestion" onclick={
                    let (on_send, suggestion) = (on_send.clone(), suggestion.clone());
                    move |_| on_send.emit(suggestion.clone())
                }>{ suggestion }</button>
            }
        </div>
    }
}

/// What the visitor would say for an answer that broke off to go on.
const GO_ON: &str = "Please go on where you stopped.";

fn messages(props: &ChatProps, on_send: &Callback<String>) -> Html {
    let on_continue = on_send.reform(|()| GO_ON.to_owned());
    let last = props.messages.len().saturating_sub(1);
    let mut before = 0;
    props
        .messages
        .iter()
        .enumerate()
        .map(|(at, entry)| {
            let time = entry.message.created_at;
            let pause = entry.message.role == Role::User && time.saturating_sub(before) > LONG_SILENCE_MS;
            before = time;
            html! {
                <key={entry.key}>
                    if pause {
                        <p class="moment">{ time::full(time) }</p>
                    }
                    <MessageView
                        entry={entry.clone()}
                        last={at == last}
                        on_retry={&props.on_retry}
                        on_continue={&on_continue}
                        on_begin={&props.on_begin}
                        on_explain={&props.on_explain}
                    />
                </>
            }
        })
        .collect()
}
