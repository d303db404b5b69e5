//! The History tab: this visitor's conversations.

pub mod devices;
pub mod export;
pub mod item;
pub mod your_data;

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
use crate::words::{self, Core, History, Word};
use item::{Item, ItemProps};
use your_data::{YourData, YourDataProps};

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
        "aria-label" = History::Search,
        "placeholder" = History::Search,
    )
    .value(state.search.clone())
    .on("input", seek)
    .on_keydown(session.callback(on_search_key));
    let begin = element!("button", "type" = "button", "class" = "button accent", "aria-label" = Core::Begin)
        .on_click(session.callback(|session, _| session.begin()))
        .child(icon(&Icon::NEW))
        .say(History::New);
    let (found, is_seen) = found(state);
    fragment(vec![
        element!("div", "class" = "finder").child(field).child(begin).into(),
        element!("p", "class" = if is_seen { "quiet" } else { "hidden" }, "role" = "status")
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

/// How many conversations a search has found, and whether that is seen: it is heard; that there is none is seen as well.
fn found(state: &State) -> (String, bool) {
    let Loadable::Ready(list) = &state.conversations else { return (String::new(), false) };
    if state.search.trim().is_empty() {
        return (String::new(), false);
    }
    let there_is_more = list.next.is_some();
    match list.conversations.len() {
        // A search has its time: the next page goes on where it had to end.
        0 if there_is_more => (History::FoundNoneYet.text().to_owned(), true),
        0 => (History::FoundNone.text().to_owned(), true),
        count => {
            let forms = if there_is_more { History::FoundMore } else { History::Found };
            (words::count(forms, count as u64, None), false)
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
    let devices = optional(linking.then(|| devices::view(session, &state.devices)));
    if list.conversations.is_empty() && list.next.is_none() {
        let quiet = (!is_searching).then(|| element!("p", "class" = "quiet").say(History::Empty));
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
    element!("ul", "class" = "conversations", "aria-label" = History::Conversations)
        .node(fragment(items.collect()))
}

/// The button that puts older conversations after those that are shown.
fn more(session: &Session, state: &State) -> Element {
    let words = if state.listing { Word::from(Core::Loading) } else { History::Earlier.into() };
    let button = element!("button", "type" = "button", "class" = "button", "disabled" = state.listing)
        .on_click(session.callback(|session, _| session.list_more()))
        .say(words);
    element!("p", "class" = "more").child(button)
}

fn failure(session: &Session, problem: &Problem) -> Element {
    let failure = element!("div", "class" = "failure", "role" = "alert")
        .child(bold(&words::title(problem)))
        .child(element!("p").say(History::Failed));
    let actions = element!("p", "class" = "actions");
    if problem.is_for_owner() {
        return failure
            .maybe(contact::number(&problem.reference))
            .child(actions.maybe(contact::link(session)));
    }
    let retry =
        button("button", Core::Retry).on_click(session.callback(|session, _| session.list_conversations()));
    failure.child(actions.child(retry))
}
