//! The messages, oldest first, and what an empty conversation says.

use std::rc::Rc;

use candor_protocol::wire::Role;
use yew::prelude::*;
use yew::virtual_dom::Key;

use super::message::MessageView;
use crate::element::{Element, element, memo};
use crate::lazy;
use crate::session::Session;
use crate::session::state::State;
use crate::shell::part::loading;
use crate::words::{self, Core};

/// How long a silence makes the next message start with the time, in milliseconds.
const LONG_SILENCE_MS: u64 = 60 * 60 * 1000;

/// The log.
pub fn view(session: &Session, state: &State, log: &NodeRef, on_scroll: Callback<Event>) -> Element {
    let first = if state.opening {
        Some(loading())
    } else if state.messages.is_empty() {
        greeting(session, state)
    } else {
        let part = lazy::conversation::loaded().filter(|_| state.earlier.is_some());
        part.map(|part| (part.earlier)(session, state))
    };
    let waiting = lazy::conversation::loaded().filter(|_| !state.waiting.is_empty());
    let waiting = waiting.map(|part| (part.waiting)(session, state));
    element!(
        "div",
        "class" = "log",
        "role" = "log",
        "aria-label" = Core::Messages,
        // An answer is announced once, when it is whole (`www/page/announcer.js`).
        "aria-live" = "off",
        "aria-busy" = if state.replying() { "true" } else { "false" },
        "tabindex" = "0",
    )
    .reference(log)
    .on("scroll", on_scroll)
    .maybe(first)
    .node(messages(session, state))
    .maybe(waiting)
}

/// What an empty conversation says.
fn greeting(session: &Session, state: &State) -> Option<Element> {
    let config = state.config.as_ref()?;
    // What can be sent by a click comes once it may be sent.
    let suggestions = config.suggestions.iter().filter(|_| state.consent.is_none()).map(|words| {
        let (session, message) = (session.clone(), words.clone());
        element!("button", "type" = "button", "class" = "suggestion")
            .on_click(Callback::from(move |_| session.send(message.clone())))
            .string(words)
    });
    let greeting = element!("p").string(&words::of_owner(&config.greeting));
    Some(element!("div", "class" = "greeting").child(greeting).children(suggestions))
}

fn messages(session: &Session, state: &State) -> Html {
    let last = state.messages.len().saturating_sub(1);
    let asks_for_feedback = session.asks_for_feedback();
    let mut before = 0;
    state
        .messages
        .iter()
        .enumerate()
        .map(|(at, entry)| {
            let time = entry.message.created_at;
            let pause = entry.message.role == Role::User && time.saturating_sub(before) > LONG_SILENCE_MS;
            before = time;
            let message = MessageView {
                session: session.clone(),
                entry: Rc::clone(entry),
                last: at == last,
                parts: state.parts_of_message(),
                has_diagnostics: state.has_diagnostics(),
                asks_for_feedback,
                begins: pause,
            };
            memo(message, Key::from(itoa::Buffer::new().format(entry.key)))
        })
        .collect()
}
