use std::cell::RefCell;
use std::rc::Rc;

use candor::chat::composer::{Composer, ComposerProps};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::*;
use web_sys::{HtmlButtonElement, HtmlTextAreaElement, KeyboardEvent, KeyboardEventInit};
use yew::{Callback, Renderer};

use super::stage::{Stage, until};

type Heard = Rc<RefCell<Vec<String>>>;

fn composer(draft: &str, replying: bool, most: Option<usize>) -> (Stage, Heard) {
    let stage = Stage::new();
    let peer_activity = Heard::default();
    let on_tab_message = |what: &'static str| {
        let peer_activity = peer_activity.clone();
        Callback::from(move |text: String| peer_activity.borrow_mut().push(format!("{what} {text}")))
    };
    let props = ComposerProps {
        draft: draft.to_owned().into(),
        replying,
        most,
        on_type: on_tab_message("typed"),
        on_send: on_tab_message("sent"),
        on_stop: on_tab_message("stopped").reform(|()| String::new()),
    };
    Renderer::<Composer>::with_root_and_props(stage.root.clone().into(), props).render();
    (stage, peer_activity)
}

async fn press(stage: &Stage, key: &str, shift: bool, composing: bool) -> bool {
    let init = KeyboardEventInit::new();
    init.set_key(key);
    init.set_shift_key(shift);
    init.set_is_composing(composing);
    init.set_bubbles(true);
    init.set_cancelable(true);
    let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
    stage.find("textarea").await.dispatch_event(&event).unwrap()
}

#[wasm_bindgen_test]
async fn enter_sends_and_does_not_break_the_line() {
    let (stage, peer_activity) = composer("Hello", false, Some(100));
    let goes_on = press(&stage, "Enter", false, false).await;
    assert!(!goes_on, "the browser would add a line");
    assert_eq!(*peer_activity.borrow(), ["sent Hello"]);
}

#[wasm_bindgen_test]
async fn shift_and_enter_make_a_line() {
    let (stage, peer_activity) = composer("Hello", false, None);
    assert!(press(&stage, "Enter", true, false).await);
    assert!(peer_activity.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn enter_that_chooses_a_character_does_not_send() {
    let (stage, peer_activity) = composer("こんに", false, None);
    assert!(press(&stage, "Enter", false, true).await);
    assert!(peer_activity.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn nothing_is_sent_without_words() {
    let (stage, peer_activity) = composer("   ", false, None);
    assert!(stage.find("[aria-label=Send]").await.unchecked_into::<HtmlButtonElement>().disabled());
    press(&stage, "Enter", false, false).await;
    assert!(peer_activity.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn while_a_reply_is_written_the_input_lives_and_the_button_stops() {
    let (stage, peer_activity) = composer("Next", true, None);
    let input: HtmlTextAreaElement = stage.find("textarea").await.unchecked_into();
    assert!(!input.disabled() && !input.read_only());
    stage.click("[aria-label=Stop]").await;
    assert_eq!(stage.count("[aria-label=Send]"), 0);
    press(&stage, "Enter", false, false).await;
    assert_eq!(*peer_activity.borrow(), ["stopped "]);
}

#[wasm_bindgen_test]
async fn a_message_that_is_too_long_says_by_how_much() {
    let (stage, peer_activity) = composer("123456", false, Some(4));
    stage.says("2 characters too long").await;
    press(&stage, "Enter", false, false).await;
    assert!(peer_activity.borrow().is_empty());
}

#[wasm_bindgen_test]
async fn what_is_typed_is_told() {
    let (stage, peer_activity) = composer("", false, None);
    stage.type_into("textarea", "Hi").await;
    until("the words", || (*peer_activity.borrow() == ["typed Hi"]).then_some(())).await;
}
