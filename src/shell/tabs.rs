//! The row of tabs, after the ARIA authoring practices: one stop for the Tab key, arrows within.

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement};

use crate::element::{Element, element, key_down};
use crate::json::get;
use crate::lazy;
use crate::session::Session;
use crate::session::state::{State, Tab};
use crate::words::Core;

/// The tabs in their order.
const TABS: [Tab; 3] = [Tab::Chat, Tab::History, Tab::Diagnostics];

/// Those that are there.
fn tabs(state: &State) -> &'static [Tab] {
    if state.has_diagnostics() { &TABS } else { &TABS[..2] }
}

/// A tab's name, and the id of the panel that it controls.
pub fn names(tab: Tab) -> (Core, &'static str) {
    match tab {
        Tab::Chat => (Core::Chat, "candor-chat"),
        Tab::History => (Core::History, "candor-history"),
        Tab::Diagnostics => (Core::Diagnostics, "candor-diagnostics"),
    }
}

/// The row of tabs.
pub fn view(session: &Session, state: &State) -> Element {
    let row = element!("div", "class" = "tabs", "role" = "tablist", "aria-label" = Core::Parts)
        .on_keydown(session.callback(on_keydown));
    // Each has a place of its own, so that none takes the place of another that somebody points at.
    let there = tabs(state);
    TABS.into_iter().fold(row, |row, tab| row.maybe(there.contains(&tab).then(|| one(session, state, tab))))
}

fn on_keydown(session: &Session, event: Event) {
    let state = session.state();
    let tabs = tabs(&state);
    let at = tabs.iter().position(|other| *other == state.tab).unwrap_or(0);
    // In a language that is written from the right the next tab stands on the left.
    let is_from_right = get(session.panel(), "dir") == "rtl";
    let to = match key_down(&event).unwrap_or_default().as_str() {
        key @ ("ArrowRight" | "ArrowLeft") => {
            let step = if (key == "ArrowLeft") == is_from_right { 1 } else { tabs.len() - 1 };
            (at + step) % tabs.len()
        }
        "Home" => 0,
        "End" => tabs.len() - 1,
        _ => return,
    };
    event.prevent_default();
    session.show(tabs[to]);
    let tab = event.target().and_then(|tab| tab.dyn_into::<HtmlElement>().ok());
    let row = tab.and_then(|tab| tab.parent_element());
    let target = row.and_then(|row| row.children().item(to as u32));
    if let Some(target) = target.and_then(|target| target.dyn_into::<HtmlElement>().ok()) {
        let _ = target.focus();
    }
}

fn one(session: &Session, state: &State, tab: Tab) -> Element {
    let (name, panel) = names(tab);
    let is_open = tab == state.tab;
    let unseen = (tab == Tab::Diagnostics && state.unseen > 0)
        .then(|| itoa::Buffer::new().format(state.unseen).to_owned());
    let open = session.callback_with(tab, |session, tab, _| session.show(tab));
    // Pointing at a tab fetches what it shows, a moment before it is wanted.
    let fetch = session.callback_with(tab, |session, tab, _| {
        if let Some(part) = tab.part() {
            session.want(part);
        }
    });
    element!(
        "button",
        "type" = "button",
        "class" = "tab",
        "role" = "tab",
        "id" = [panel, "-tab"].concat(),
        "aria-description" =
            unseen.as_ref().zip(lazy::conversation::loaded()).map(|(count, part)| (part.unseen)(count)),
        "aria-selected" = if is_open { "true" } else { "false" },
        "aria-controls" = panel,
        "tabindex" = if is_open { "0" } else { "-1" },
    )
    .on_click(open)
    .on("pointerenter", fetch.clone())
    .on("focus", fetch)
    .say(name)
    .maybe(unseen.map(|count| element!("span", "class" = "badge", "aria-hidden" = "true").string(&count)))
}
