use std::cell::RefCell;
use std::rc::Rc;

use candor::history;
use candor::history::export::{self, Exported, Form};
use candor::session::Session;
use candor::session::state::history::HistoryAction;
use candor_protocol::wire::{Conversation, Conversations, Message, MessageStatus, Role};
use wasm_bindgen_test::*;
use yew::Html;

use super::stage::{Fetch, Stage, respond, until};

/// What was asked of the proxy.
type Requests = Rc<RefCell<Vec<String>>>;

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

/// History with these conversations, before a proxy that does what it is asked.
struct Scene {
    stage: Stage,
    session: Session,
    requests: Requests,
    _fetch: Fetch,
}

impl Scene {
    async fn new(conversations: Vec<Conversation>, next: Option<&str>) -> Self {
        let requests = Requests::default();
        let asked = Rc::clone(&requests);
        let fetch = Fetch::answer(move |method, url| {
            let path = url.split("/candor/v1").nth(1).unwrap_or_default().to_owned();
            if method == "POST" && path == "/visitors" {
                return respond(201, "application/json", r#"{"token":"ct_0a1b","created_at":1}"#);
            }
            asked.borrow_mut().push(format!("{method} {path}"));
            respond(200, "application/json", ANSWER)
        });
        let stage = Stage::new();
        let view: fn(&Session) -> Html = |session| history::view(session, &session.state());
        let session = stage.show("history", view).await;
        let page = Ok(Conversations { conversations, next: next.map(str::to_owned) });
        session.dispatch(HistoryAction::Listed { search: String::new(), is_more: false, page });
        Self { stage, session, requests, _fetch: fetch }
    }

    async fn asks(&self, request: &str) {
        until(request, || self.requests.borrow().iter().any(|asked| asked == request).then_some(())).await;
    }
}

/// It is read as a conversation, as a list of them, as messages and as the proxy's settings.
const ANSWER: &str = r#"{"id":"c_1","title":"Child seats","preview":"","created_at":1,"updated_at":1,"conversations":[],
    "messages":[],"subtitle":"","greeting":"","notice":"","diagnostics":"off","message_chars":9,"version":"1","time":1}"#;

#[wasm_bindgen_test]
async fn an_empty_history_says_how_one_begins() {
    let scene = Scene::new(vec![], None).await;
    scene.stage.says("No conversations yet.").await;
    let epoch = scene.session.state().epoch;
    scene.stage.click("[aria-label='New conversation']").await;
    assert_eq!(scene.session.state().epoch, epoch + 1);
}

#[wasm_bindgen_test]
async fn a_conversation_is_deleted_only_after_a_second_word() {
    let scene = Scene::new(vec![conversation("c_1", "Seats")], None).await;
    scene.stage.click("[aria-label='Delete Seats']").await;
    scene.stage.says("Delete “Seats” for good?").await;
    assert!(scene.requests.borrow().is_empty());
    scene.stage.click(".deleting .bad").await;
    scene.asks("DELETE /conversations/c_1").await;
    scene.stage.says("No conversations yet.").await;
}

#[wasm_bindgen_test]
async fn a_conversation_is_renamed_in_place() {
    let scene = Scene::new(vec![conversation("c_1", "Seats")], None).await;
    scene.stage.click("[aria-label='Rename Seats']").await;
    scene.stage.type_into("[aria-label=Title]", "Child seats").await;
    scene.stage.click(".renaming .button").await;
    scene.asks("PATCH /conversations/c_1").await;
    scene.stage.says("Child seats").await;
}

#[wasm_bindgen_test]
async fn the_search_is_the_proxys() {
    let scene = Scene::new(vec![conversation("c_1", "Seats")], None).await;
    scene.stage.type_into("[type=search]", "HELM").await;
    scene.asks("GET /conversations?search=HELM").await;
}

#[wasm_bindgen_test]
async fn earlier_conversations_come_page_by_page() {
    let scene = Scene::new(vec![conversation("c_1", "Seats")], Some("7")).await;
    scene.stage.click(".more button").await;
    scene.asks("GET /conversations?before=7").await;
}

#[wasm_bindgen_test]
async fn what_is_unread_is_marked() {
    let scene = Scene::new(vec![conversation("c_1", "Seats"), conversation("c_2", "Helmets")], None).await;
    scene.stage.says("Helmets, not read yet").await;
    assert_eq!(scene.stage.count(".unread"), 1);
}

#[wasm_bindgen_test]
async fn everything_is_deleted_after_a_second_word() {
    let scene = Scene::new(vec![conversation("c_1", "Seats")], None).await;
    scene.stage.click(".your-data button:nth-of-type(3)").await;
    scene.stage.says("Delete all your conversations for good?").await;
    assert!(scene.requests.borrow().is_empty());
    // The visitor is known by a token, or there would be nothing to delete at the proxy.
    scene.session.client().storage().keep_token("ct_0a1b");
    scene.stage.click(".your-data .bad").await;
    scene.asks("DELETE /visitors").await;
    scene.stage.says("No conversations yet.").await;
}

#[wasm_bindgen_test]
fn an_export_as_json_has_each_conversation_with_its_messages() {
    let message = Message {
        id: "m_1".to_owned(),
        role: Role::Assistant,
        content: "The **blue** one.".to_owned(),
        status: MessageStatus::Complete,
        created_at: 1,
        error: None,
        rating: None,
    };
    let all = vec![Exported { conversation: conversation("c_1", "Seats"), messages: vec![message] }];
    let read: serde_json::Value = serde_json::from_str(&export::write(Form::Json, &all)).unwrap();
    assert_eq!(read[0]["conversation"]["title"], "Seats");
    assert_eq!(read[0]["messages"][0]["content"], "The **blue** one.");
}
