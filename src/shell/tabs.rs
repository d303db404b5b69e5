//! The row of tabs, after the ARIA authoring practices: one stop for the Tab key, arrows within.

use web_sys::HtmlElement;
use yew::prelude::*;

use super::state::Tab;

/// See [`Tabs`].
#[derive(PartialEq, Properties)]
pub struct TabsProps {
    /// The tab that is open.
    pub tab: Tab,
    /// How many failures have not been looked at.
    pub unseen: u32,
    /// A tab was chosen.
    pub on_choose: Callback<Tab>,
}

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
#[component]
pub fn Tabs(props: &TabsProps) -> Html {
    let row = use_node_ref();
    let on_keydown = {
        let (row, tab, on_choose) = (row.clone(), props.tab, props.on_choose.clone());
        move |event: KeyboardEvent| {
            let at = TABS.iter().position(|other| *other == tab).unwrap_or(0);
            let to = match event.key().as_str() {
                "ArrowRight" => (at + 1) % TABS.len(),
                "ArrowLeft" => (at + TABS.len() - 1) % TABS.len(),
                "Home" => 0,
                "End" => TABS.len() - 1,
                _ => return,
            };
            event.prevent_default();
            on_choose.emit(TABS[to]);
            let target = row.cast::<HtmlElement>().and_then(|row| row.children().item(to as u32));
            if let Some(target) =
                target.and_then(|target| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(target).ok())
            {
                let _ = target.focus();
            }
        }
    };
    html! {
        <div class="tabs" role="tablist" aria-label="Parts of the chat" ref={row} onkeydown={on_keydown}>
            for tab in TABS {
                { one(tab, props) }
            }
        </div>
    }
}

fn one(tab: Tab, props: &TabsProps) -> Html {
    let (name, panel) = names(tab);
    let selected = tab == props.tab;
    let on_choose = props.on_choose.clone();
    let unseen = (tab == Tab::Diagnostics && props.unseen > 0).then_some(props.unseen);
    html! {
        <button
            type="button"
            class="tab"
            role="tab"
            id={format!("{panel}-tab")}
            aria-description={unseen.map(|count| format!("{count} new"))}
            aria-selected={selected.to_string()}
            aria-controls={panel}
            tabindex={if selected { "0" } else { "-1" }}
            onclick={move |_| on_choose.emit(tab)}
        >
            { name }
            if let Some(count) = unseen {
                <span class="badge" aria-hidden="true">{ count }</span>
            }
        </button>
    }
}
