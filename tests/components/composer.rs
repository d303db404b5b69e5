use candor::chat::composer;
use candor::session::Session;
use candor::session::state::Action;
use candor_protocol::visibility::Diagnostics;
use candor_protocol::wire::{Config, Keeps};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::*;
use web_sys::{HtmlButtonElement, HtmlTextAreaElement, KeyboardEvent, KeyboardEventInit};
use yew::{Html, NodeRef};

use super::stage::{Fetch, Stage, until};

fn config(message_chars: usize) -> Config {
    Config {
        title: String::new(),
        subtitle: String::new(),
        greeting: String::new(),
        suggestions: Vec::new(),
        notice: String::new(),
        diagnostics: Diagnostics::Off,
        provider: None,
        model: None,
        keeps: Keeps::Proxy,
        consent: None,
        contact: None,
        linking: false,
        feedback: false,
        message_chars,
        version: String::new(),
        time: 1,
    }
}

/// The composer with this draft, before a proxy that never answers.
struct Scene {
    stage: Stage,
    session: Session,
    _fetch: Fetch,
}

impl Scene {
    async fn new(draft: &str, message_chars: usize) -> Self {
        let fetch = Fetch::answer(|_, _| js_sys::Promise::new(&mut |_, _| {}));
        let stage = Stage::new();
        let view: fn(&Session) -> Html =
            |session| composer::view(session, &session.state(), &NodeRef::default());
        let session = stage.show("composer", view).await;
        session.dispatch(Action::Configured(config(message_chars), None));
        session.dispatch(Action::Typed(draft.to_owned()));
        let scene = Self { stage, session, _fetch: fetch };
        until("the draft", || (scene.input().value() == draft).then_some(())).await;
        scene
    }

    fn input(&self) -> HtmlTextAreaElement {
        self.stage.root.query_selector("textarea").unwrap().unwrap().unchecked_into()
    }

    fn press(&self, key: &str, shift: bool, composing: bool) -> bool {
        self.press_with_code(key, shift, composing, 13)
    }

    fn press_with_code(&self, key: &str, shift: bool, composing: bool, code: u32) -> bool {
        let init = KeyboardEventInit::new();
        init.set_key(key);
        init.set_key_code(code);
        init.set_shift_key(shift);
        init.set_is_composing(composing);
        init.set_bubbles(true);
        init.set_cancelable(true);
        let event = KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap();
        self.input().dispatch_event(&event).unwrap()
    }

    fn sent(&self) -> Vec<String> {
        let state = self.session.state();
        let said = state.messages.iter().map(|entry| entry.message.content.clone());
        said.filter(|content| !content.is_empty()).collect()
    }
}

#[wasm_bindgen_test]
async fn enter_sends_and_does_not_break_the_line() {
    let scene = Scene::new("Hello", 100).await;
    assert!(!scene.press("Enter", false, false), "the browser would add a line");
    assert_eq!(scene.sent(), ["Hello"]);
    until("an empty input", || scene.input().value().is_empty().then_some(())).await;
}

#[wasm_bindgen_test]
async fn shift_and_enter_make_a_line() {
    let scene = Scene::new("Hello", 100).await;
    assert!(scene.press("Enter", true, false));
    assert!(scene.sent().is_empty());
}

#[wasm_bindgen_test]
async fn enter_that_chooses_a_character_does_not_send() {
    let scene = Scene::new("こんに", 100).await;
    assert!(scene.press("Enter", false, true));
    // Safari says that the composition is over, and that the key was for the input method by its code alone.
    assert!(scene.press_with_code("Enter", false, false, 229));
    assert!(scene.sent().is_empty());
}

#[wasm_bindgen_test]
async fn nothing_is_sent_without_words() {
    let scene = Scene::new("   ", 100).await;
    assert!(scene.stage.find("[aria-label=Send]").await.unchecked_into::<HtmlButtonElement>().disabled());
    scene.press("Enter", false, false);
    assert!(scene.sent().is_empty());
}

#[wasm_bindgen_test]
async fn while_a_reply_is_written_the_input_lives_and_the_button_stops() {
    let scene = Scene::new("First", 100).await;
    scene.press("Enter", false, false);
    scene.stage.find("[aria-label=Stop]").await;
    scene.session.dispatch(Action::Typed("Next".to_owned()));
    assert!(!scene.input().disabled() && !scene.input().read_only());
    assert_eq!(scene.stage.count("[aria-label=Send]"), 0);
    scene.press("Enter", false, false);
    assert_eq!(scene.sent(), ["First"], "the next one waits");
    scene.stage.click("[aria-label=Stop]").await;
    scene.stage.find("[aria-label=Send]").await;
    assert!(!scene.session.state().replying());
}

#[wasm_bindgen_test]
async fn a_message_that_is_too_long_says_by_how_much() {
    let scene = Scene::new("123456", 4).await;
    scene.stage.says("2 characters too long").await;
    scene.press("Enter", false, false);
    assert!(scene.sent().is_empty());
}

#[wasm_bindgen_test]
async fn what_is_typed_is_the_draft() {
    let scene = Scene::new("", 100).await;
    scene.stage.type_into("textarea", "Hi").await;
    until("the words", || (scene.session.state().draft == "Hi").then_some(())).await;
}
