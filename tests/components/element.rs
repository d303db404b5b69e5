//! Elements made by calls are what the browser shows, and stay what they are while others come and go.

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

use candor::attribute::Attribute;
use candor::element::{Element, Memo, button, fragment, key_down, memo};
use candor::words::Core;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::*;
use web_sys::{Event, HtmlElement, KeyboardEvent, KeyboardEventInit};
use yew::virtual_dom::Key;
use yew::{Callback, Component, Context, Html, Properties, Renderer};

use super::stage::{Stage, until};

/// What a page shows, anew for each step.
type View = Rc<dyn Fn(u32) -> Html>;

#[derive(Clone, Properties)]
struct PageProps {
    view: View,
    step: u32,
}

impl PartialEq for PageProps {
    fn eq(&self, other: &Self) -> bool {
        self.step == other.step
    }
}

struct Page;

impl Component for Page {
    type Message = ();
    type Properties = PageProps;

    fn create(_: &Context<Self>) -> Self {
        Self
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let PageProps { view, step } = context.props();
        let step_shown = Element::varying("output", &["data-step"], Box::new([step.to_string().attribute()]));
        fragment(vec![view(*step), step_shown.into()])
    }
}

/// Shows the steps one after the other; `look` looks at each.
async fn show(steps: u32, view: impl Fn(u32) -> Html + 'static, mut look: impl FnMut(&Stage, u32)) {
    let stage = Stage::new();
    let view: View = Rc::new(view);
    let props = |step| PageProps { view: Rc::clone(&view), step };
    let mut app = Renderer::<Page>::with_root_and_props(stage.root.clone().into(), props(0)).render();
    for step in 0..steps {
        app.update(props(step));
        stage.find(&format!("[data-step='{step}']")).await;
        look(&stage, step);
    }
    app.destroy();
}

#[wasm_bindgen_test]
async fn an_attribute_follows_its_value_and_is_left_out_without_one() {
    let view = |step| {
        let word: Option<&'static str> = (step != 1).then_some("word");
        let values = ["fixed".attribute(), word.attribute(), (step == 2).attribute()];
        Element::varying("button", &["class", "title", "disabled"], Box::new(values)).into()
    };
    show(3, view, |stage, step| {
        let button = stage.root.query_selector("button").unwrap().unwrap();
        assert_eq!(button.class_name(), "fixed");
        assert_eq!(button.get_attribute("title").is_some(), step != 1, "title at step {step}");
        assert_eq!(button.has_attribute("disabled"), step == 2, "disabled at step {step}");
    })
    .await;
}

#[wasm_bindgen_test]
async fn an_element_stays_the_same_node_where_an_optional_one_before_it_comes_and_goes() {
    let view = |step| {
        Element::fixed("div", &[])
            .maybe((step == 1).then(|| Element::fixed("i", &[])))
            .child(Element::fixed("b", &[]).text("here"))
            .into()
    };
    let mut first = None;
    show(3, view, move |stage, step| {
        let shown = stage.root.query_selector("b").unwrap().unwrap();
        let first = first.get_or_insert_with(|| shown.clone());
        assert!(first.is_same_node(Some(&shown)), "another node at step {step}");
        assert_eq!(stage.count("i"), u32::from(step == 1));
    })
    .await;
}

struct Counted {
    value: u32,
    views: Rc<Cell<u32>>,
}

impl Memo for Counted {
    fn is_same(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| other.value == self.value)
    }

    fn view(&self) -> Html {
        self.views.set(self.views.get() + 1);
        Element::fixed("b", &[]).string(&self.value.to_string()).into()
    }
}

#[wasm_bindgen_test]
async fn what_is_the_same_is_not_shown_again() {
    let views = Rc::new(Cell::new(0));
    let counted = Rc::clone(&views);
    // The values 0, 0, 1, 1.
    let view =
        move |step: u32| memo(Counted { value: step / 2, views: Rc::clone(&counted) }, Key::from("key"));
    show(4, view, |stage, step| {
        let shown = stage.root.query_selector("b").unwrap().unwrap();
        assert_eq!(shown.text_content(), Some((step / 2).to_string()));
    })
    .await;
    assert_eq!(views.get(), 2);
}

#[wasm_bindgen_test]
async fn clicks_and_keys_arrive_and_composing_is_no_key() {
    let said = Rc::new(std::cell::RefCell::new(Vec::new()));
    let stage = Stage::new();
    let (clicked, pressed) = (Rc::clone(&said), Rc::clone(&said));
    let view: View = Rc::new(move |_| {
        let (clicked, pressed) = (Rc::clone(&clicked), Rc::clone(&pressed));
        button("link", Core::Send)
            .on_click(Callback::from(move |_: Event| clicked.borrow_mut().push("click".to_owned())))
            .on_keydown(Callback::from(move |event: Event| pressed.borrow_mut().extend(key_down(&event))))
            .into()
    });
    let props = PageProps { view, step: 0 };
    let app = Renderer::<Page>::with_root_and_props(stage.root.clone().into(), props).render();
    let go: HtmlElement = stage.find("button.link").await.unchecked_into();
    go.click();
    for is_composing in [true, false] {
        let init = KeyboardEventInit::new();
        init.set_bubbles(true);
        init.set_key("Enter");
        init.set_is_composing(is_composing);
        go.dispatch_event(&KeyboardEvent::new_with_keyboard_event_init_dict("keydown", &init).unwrap())
            .unwrap();
    }
    until("what was said", || (said.borrow().len() == 2).then_some(())).await;
    assert_eq!(*said.borrow(), ["click", "Enter"]);
    app.destroy();
}
