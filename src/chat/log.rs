//! The messages, oldest first, and what an empty conversation says.

use candor_protocol::wire::Role;
use yew::prelude::*;

use super::message::MessageView;
use crate::session::Session;
use crate::session::state::State;
use crate::time;

/// How long a silence makes the next message start with the time, in milliseconds.
const LONG_SILENCE_MS: u64 = 60 * 60 * 1000;

/// The log.
pub fn view(session: &Session, state: &State, log: &NodeRef, on_scroll: Callback<Event>) -> Html {
    html! {
        <div class="log" role="log" aria-label="Messages" aria-busy={state.replying().to_string()} tabindex="0" ref={log} onscroll={on_scroll}>
            if state.opening {
                <p class="quiet" role="status">{ "Loading…" }</p>
            } else if state.messages.is_empty() {
                { greeting(session, state) }
            } else if state.earlier.is_some() {
                <p class="more">
                    <button type="button" class="button" disabled={state.opening_earlier} onclick={session.callback(|session, _| session.open_earlier())}>
                        { if state.opening_earlier { "Loading…" } else { "Show earlier messages" } }
                    </button>
                </p>
            }
            { messages(session, state) }
        </div>
    }
}

/// What an empty conversation says.
fn greeting(session: &Session, state: &State) -> Html {
    let Some(config) = &state.config else { return Html::default() };
    html! {
        <div class="greeting">
            <p>{ config.greeting.clone() }</p>
            // What can be sent by a click comes once it may be sent.
            for suggestion in config.suggestions.iter().filter(|_| state.consent.is_none()) {
                <button type="button" class="suggestion" onclick={
                    let (session, suggestion) = (session.clone(), suggestion.clone());
                    move |_| session.send(suggestion.clone())
                }>{ suggestion.clone() }</button>
            }
        </div>
    }
}

fn messages(session: &Session, state: &State) -> Html {
    let last = state.messages.len().saturating_sub(1);
    let mut before = 0;
    state
        .messages
        .iter()
        .enumerate()
        .map(|(at, entry)| {
            let time = entry.message.created_at;
            let pause = entry.message.role == Role::User && time.saturating_sub(before) > LONG_SILENCE_MS;
            before = time;
            html! {
                <MessageView
                    key={entry.key}
                    session={session.clone()}
                    entry={entry.clone()}
                    last={at == last}
                    parts={state.parts_of_message()}
                    moment={pause.then(|| AttrValue::from(time::full(time)))}
                />
            }
        })
        .collect()
}
