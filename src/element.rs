//! Elements as values, which views are made of.
//!
//! Yew's `html!` writes out at each place all that an element takes. Here an element is made by calling the same few
//! functions, which made the core 1.5 kB smaller. Yew goes on from there: these are its own nodes.
//!
//! ```ignore
//! element!("button", "type" = "button", "class" = "link", "title" = title).on_click(retry).text("Retry")
//! ```

use std::any::Any;
use std::borrow::Cow;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement, KeyboardEvent};
use yew::prelude::*;
use yew::virtual_dom::{
    AttributeOrProperty, Attributes, Key, Listener, ListenerKind, VComp, VList, VNode, VTag, VText,
};

use crate::words::Word;

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
            Box::new([$($crate::attribute::Attribute::attribute($value)),+]),
        )
    };
}
pub(crate) use element;

/// Several nodes beside each other. A place that holds nothing at times holds `Html::default()` then, so that the others
/// keep theirs.
pub fn fragment(nodes: Vec<Html>) -> Html {
    VNode::from(VList::with_children(nodes, None))
}

/// An element where there is one; else nothing, in its place.
#[inline(never)]
pub fn optional(element: Option<Element>) -> Html {
    element.map_or_else(Html::default, VNode::from)
}

/// A button with a word on it. Its class says how it looks: `button`, or `link` for what is done more seldom.
#[inline]
pub fn button(class: &'static str, word: impl Into<Word>) -> Element {
    plain_button(class, word.into())
}

#[inline(never)]
fn plain_button(class: &'static str, word: Word) -> Element {
    element!("button", "type" = "button", "class" = class).say(word)
}

/// A component with its properties. A key tells it apart from its siblings.
pub fn component<C: BaseComponent>(properties: C::Properties, key: Option<Key>) -> Html {
    VNode::from(VComp::new::<C>(Rc::new(properties), key))
}

/// Something that is shown, and shown again only where it is another than before. It has no state of its own, and so one
/// component does for all: each more would be 2 kB of code.
pub trait Memo: Any {
    /// Whether what is shown of `other`, which stood in the same place, is what this would show.
    fn is_same(&self, other: &dyn Any) -> bool;

    /// What is shown.
    fn view(&self) -> Html;
}

/// Shows it. A key tells it apart from its siblings.
pub fn memo(shown: impl Memo, key: Key) -> Html {
    component::<MemoView>(MemoProps { shown: Rc::new(shown) }, Some(key))
}

#[derive(Properties)]
struct MemoProps {
    shown: Rc<dyn Memo>,
}

impl PartialEq for MemoProps {
    fn eq(&self, other: &Self) -> bool {
        let other: &dyn Any = &*other.shown;
        self.shown.is_same(other)
    }
}

struct MemoView;

impl Component for MemoView {
    type Message = ();
    type Properties = MemoProps;

    fn create(_: &Context<Self>) -> Self {
        Self
    }

    fn view(&self, context: &Context<Self>) -> Html {
        context.props().shown.view()
    }
}

/// An element. It is as large as a pointer, so that the calls in a chain hand nothing but that from one to the next.
pub struct Element(Box<Parts>);

/// What an element is made of.
struct Parts {
    tag: VTag,
    children: Vec<VNode>,
    listeners: Vec<Option<Rc<dyn Listener>>>,
}

impl From<Element> for VNode {
    #[inline(never)]
    fn from(element: Element) -> Self {
        let Parts { mut tag, children, listeners } = *element.0;
        if let Some(inner) = tag.children_mut() {
            *inner = fragment(children);
        }
        if !listeners.is_empty() {
            tag.set_listeners(listeners.into_boxed_slice());
        }
        Self::VTag(Rc::new(tag))
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
        let mut tag = VTag::new(AttrValue::Static(tag));
        tag.attributes = attributes;
        Self(Box::new(Parts { tag, children: Vec::new(), listeners: Vec::new() }))
    }

    /// Tells the element apart from its siblings.
    pub fn key(mut self, key: impl Into<Key>) -> Self {
        self.0.tag.key = Some(key.into());
        self
    }

