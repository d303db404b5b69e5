use std::cell::RefCell;
use std::rc::Rc;

use candor::history::{History, HistoryProps};
use candor::session::state::{Devices, Loadable};
use candor_protocol::wire::{Conversation, Conversations};
use wasm_bindgen_test::*;
use yew::{AttrValue, Callback, Renderer};

use super::stage::{Stage, until};

type Heard = Rc<RefCell<Vec<String>>>;

fn conversation(id: &str, title: &str) -> Conversation {
    Conversation {
        id: id.into(),
        title: title.into(),
        preview: format!("about {id}"),
        created_at: 0,
        updated_at: 0,
        unread: id == "c_2",
    }
}

fn history(conversations: Vec<Conversation>) -> (Stage, Heard) {
    shown(conversations, None)
}

fn shown(conversations: Vec<Conversation>, next: Option<&str>) -> (Stage, Heard) {
    let stage = Stage::new();
    let peer_activity = Heard::default();
    let on_tab_message = |what: &'static str| {
        let peer_activity = peer_activity.clone();
        Callback::from(move |text: String| peer_activity.borrow_mut().push(format!("{what} {text}")))
    };
    let props = HistoryProps {
        conversations: Loadable::Ready(Conversations { conversations, next: next.map(str::to_owned) }),
        search: AttrValue::from(""),
        listing: false,
        open: None,
        on_begin: on_tab_message("began").reform(|()| String::new()),
        on_open: on_tab_message("opened"),
        on_rename: on_tab_message("renamed").reform(|(id, title): (String, String)| format!("{id} {title}")),
        on_delete: on_tab_message("deleted"),
        on_reload: on_tab_message("reloaded").reform(|()| String::new()),
        on_search: on_tab_message("searched"),
        on_more: on_tab_message("more").reform(|()| String::new()),
        on_export: on_tab_message("exported").reform(|form| format!("{form:?}")),
        on_forget: on_tab_message("forgot").reform(|()| String::new()),
        linking: false,
        devices: Devices::Idle,
        on_make_code: Callback::noop(),
        on_link: Callback::noop(),
        on_end_others: Callback::noop(),
    };
    Renderer::<History>::with_root_and_props(stage.root.clone().into(), props).render();
    (stage, peer_activity)
}

#[wasm_bindgen_test]
async fn an_empty_history_says_how_one_begins() {
    let (stage, peer_activity) = history(vec![]);
    stage.says("No conversations yet.").await;
    stage.click("[aria-label='New conversation']").await;
    assert_eq!(*peer_activity.borrow(), ["began "]);
}

#[wasm_bindgen_test]
async fn a_conversation_is_deleted_only_after_a_second_word() {
    let (stage, peer_activity) = history(vec![conversation("c_1", "Seats")]);
    stage.click("[aria-label='Delete Seats']").await;
    stage.says("Delete “Seats” for good?").await;
    assert!(peer_activity.borrow().is_empty());
    stage.click(".deleting .bad").await;
    assert_eq!(*peer_activity.borrow(), ["deleted c_1"]);
}

#[wasm_bindgen_test]
async fn a_conversation_is_renamed_in_place() {
    let (stage, peer_activity) = history(vec![conversation("c_1", "Seats")]);
    stage.click("[aria-label='Rename Seats']").await;
    stage.type_into("[aria-label=Title]", "Child seats").await;
    stage.click(".renaming .button").await;
    assert_eq!(*peer_activity.borrow(), ["renamed c_1 Child seats"]);
}

#[wasm_bindgen_test]
async fn the_search_is_the_proxys() {
    let (stage, peer_activity) = history(vec![conversation("c_1", "Seats")]);
    stage.type_into("[type=search]", "HELM").await;
    until("the words", || (*peer_activity.borrow() == ["searched HELM"]).then_some(())).await;
}

#[wasm_bindgen_test]
async fn earlier_conversations_come_page_by_page() {
    let (stage, peer_activity) = shown(vec![conversation("c_1", "Seats")], Some("7"));
    stage.click(".more button").await;
    assert_eq!(*peer_activity.borrow(), ["more "]);
}

#[wasm_bindgen_test]
async fn what_is_unread_is_marked() {
    let (stage, _heard) = history(vec![conversation("c_1", "Seats"), conversation("c_2", "Helmets")]);
    stage.says("Helmets, not read yet").await;
    assert_eq!(stage.count(".unread"), 1);
}

#[wasm_bindgen_test]
async fn everything_is_taken_along_or_deleted_after_a_second_word() {
    let (stage, peer_activity) = history(vec![conversation("c_1", "Seats")]);
    stage.click(".mine button:nth-of-type(1)").await;
    stage.click(".mine button:nth-of-type(2)").await;
    stage.click(".mine button:nth-of-type(3)").await;
    stage.says("Delete all your conversations for good?").await;
    assert_eq!(*peer_activity.borrow(), ["exported Markdown", "exported Json"]);
    stage.click(".mine .bad").await;
    assert_eq!(peer_activity.borrow().last().map(String::as_str), Some("forgot "));
}
