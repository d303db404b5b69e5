//! What a visitor can do with everything that is kept of them: take it along, or have it deleted.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::{Component, Context, Html, NodeRef, Properties};

use super::export::Form;
use crate::element::{button, element};
use crate::session::Session;
use crate::words::History;

/// See [`YourData`].
#[derive(PartialEq, Properties)]
pub struct YourDataProps {
    /// What the visitor does.
    pub session: Session,
}

/// What the visitor does with it.
pub enum YourDataAction {
    /// Wants a file of it.
    Export(Form),
    /// The file could not be had.
    Failed,
    /// Wants it deleted, and is asked once more; or not.
    Delete(bool),
}

/// The end of the list. Deleting takes a second word.
pub struct YourData {
    is_sure: bool,
    /// Whether the file that was asked for could not be had.
    has_failed: bool,
    part: NodeRef,
    /// Whether what was asked or answered has just taken its button away, and another one needs the focus.
    needs_focus: bool,
}

impl Component for YourData {
    type Message = YourDataAction;
    type Properties = YourDataProps;

    fn create(_: &Context<Self>) -> Self {
        Self { is_sure: false, has_failed: false, part: NodeRef::default(), needs_focus: false }
    }

    fn update(&mut self, context: &Context<Self>, action: YourDataAction) -> bool {
        self.has_failed = matches!(action, YourDataAction::Failed);
        match action {
            YourDataAction::Failed => {}
            YourDataAction::Export(form) => {
                let on_failed = context.link().callback(|()| YourDataAction::Failed);
                context.props().session.export(form, on_failed);
            }
            YourDataAction::Delete(is_asked) => {
                self.is_sure = is_asked;
                self.needs_focus = true;
            }
        }
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
            let no = link.callback(|_| YourDataAction::Delete(false));
            return element!(
                "div",
                "class" = "your-data",
                "role" = "group",
                "aria-label" = History::DeleteAll
            )
            .key("question")
            .reference(&self.part)
            .on_escape(no.clone())
            .child(element!("p").say(History::DeleteAllSure))
            .child(button("button bad", History::DeleteAll).on_click(delete))
            .child(button("link", History::Keep).on_click(no))
            .into();
        }
        let export = |form: Form| link.callback(move |_| YourDataAction::Export(form));
        let failed = self.has_failed.then(|| element!("p", "role" = "alert").say(History::ExportFailed));
        element!("div", "class" = "your-data", "role" = "group", "aria-label" = History::YourData)
            .key("data")
            .reference(&self.part)
            .child(element!("p").say(History::YourConversations))
            .maybe(failed)
            .child(button("link", History::DownloadText).on_click(export(Form::Markdown)))
            .child(button("link", History::DownloadJson).on_click(export(Form::Json)))
            .child(
                button("link", History::DeleteAll).on_click(link.callback(|_| YourDataAction::Delete(true))),
            )
            .into()
    }
}
