//! Elements as values, which views are made of.
//!
//! Yew's `html!` writes out at each place all that an element takes. Here an element is made by calling the same few
//! functions, which makes the core a twentieth smaller. Yew goes on from there: these are its own nodes.
//!
//! ```ignore
//! element!("button", "type" = "button", "class" = "link", "title" = title).on_click(retry).text("Retry")
//! ```

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement, KeyboardEvent};
use yew::prelude::*;
use yew::virtual_dom::{
    AttributeOrProperty, Attributes, Key, Listener, ListenerKind, VComp, VList, VNode, VTag, VText,
};

/// An element with its attributes, each `"name" = value`. A value is a string, or what [`Attribute`] is for.
macro_rules! element {
    ($tag:literal $(, $name:literal = $value:literal)* $(,)?) => {
        $crate::element::Element::fixed(
            $tag,
            const { &[$(($name, ::yew::virtual_dom::AttributeOrProperty::Static($value))),*] },
        )
    };
    ($tag:literal $(, $name:literal = $value:expr)+ $(,)?) => {
        $crate::element::Element::varying(
            $tag,
            const { &[$($name),+] },
            Box::new([$($crate::element::Attribute::attribute($value)),+]),
        )
    };
}
pub(crate) use element;

/// Several nodes beside each other. A place that holds nothing at times holds `Html::default()` then, so that the others
/// keep theirs.
pub fn fragment(nodes: Vec<Html>) -> Html {
    VNode::from(VList::with_children(nodes, None))
}

/// A button with a word on it. Its class says how it looks: `button`, or `link` for what is done more seldom.
#[inline(never)]
pub fn button(class: &'static str, word: &'static str) -> Element {
    element!("button", "type" = "button", "class" = class).text(word)
}

/// A component with its properties. A key tells it apart from its siblings.
pub fn component<C: BaseComponent>(properties: C::Properties, key: Option<Key>) -> Html {
    VNode::from(VComp::new::<C>(Rc::new(properties), key))
}

/// What an attribute can be given.
pub trait Attribute {
    /// What it is set to; `None` leaves it out.
    fn attribute(self) -> Option<AttributeOrProperty>;
}

impl Attribute for &'static str {
    fn attribute(self) -> Option<AttributeOrProperty> {
        Some(AttributeOrProperty::Static(self))
    }
}

impl Attribute for String {
    fn attribute(self) -> Option<AttributeOrProperty> {
        Some(AttributeOrProperty::Attribute(AttrValue::from(self)))
    }
}

/// An attribute that is there or not, as `disabled`.
impl Attribute for bool {
    fn attribute(self) -> Option<AttributeOrProperty> {
        self.then_some(AttributeOrProperty::Static(""))
    }
}

impl<T: Attribute> Attribute for Option<T> {
    fn attribute(self) -> Option<AttributeOrProperty> {
        self.and_then(T::attribute)
    }
}

/// An element. It is as large as a pointer, so that the calls in a chain hand nothing but that from one to the next.
pub struct Element(Rc<VTag>);

impl From<Element> for VNode {
    fn from(element: Element) -> Self {
        Self::VTag(element.0)
    }
}

impl Element {
    /// An element whose attributes never change. See [`element!`].
    #[inline(never)]
    pub fn fixed(tag: &'static str, attributes: &'static [(&'static str, AttributeOrProperty)]) -> Self {
        Self::new(tag, Attributes::Static(attributes))
    }

    /// An element with attributes of these names and values. See [`element!`].
    #[inline(never)]
    pub fn varying(
        tag: &'static str,
        keys: &'static [&'static str],
        values: Box<[Option<AttributeOrProperty>]>,
    ) -> Self {
        Self::new(tag, Attributes::Dynamic { keys, values })
    }

    fn new(tag: &'static str, attributes: Attributes) -> Self {
        let mut element = VTag::new(AttrValue::Static(tag));
        element.attributes = attributes;
        Self(Rc::new(element))
    }

    /// Changes the element, which nobody else holds yet.
    fn with(mut self, change: impl FnOnce(&mut VTag)) -> Self {
        if let Some(element) = Rc::get_mut(&mut self.0) {
            change(element);
        }
        self
    }

    /// Tells the element apart from its siblings.
    pub fn key(self, key: impl Into<Key>) -> Self {
        let key = key.into();
        self.with(|element| element.key = Some(key))
    }

    /// Has `reference` refer to what the browser shows.
    #[inline(never)]
    pub fn reference(self, reference: &NodeRef) -> Self {
        self.with(|element| element.node_ref = reference.clone())
    }

    /// What stands in an input.
    #[inline(never)]
    pub fn value(self, value: String) -> Self {
        self.with(|element| element.set_value(Some(AttrValue::from(value))))
    }

    /// Puts an element into it, after what is there.
    #[inline(never)]
    pub fn child(self, child: Element) -> Self {
        self.node(child.into())
    }

    /// Puts an element into it where there is one; its place is kept where there is none.
    #[inline(never)]
    pub fn maybe(self, child: Option<Element>) -> Self {
        self.node(child.map_or_else(Html::default, VNode::from))
    }

    /// Puts several elements into it, in one place.
    pub fn children(self, children: impl Iterator<Item = Element>) -> Self {
        self.node(fragment(children.map(VNode::from).collect()))
    }

    /// Puts a node of any kind into it.
    #[inline(never)]
    pub fn node(self, node: Html) -> Self {
        self.with(|element| element.add_child(node))
    }

    /// Puts words into it that never change.
    #[inline(never)]
    pub fn text(self, text: &'static str) -> Self {
        self.words(AttrValue::Static(text))
    }

    /// Puts words into it.
    #[inline(never)]
    pub fn string(self, text: &str) -> Self {
        self.words(AttrValue::Rc(Rc::from(text)))
    }

    fn words(self, words: AttrValue) -> Self {
        self.node(VNode::from(VText::new(words)))
    }

    /// Somebody clicks it, or presses Enter or the space bar on it.
    #[inline(never)]
    pub fn on_click(self, act: Callback<Event>) -> Self {
        self.on(ListenerKind::onclick, act)
    }

    /// A key goes down while it, or what it holds, has the focus.
    #[inline(never)]
    pub fn on_keydown(self, act: Callback<Event>) -> Self {
        self.on(ListenerKind::onkeydown, act)
    }

    /// Listens for an event on it or on what it holds.
    #[inline(never)]
    pub fn on(self, kind: ListenerKind, act: Callback<Event>) -> Self {
        self.with(|element| {
            element.add_listener(Rc::new(On { kind, act }));
        })
    }
}

/// The key that has gone down, unless an input method composes a character with it.
pub fn key_down(event: &Event) -> Option<String> {
    let event = event.dyn_ref::<KeyboardEvent>()?;
    (!event.is_composing()).then(|| event.key())
}

/// What stands in the input that the event comes from.
pub fn input_value(event: &Event) -> Option<String> {
    let input = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
    Some(input.value())
}

/// A listener for any event.
struct On {
    kind: ListenerKind,
    act: Callback<Event>,
}

impl Listener for On {
    fn kind(&self) -> ListenerKind {
        self.kind.clone()
    }

    fn handle(&self, event: Event) {
        self.act.emit(event);
    }

    fn passive(&self) -> bool {
        // Nobody can keep the browser from scrolling by this event, and so it need not wait for us.
        self.kind == ListenerKind::onscroll
    }
}
