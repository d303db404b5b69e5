use std::cell::RefCell;
use std::rc::Rc;

use candor::history::{History, HistoryProps};
use candor::shell::state::Loadable;
use candor_protocol::wire::Conversation;
use wasm_bindgen_test::*;
use yew::{Callback, Renderer};

use super::stage::{Stage, until};

type Heard = Rc<RefCell<Vec<String>>>;

fn conversation(id: &str, title: &str) -> Conversation {
    Conversation {
        id: id.into(),
        title: title.into(),
        preview: format!("about {id}"),
        created_at: 0,
        updated_at: 0,
    }
}

fn history(conversations: Vec<Conversation>) -> (Stage, Heard) {
    let stage = Stage::new();
    let heard = Heard::default();
    let hear = |what: &'static str| {
        let heard = heard.clone();
        Callback::from(move |text: String| heard.borrow_mut().push(format!("{what} {text}")))
    };
    let props = HistoryProps {
        conversations: Loadable::Ready(conversations),
        open: None,
        on_begin: hear("began").reform(|()| String::new()),
        on_open: hear("opened"),
        on_rename: hear("renamed").reform(|(id, title): (String, String)| format!("{id} {title}")),
        on_delete: hear("deleted"),
        on_reload: hear("reloaded").reform(|()| String::new()),
    };
    Renderer::<History>::with_root_and_props(stage.root.clone().into(), props).render();
    (stage, heard)
}

#[wasm_bindgen_test]
async fn an_empty_history_says_how_one_begins() {
    let (stage, heard) = history(vec![]);
    stage.says("No conversations yet.").await;
    stage.click("[aria-label='New conversation']").await;
    assert_eq!(*heard.borrow(), ["began "]);
}

#[wasm_bindgen_test]
async fn a_conversation_is_deleted_only_after_a_second_word() {
    let (stage, heard) = history(vec![conversation("c_1", "Seats")]);
    stage.click("[aria-label='Delete Seats']").await;
    stage.says("Delete “Seats” for good?").await;
    assert!(heard.borrow().is_empty());
    stage.click(".deleting .bad").await;
    assert_eq!(*heard.borrow(), ["deleted c_1"]);
}

#[wasm_bindgen_test]
async fn a_conversation_is_renamed_in_place() {
    let (stage, heard) = history(vec![conversation("c_1", "Seats")]);
    stage.click("[aria-label='Rename Seats']").await;
    stage.type_into("[aria-label=Title]", "Child seats").await;
    stage.click(".renaming [type=submit]").await;
    assert_eq!(*heard.borrow(), ["renamed c_1 Child seats"]);
}

#[wasm_bindgen_test]
async fn the_search_looks_at_titles_and_previews() {
    let (stage, _heard) = history(vec![conversation("c_1", "Seats"), conversation("c_2", "Helmets")]);
    stage.type_into("[type=search]", "HELM").await;
    until("one row", || (stage.count(".conversation") == 1).then_some(())).await;
    stage.says("Open Helmets").await;
    stage.type_into("[type=search]", "about c_1").await;
    stage.says("Open Seats").await;
}
