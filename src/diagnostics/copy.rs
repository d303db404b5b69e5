//! "Copy report".

use yew::{Callback, Component, Context, Html, Properties};

use crate::element::{button, element, fragment};
use crate::transport::save;
use crate::words::Diagnostics;

/// See [`Copy`].
#[derive(PartialEq, Properties)]
pub struct CopyProps {
    /// Makes the text, once it is wanted.
    pub text: Callback<(), String>,
}

/// How copying ended.
pub enum Outcome {
    /// The text is in the clipboard.
    Copied,
    /// The browser refused to take this text.
    Refused(String),
}

/// Copies the report. Where the browser refuses the clipboard, the text is shown to be copied by hand.
pub struct Copy {
    outcome: Option<Outcome>,
}

impl Component for Copy {
    type Message = Outcome;
    type Properties = CopyProps;

    fn create(_: &Context<Self>) -> Self {
        Self { outcome: None }
    }

    fn update(&mut self, _: &Context<Self>, outcome: Outcome) -> bool {
        self.outcome = Some(outcome);
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let copy = {
            let (text, link) = (context.props().text.clone(), context.link().clone());
            Callback::from(move |_| {
                let text = text.emit(());
                link.send_future(async move {
                    if save::copy(&text).await { Outcome::Copied } else { Outcome::Refused(text) }
                });
            })
        };
        let outcome = match &self.outcome {
            None => Html::default(),
            Some(Outcome::Copied) => {
                element!("span", "class" = "copied", "role" = "status").say(Diagnostics::Copied).into()
            }
            Some(Outcome::Refused(text)) => {
                element!("textarea", "class" = "by-hand", "readonly" = "", "aria-label" = Diagnostics::Report)
                    .value(text.clone())
                    .into()
            }
        };
        fragment(vec![button("button", Diagnostics::Copy).on_click(copy).into(), outcome])
    }
}
