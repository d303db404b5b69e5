use std::cell::Cell;
use std::rc::Rc;

use candor::chat::countdown::{Countdown, CountdownProps};
use candor::mount;
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::*;
use web_sys::HtmlElement;

use super::stage::{Fetch, Stage, respond, until};

const CONFIG: &str = r#"{"title":"Harbour Cycles","subtitle":"Answers at once","greeting":"Good day.","suggestions":["Hello"],
    "notice":"","diagnostics":"full","provider":"demo","model":"demo","message_chars":100,"version":"0.1.0","time":1}"#;

const CONVERSATION: &str = r#"{"id":"c_1","title":"","preview":"","created_at":1,"updated_at":1}"#;

const MISSING_SCOPE: &str = r#"{"type":"urn:candor:problem:missing_scope","title":"The assistant can’t answer right now.",
    "detail":"Your message is kept.","status":502,"cause":"missing_scope","link":"provider","retryable":false,
    "reference":"CR-ABCDEFGH","time":1,"upstream":{"status":403,"type":"invalid_request_error",
    "message":"Missing scopes: model.request.","request_id":"req_1"}}"#;

/// A proxy that answers every message with this stream.
fn proxy(stream: &'static str) -> Fetch {
    Fetch::answer(move |method, url| match (method, url.rsplit('/').next().unwrap()) {
        ("GET", "config") => respond(200, "application/json", CONFIG),
        ("POST", "visitors") => respond(201, "application/json", r#"{"token":"ct_0a1b","created_at":1}"#),
        ("POST", "conversations") => respond(201, "application/json", CONVERSATION),
        ("POST", "messages") => respond(200, "text/event-stream", stream),
        other => panic!("{other:?}"),
    })
}

fn widget(stage: &Stage, endpoint: &str) -> candor::Widget {
    let settings = format!(r#"{{"endpoint":"https://{endpoint}.example/candor/v1"}}"#);
    mount(stage.root.clone(), &settings, JsValue::UNDEFINED).ok().unwrap()
}

const ANSWER: &str = r#"event: start
data: {"message":{"id":"m_1","role":"user","content":"Hello","created_at":1},"reply":{"id":"m_2","role":"assistant","content":"","status":"streaming","created_at":1}}

event: delta
data: {"content":"Good **day**"}

event: done
data: {"reply":{"id":"m_2","role":"assistant","content":"Good **day**","status":"complete","created_at":1}}

"#;

#[wasm_bindgen_test]
async fn a_message_is_answered() {
    let _proxy = proxy(ANSWER);
    let stage = Stage::new();
    let widget = widget(&stage, "answered");
    stage.says("Harbour Cycles").await;
    stage.says("Good day.").await;
    stage.type_into("textarea", "Hello").await;
    stage.click("[aria-label=Send]:not(:disabled)").await;
    let strong = stage.find(".assistant strong").await;
    assert_eq!(strong.text_content().unwrap(), "day");
    assert_eq!(stage.find(".user").await.text_content().unwrap().trim(), "Hello");
    widget.destroy();
    until("an empty panel", || (stage.count("*") == 0).then_some(())).await;
}

#[wasm_bindgen_test]
async fn a_failure_is_told_and_explained() {
    let stream =
        Box::leak(format!("event: error\ndata: {}\n\n", MISSING_SCOPE.replace('\n', "")).into_boxed_str());
    let _proxy = proxy(stream);
    let stage = Stage::new();
    let widget = widget(&stage, "failing");
    stage.says("Good day.").await;
    stage.type_into("textarea", "Hello").await;
    stage.click("[aria-label=Send]:not(:disabled)").await;
    stage.find(".failure[role=alert]").await;
    stage.says("The assistant can’t answer right now.").await;
    stage.click(".failure .link").await;
    stage.says("API Error Type: invalid_request_error Message: Missing scopes: model.request.").await;
    for fact in ["403", "req_1", "CR-ABCDEFGH"] {
        stage.says(fact).await;
    }
    widget.destroy();
}

#[wasm_bindgen_test]
async fn the_time_to_wait_is_counted_down() {
    let stage = Stage::new();
    let until = js_sys::Date::now() as u64 + 1_500;
    let props = CountdownProps { until, on_end: None };
    let app = yew::Renderer::<Countdown>::with_root_and_props(stage.root.clone().into(), props).render();
    stage.says("Try again in 2 seconds.").await;
    stage.says("You can try again now.").await;
    app.destroy();
}

#[wasm_bindgen_test]
async fn a_wait_of_hours_is_told_by_its_end() {
    let stage = Stage::new();
    // Noon of the day after tomorrow, by the clock of whoever reads it.
    let end = js_sys::Date::new_0();
    end.set_date(end.get_date() + 2);
    end.set_hours(12);
    end.set_minutes(5);
    let props = CountdownProps { until: end.get_time() as u64, on_end: None };
    let app = yew::Renderer::<Countdown>::with_root_and_props(stage.root.clone().into(), props).render();
    stage.says("You can try again on ").await;
    stage.says(&format!(" {} at 12:05", end.get_date())).await;
    app.destroy();
}

#[wasm_bindgen_test]
async fn the_close_button_tells_the_loader() {
    let _proxy = proxy(ANSWER);
    let stage = Stage::new();
    let told = Rc::new(Cell::new(0));
    let listener = Closure::<dyn FnMut()>::new({
        let told = told.clone();
        move || told.set(told.get() + 1)
    });
    stage.root.add_event_listener_with_callback("candor-close", listener.as_ref().unchecked_ref()).unwrap();
    let widget = widget(&stage, "closing");
    stage.click("[aria-label='Close chat']").await;
    assert_eq!(told.get(), 1);
    widget.destroy();
}

#[wasm_bindgen_test]
async fn the_tabs_are_walked_by_arrows() {
    let _proxy = Fetch::reject("new TypeError('no proxy')");
    let stage = Stage::new();
    let widget = widget(&stage, "walked");
    let first: HtmlElement = stage.find("[role=tab][aria-selected=true]").await.unchecked_into();
    assert_eq!(first.text_content().unwrap(), "Chat");
    // It is there once the proxy could not be asked whether visitors may see it.
    stage.find("#candor-diagnostics-tab").await;
    let init = web_sys::KeyboardEventInit::new();
    init.set_key("ArrowLeft");
    init.set_bubbles(true);
    let event = web_sys::KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    first.dispatch_event(&event).unwrap();
    stage.find("#candor-diagnostics-tab[aria-selected=true]").await;
    stage.says("Chat server cannot be reached").await;
    widget.destroy();
}

#[wasm_bindgen_test]
fn settings_that_cannot_be_read_are_an_error_and_no_panic() {
    let stage = Stage::new();
    for settings in ["", "{}", "[]", "{\"endpoint\":5}"] {
        assert!(mount(stage.root.clone(), settings, JsValue::UNDEFINED).is_err(), "{settings}");
    }
}
