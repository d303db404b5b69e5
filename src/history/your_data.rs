//! What a visitor can do with everything that is kept of them: take it along, or have it deleted.

use yew::{Component, Context, Html, Properties};

use super::export::Form;
use crate::element::{button, element};
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
}

impl Component for YourData {
    /// Whether the visitor has asked for everything to be deleted.
    type Message = bool;
    type Properties = YourDataProps;

    fn create(_: &Context<Self>) -> Self {
        Self { is_sure: false }
    }

    fn update(&mut self, _: &Context<Self>, is_sure: bool) -> bool {
        self.is_sure = is_sure;
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let session = &context.props().session;
        let link = context.link();
        if self.is_sure {
            let delete = session.callback(|session, _| session.forget());
            return element!(
                "div",
                "class" = "your-data",
                "role" = "group",
                "aria-label" = "Delete everything"
            )
            .child(element!("p").text("Delete all your conversations for good?"))
            .child(button("button bad", "Delete everything").on_click(delete))
            .child(button("link", "Keep").on_click(link.callback(|_| false)))
            .into();
        }
        let export = |form: Form| session.callback_with(form, |session, form, _| session.export(form));
        element!("div", "class" = "your-data", "role" = "group", "aria-label" = "Your data")
            .child(element!("p").text("Your conversations"))
            .child(button("link", "Download as text").on_click(export(Form::Markdown)))
            .child(button("link", "Download as JSON").on_click(export(Form::Json)))
            .child(button("link", "Delete everything").on_click(link.callback(|_| true)))
            .into()
    }
}
