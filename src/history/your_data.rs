//! What a visitor can do with everything that is kept of them: take it along, or have it deleted.

use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlElement};
use yew::{Callback, Component, Context, Html, NodeRef, Properties};

use super::export::Form;
use crate::element::{button, element, key_down};
use crate::session::Session;

/// See [`YourData`].
#[derive(PartialEq, Properties)]
pub struct YourDataProps {
    /// What the visitor does.
    pub session: Session,
}

/// The end of the list. Deleting takes a second word.
pub struct YourData {
    is_sure: bool,
    part: NodeRef,
    /// Whether what was asked or answered has just taken its button away, and another one needs the focus.
    needs_focus: bool,
}

impl Component for YourData {
    /// Whether the visitor has asked for everything to be deleted.
    type Message = bool;
    type Properties = YourDataProps;

    fn create(_: &Context<Self>) -> Self {
        Self { is_sure: false, part: NodeRef::default(), needs_focus: false }
    }

    fn update(&mut self, _: &Context<Self>, is_sure: bool) -> bool {
        self.is_sure = is_sure;
        self.needs_focus = true;
        true
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        let part = self.part.cast::<HtmlElement>().filter(|_| self.needs_focus);
        // "Keep" while it is asked, else the button that asks.
        let button = part.and_then(|part| part.query_selector("button:last-child").ok().flatten());
        if let Some(button) = button.and_then(|button| button.dyn_into::<HtmlElement>().ok()) {
            let _ = button.focus();
        }
        self.needs_focus = false;
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let session = &context.props().session;
        let link = context.link();
        if self.is_sure {
            let delete = session.callback(|session, _| session.forget());
            let no = link.callback(|_| false);
            let on_keydown = Callback::from(move |event: Event| {
                if key_down(&event).as_deref() == Some("Escape") {
                    event.prevent_default();
                    no.emit(event);
                }
            });
            return element!(
                "div",
                "class" = "your-data",
                "role" = "group",
                "aria-label" = "Delete everything"
            )
            .key("question")
            .reference(&self.part)
            .on_keydown(on_keydown)
            .child(element!("p").text("Delete all your conversations for good?"))
            .child(button("button bad", "Delete everything").on_click(delete))
            .child(button("link", "Keep").on_click(link.callback(|_| false)))
            .into();
        }
        let export = |form: Form| session.callback_with(form, |session, form, _| session.export(form));
        element!("div", "class" = "your-data", "role" = "group", "aria-label" = "Your data")
            .key("data")
            .reference(&self.part)
            .child(element!("p").text("Your conversations"))
            .child(button("link", "Download as text").on_click(export(Form::Markdown)))
            .child(button("link", "Download as JSON").on_click(export(Form::Json)))
            .child(button("link", "Delete everything").on_click(link.callback(|_| true)))
            .into()
    }
}
