//! The row of tabs, after the ARIA authoring practices: one stop for the Tab key, arrows within.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::session::Session;
use crate::session::state::{State, Tab};

/// The tabs in their order.
const TABS: [Tab; 3] = [Tab::Chat, Tab::History, Tab::Diagnostics];

/// A tab's name, and the id of the panel that it controls.
pub fn names(tab: Tab) -> (&'static str, &'static str) {
    match tab {
        Tab::Chat => ("Chat", "candor-chat"),
        Tab::History => ("History", "candor-history"),
        Tab::Diagnostics => ("Diagnostics", "candor-diagnostics"),
    }
}

/// The row of tabs.
pub fn view(session: &Session, state: &State) -> Html {
    html! {
        <div class="tabs" role="tablist" aria-label="Parts of the chat" onkeydown={session.callback(on_keydown)}>
            for tab in TABS {
                { one(session, state, tab) }
            }
        </div>
    }
}

fn on_keydown(session: &Session, event: KeyboardEvent) {
    let at = TABS.iter().position(|other| *other == session.state().tab).unwrap_or(0);
    let to = match event.key().as_str() {
        "ArrowRight" => (at + 1) % TABS.len(),
        "ArrowLeft" => (at + TABS.len() - 1) % TABS.len(),
        "Home" => 0,
        "End" => TABS.len() - 1,
        _ => return,
    };
    event.prevent_default();
    session.show(TABS[to]);
    let row = event.target_dyn_into::<HtmlElement>().and_then(|tab| tab.parent_element());
    let target = row.and_then(|row| row.children().item(to as u32));
    if let Some(target) = target.and_then(|target| target.dyn_into::<HtmlElement>().ok()) {
        let _ = target.focus();
    }
}

fn one(session: &Session, state: &State, tab: Tab) -> Html {
    let (name, panel) = names(tab);
    let selected = tab == state.tab;
    let unseen = (tab == Tab::Diagnostics && state.unseen > 0).then(|| state.unseen.to_string());
    let on_choose = {
        let session = session.clone();
        move |_| session.show(tab)
    };
    // Pointing at a tab fetches what it shows, a moment before it is wanted.
    let fetch = Callback::from({
        let session = session.clone();
        move |()| {
            if let Some(part) = tab.part() {
                session.want(part);
            }
        }
    });
    html! {
        <button
            type="button"
            class="tab"
            role="tab"
            id={[panel, "-tab"].concat()}
            aria-description={unseen.as_ref().map(|count| [count, " new"].concat())}
            aria-selected={if selected { "true" } else { "false" }}
            aria-controls={panel}
            tabindex={if selected { "0" } else { "-1" }}
            onclick={on_choose}
            onpointerenter={fetch.reform(|_| ())}
            onfocus={fetch.reform(|_| ())}
        >
            { name }
            if let Some(count) = unseen {
                <span class="badge" aria-hidden="true">{ count }</span>
            }
        </button>
    }
}