    /// Has `reference` refer to what the browser shows.
    #[inline(never)]
    pub fn reference(mut self, reference: &NodeRef) -> Self {
        self.0.tag.node_ref = reference.clone();
        self
    }

    /// What stands in an input.
    #[inline(never)]
    pub fn value(mut self, value: String) -> Self {
        self.0.tag.set_value(Some(AttrValue::from(value)));
        self
    }

    /// Puts an element into it, after what is there.
    #[inline(never)]
    pub fn child(self, child: Element) -> Self {
        self.node(child.into())
    }

    /// Puts an element into it where there is one; its place is kept where there is none.
    #[inline(never)]
    pub fn maybe(self, child: Option<Element>) -> Self {
        self.node(optional(child))
    }

    /// Puts several elements into it, in one place.
    pub fn children(self, children: impl Iterator<Item = Element>) -> Self {
        self.node(fragment(children.map(VNode::from).collect()))
    }

    /// Puts a node of any kind into it.
    #[inline(never)]
    pub fn node(mut self, node: Html) -> Self {
        self.0.children.push(node);
        self
    }

    /// Puts words into it that never change.
    #[inline(never)]
    pub fn text(self, text: &'static str) -> Self {
        self.words(AttrValue::Static(text))
    }

    /// Puts a word of the widget's language into it.
    #[inline]
    pub fn say(self, word: impl Into<Word>) -> Self {
        self.word(word.into())
    }

    #[inline(never)]
    fn word(self, word: Word) -> Self {
        self.text(word.text())
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
        self.on("click", act)
    }

    /// A key goes down while it, or what it holds, has the focus.
    #[inline(never)]
    pub fn on_keydown(self, act: Callback<Event>) -> Self {
        self.on("keydown", act)
    }

    /// Enter is pressed in it, and not to choose what an input method has composed.
    pub fn on_enter(self, act: Callback<Event>) -> Self {
        self.on_keydown(Callback::from(move |event: Event| {
            if key_down(&event).as_deref() == Some("Enter") {
                // Else it presses the button that may get the focus.
                event.prevent_default();
                act.emit(event);
            }
        }))
    }

    /// Escape is pressed in it, and does not close the panel.
    pub fn on_escape(self, act: Callback<Event>) -> Self {
        self.on_keydown(Callback::from(move |event: Event| {
            if key_down(&event).as_deref() == Some("Escape") {
                event.prevent_default();
                act.emit(event);
            }
        }))
    }

    /// Listens for an event of this name on it or on what it holds.
    #[inline(never)]
    pub fn on(mut self, name: &'static str, act: Callback<Event>) -> Self {
        self.0.listeners.push(Some(Rc::new(On { name, act })));
        self
    }
}

/// The key that has gone down, unless an input method composes a character with it.
pub fn key_down(event: &Event) -> Option<String> {
    let event = event.dyn_ref::<KeyboardEvent>()?;
    (!is_composing(event)).then(|| event.key())
}

/// Whether the key is for an input method, which composes a character with it. Safari says that the composition is over
/// before the key that ends it, and tells by its code alone (W3C UI Events, section 7.3.1).
pub fn is_composing(event: &KeyboardEvent) -> bool {
    const FOR_INPUT_METHOD: u32 = 229;
    event.is_composing() || event.key_code() == FOR_INPUT_METHOD
}

/// What stands in the input that the event comes from.
pub fn input_value(event: &Event) -> Option<String> {
    let input = event.target()?.dyn_into::<HtmlInputElement>().ok()?;
    Some(input.value())
}

/// A listener for any event.
struct On {
    name: &'static str,
    act: Callback<Event>,
}

impl Listener for On {
    fn kind(&self) -> ListenerKind {
        ListenerKind::other(Cow::Borrowed(self.name))
    }

    fn handle(&self, event: Event) {
        self.act.emit(event);
    }

    fn passive(&self) -> bool {
        // Nobody can keep the browser from scrolling by this event, and so it need not wait for us.
        self.name == "scroll"
    }
}
