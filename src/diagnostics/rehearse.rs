//! Previewing an error: every cause of the catalogue, played as a visitor would meet it.

use candor_diagnosis::catalogue::ALL;
use candor_protocol::cause::Link;
use web_sys::HtmlSelectElement;
use yew::{Component, Context, Html, NodeRef, Properties};

use super::said;
use crate::element::{Element, button, element};
use crate::session::Session;
use crate::words::{Diagnostics, causes};

/// See [`Rehearse`].
#[derive(PartialEq, Properties)]
pub struct RehearseProps {
    /// What is done here.
    pub session: Session,
}

/// A choice of causes, link by link.
pub struct Rehearse {
    choice: NodeRef,
}

impl Component for Rehearse {
    /// The cause is to be played that is chosen.
    type Message = ();
    type Properties = RehearseProps;

    fn create(_: &Context<Self>) -> Self {
        Self { choice: NodeRef::default() }
    }

    fn update(&mut self, context: &Context<Self>, (): ()) -> bool {
        if let Some(choice) = self.choice.cast::<HtmlSelectElement>() {
            context.props().session.rehearse(choice.value());
        }
        false
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let mut choice = element!("select", "aria-label" = Diagnostics::Cause).reference(&self.choice);
        for link in Link::ALL {
            choice = choice.child(causes_of(link));
        }
        let rehearse = button("button", Diagnostics::Preview).on_click(context.link().callback(|_| ()));
        element!("section", "class" = "rehearse", "aria-label" = Diagnostics::HowErrorsLook)
            .child(element!("h3").say(Diagnostics::HowErrorsLook))
            .child(element!("span", "class" = "line").child(choice))
            .child(element!("p", "class" = "plainly").say(Diagnostics::PreviewNote))
            .child(element!("p", "class" = "line").child(rehearse))
            .into()
    }
}

fn causes_of(link: Link) -> Element {
    let mut group = element!("optgroup", "label" = said(link.name()).to_owned());
    for entry in ALL {
        if entry.cause.link == link {
            group = group.child(element!("option", "value" = entry.id()).string(&causes::name(entry)));
        }
    }
    group
}
