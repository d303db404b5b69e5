//! The History tab: this visitor's conversations.

pub mod devices;
pub mod export;
pub mod item;
pub mod your_data;

use std::rc::Rc;

use candor_protocol::problem::Problem;
use candor_protocol::wire::Conversations;
use web_sys::Event;
use yew::Html;
use yew::virtual_dom::Key;

use crate::chat::contact;
use crate::element::{Element, button, component, element, fragment, input_value, key_down, optional};
use crate::session::Session;
use crate::session::state::{Loadable, State};
use crate::shell::icon::{Icon, icon};
use crate::shell::part::{bold, loading};
use devices::{DevicesProps, DevicesView};
use item::{Item, ItemProps};
use your_data::{YourData, YourDataProps};

const NOTHING_FOUND: &str = "No conversation has these words, in its title or its messages.";
const NOTHING_FOUND_YET: &str = "None of the latest conversations has these words.";

/// The History tab.
pub fn view(session: &Session, state: &State) -> Html {
    let seek = session.callback(|session, event| {
        if let Some(words) = input_value(&event) {
            session.search(words);
        }
    });
    let field = element!(
        "input",
        "type" = "search",
        "aria-label" = "Search conversations",
        "placeholder" = "Search conversations",
    )
    .value(state.search.clone())
    .on("input", seek)
    .on_keydown(session.callback(on_search_key));
    let begin =
        element!("button", "type" = "button", "class" = "button accent", "aria-label" = "New conversation")
            .on_click(session.callback(|session, _| session.begin()))
            .child(icon(Icon::New))
            .text("New");
    let found = found(state);
    fragment(vec![
        element!("div", "class" = "finder").child(field).child(begin).into(),
        element!(
            "p",
            "class" = if [NOTHING_FOUND, NOTHING_FOUND_YET].contains(&&*found) { "quiet" } else { "hidden" },
            "role" = "status"
        )
        .string(&found)
        .into(),
        element!("div", "class" = "scroll").node(list(session, state)).into(),
    ])
}

/// Escape empties the search. An empty one has nothing to end, and Escape closes the chat.
fn on_search_key(session: &Session, event: Event) {
    if key_down(&event).as_deref() == Some("Escape") && !session.state().search.is_empty() {
        event.prevent_default();
        session.search(String::new());
    }
}

/// How many conversations a search has found. It is heard; that there is none is seen as well.
fn found(state: &State) -> String {
    let Loadable::Ready(list) = &state.conversations else { return String::new() };
    if state.search.trim().is_empty() {
        return String::new();
    }
    match list.conversations.len() {
        // A search has its time: the next page goes on where it had to end.
        0 if list.next.is_some() => NOTHING_FOUND_YET.to_owned(),
        0 => NOTHING_FOUND.to_owned(),
        1 => "1 conversation found".to_owned(),
        count => {
            let more = if list.next.is_some() { "more than " } else { "" };
            [more, &count.to_string(), " conversations found"].concat()
        }
    }
}

fn list(session: &Session, state: &State) -> Html {
    let list = match &state.conversations {
        Loadable::Loading => return loading().into(),
        Loadable::Failed(problem) => return failure(session, problem).into(),
        Loadable::Ready(list) => list,
    };
    let is_searching = !state.search.trim().is_empty();
    let linking = state.config.as_ref().is_some_and(|config| config.linking) && !is_searching;
    let devices = if linking {
        let properties = DevicesProps { session: session.clone(), devices: Rc::clone(&state.devices) };
        component::<DevicesView>(properties, None)
    } else {
        Html::default()
    };
    if list.conversations.is_empty() && list.next.is_none() {
        let quiet = (!is_searching).then(|| {
            element!("p", "class" = "quiet").text("No conversations yet. The first message starts one.")
        });
        return fragment(vec![optional(quiet), devices]);
    }
    let more = optional(list.next.as_ref().map(|_| more(session, state)));
    let your_data = if is_searching {
        Html::default()
    } else {
        component::<YourData>(YourDataProps { session: session.clone() }, None)
    };
    fragment(vec![items(session, state, list).into(), more, your_data, devices])
}

fn items(session: &Session, state: &State, list: &Conversations) -> Element {
    let items = list.conversations.iter().map(|conversation| {
        let properties = ItemProps {
            session: session.clone(),
            conversation: conversation.clone(),
            open: state.conversation.as_ref() == Some(&conversation.id),
        };
        component::<Item>(properties, Some(Key::from(conversation.id.as_str())))
    });
    element!("ul", "class" = "conversations", "aria-label" = "Conversations").node(fragment(items.collect()))
}

/// The button that puts older conversations after those that are shown.
fn more(session: &Session, state: &State) -> Element {
    let words = if state.listing { "Loading…" } else { "Show earlier ones" };
    let button = element!("button", "type" = "button", "class" = "button", "disabled" = state.listing)
        .on_click(session.callback(|session, _| session.list_more()))
        .text(words);
    element!("p", "class" = "more").child(button)
}

fn failure(session: &Session, problem: &Problem) -> Element {
    let failure = element!("div", "class" = "failure", "role" = "alert")
        .child(bold(&problem.title))
        .child(element!("p").text("The conversations can’t be shown at the moment. They are not lost."));
    let actions = element!("p", "class" = "actions");
    if problem.is_for_owner() {
        return failure
            .maybe(contact::number(&problem.reference))
            .child(actions.maybe(contact::link(session)));
    }
    let retry =
        button("button", "Retry").on_click(session.callback(|session, _| session.list_conversations()));
    failure.child(actions.child(retry))
}
