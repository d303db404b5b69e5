//! Where a component is rendered for a test, and a page's `fetch` with answers from the test.

use std::cell::RefCell;
use std::rc::Rc;

use candor::Settings;
use candor::session::Session;
use candor::time;
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Element, EventInit, HtmlElement, HtmlTextAreaElement, Response, ResponseInit, window};
use yew::prelude::*;

/// An empty element at the end of the page, taken away when the test ends.
pub struct Stage {
    /// What a component is rendered into.
    pub root: HtmlElement,
}

impl Stage {
    pub fn new() -> Self {
        let document = window().unwrap().document().unwrap();
        let root: HtmlElement = document.create_element("div").unwrap().unchecked_into();
        document.body().unwrap().append_child(&root).unwrap();
        Self { root }
    }

    /// The element that the selector names; waits for it, and fails the test where it does not come.
    pub async fn find(&self, selector: &str) -> Element {
        until(selector, || self.root.query_selector(selector).unwrap()).await
    }

    /// Waits until the text is shown.
    pub async fn says(&self, text: &str) {
        until(text, || self.root.text_content().unwrap().contains(text).then_some(())).await
    }

    pub async fn click(&self, selector: &str) {
        self.find(selector).await.unchecked_into::<HtmlElement>().click();
    }

    pub async fn type_into(&self, selector: &str, text: &str) {
        let field: HtmlTextAreaElement = self.find(selector).await.unchecked_into();
        field.set_value(text);
        let init = EventInit::new();
        init.set_bubbles(true);
        field.dispatch_event(&Event::new_with_event_init_dict("input", &init).unwrap()).unwrap();
    }

    pub fn count(&self, selector: &str) -> u32 {
        self.root.query_selector_all(selector).unwrap().length()
    }
}

/// See [`Stage::show`].
#[derive(Clone, Properties)]
struct ShownProps {
    settings: Settings,
    view: fn(&Session) -> Html,
    panel: HtmlElement,
    session: Rc<RefCell<Option<Session>>>,
}

impl PartialEq for ShownProps {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A view of a session, rendered whenever its state changes.
struct Shown(Session);

impl Component for Shown {
    type Message = ();
    type Properties = ShownProps;

    fn create(context: &Context<Self>) -> Self {
        let props = context.props();
        let session = Session::new(
            props.settings.clone(),
            props.panel.clone(),
            &candor::lazy::PARTS,
            context.link().callback(|()| ()),
        );
        props.session.replace(Some(session.clone()));
        Self(session)
    }

    fn view(&self, context: &Context<Self>) -> Html {
        (context.props().view)(&self.0)
    }

    fn destroy(&mut self, _: &Context<Self>) {
        self.0.end();
    }
}

impl Stage {
    /// Renders a view of a session with a proxy at this host, and gives the session.
    pub async fn show(&self, host: &str, view: fn(&Session) -> Html) -> Session {
        let settings = Settings::of(&format!("https://{host}.example/candor/v1"));
        let session = Rc::<RefCell<Option<Session>>>::default();
        let props = ShownProps { settings, view, panel: self.root.clone(), session: Rc::clone(&session) };
        let _app = yew::Renderer::<Shown>::with_root_and_props(self.root.clone().into(), props).render();
        until("the session", || session.borrow().clone()).await
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.root.remove();
    }
}

/// Looks again and again, for at most five seconds, until there is something to see.
pub async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..500 {
        if let Some(seen) = look() {
            return seen;
        }
        time::sleep(10).await;
    }
    panic!("never seen: {what}");
}

/// Takes the place of the page's `fetch` until it is dropped.
pub struct Fetch {
    before: JsValue,
    _answer: Closure<dyn FnMut(JsValue) -> JsValue>,
}

impl Fetch {
    /// Every request is answered by this function: from method, path and body (empty) to a promise.
    pub fn answer(mut answer: impl FnMut(&str, &str) -> js_sys::Promise + 'static) -> Self {
        let closure = Closure::new(move |request: JsValue| {
            let request: web_sys::Request = request.unchecked_into();
            answer(&request.method(), &request.url()).into()
        });
        let window = window().unwrap();
        let before = Reflect::get(&window, &"fetch".into()).unwrap();
        Reflect::set(&window, &"fetch".into(), closure.as_ref()).unwrap();
        Self { before, _answer: closure }
    }

    /// Every request is rejected with what this JavaScript expression gives.
    pub fn reject(expression: &str) -> Self {
        let reason = Function::new_no_args(&format!("return {expression}")).call0(&JsValue::NULL).unwrap();
        Self::answer(move |_, _| js_sys::Promise::reject(&reason))
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        Reflect::set(&window().unwrap(), &"fetch".into(), &self.before).unwrap();
    }
}

/// A promise of an answer.
pub fn respond(status: u16, content_type: &str, body: &str) -> js_sys::Promise {
    let init = ResponseInit::new();
    init.set_status(status);
    let headers = Array::of2(&"content-type".into(), &content_type.into());
    init.set_headers(&Array::of1(&headers));
    let response: JsValue = Response::new_with_opt_str_and_init(Some(body), &init).unwrap().into();
    js_sys::Promise::resolve(&response)
}
