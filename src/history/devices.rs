//! Going on with the same conversations on another device, by a code.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::{Component, Context, Html, NodeRef, Properties};

use crate::element::{Element, element};
use crate::session::Session;
use crate::session::state::Devices;
use crate::time;
use crate::words::{self, History};

/// See [`DevicesView`].
#[derive(PartialEq, Properties)]
pub struct DevicesProps {
    /// How far it is.
    pub devices: Rc<Devices>,
    /// What the visitor does.
    pub session: Session,
}

/// The part at the end of History.
pub struct DevicesView {
    field: NodeRef,
}

impl Component for DevicesView {
    /// The code is to be used that stands in the field.
    type Message = ();
    type Properties = DevicesProps;

    fn create(_: &Context<Self>) -> Self {
        Self { field: NodeRef::default() }
    }

    fn update(&mut self, context: &Context<Self>, (): ()) -> bool {
        let code = self.field.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default();
        if !code.trim().is_empty() {
            context.props().session.link(code);
        }
        false
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let DevicesProps { session, devices } = context.props();
        let is_waiting = **devices == Devices::Waiting;
        let actions = element!("p", "class" = "actions")
            .child(
                action("button", is_waiting)
                    .on_click(session.callback(|session, _| session.make_code()))
                    .say(History::GetCode),
            )
            .child(
                action("link", is_waiting)
                    .on_click(session.callback(|session, _| session.end_others()))
                    .say(History::SignOutOthers),
            );
        let link = context.link();
        let field = element!(
            "input",
            "id" = "candor-code",
            "autocomplete" = "off",
            "autocapitalize" = "characters",
            "spellcheck" = "false",
            "maxlength" = "20",
        )
        .reference(&self.field)
        .on_enter(link.callback(|_| ()));
        let go_on = action("button", is_waiting).on_click(link.callback(|_| ())).say(History::ContinueHere);
        // No form: a sandboxed frame may have none.
        element!("details", "class" = "devices", "open" = **devices != Devices::Idle)
            .child(element!("summary").say(History::Devices))
            .maybe(outcome(devices))
            .child(actions)
            .child(element!("label", "for" = "candor-code").say(History::CodeHere))
            .child(element!("span", "class" = "line").child(field).child(go_on))
            .into()
    }
}

/// A button that waits for what is under way.
fn action(class: &'static str, is_waiting: bool) -> Element {
    element!("button", "type" = "button", "class" = class, "disabled" = is_waiting)
}

fn outcome(devices: &Devices) -> Option<Element> {
    let status = || element!("p", "role" = "status");
    Some(match devices {
        Devices::Idle => return None,
        Devices::Waiting => element!("p", "class" = "quiet", "role" = "status").say(History::Moment),
        Devices::Code(code) => {
            let until = time::clock(code.expires_at);
            status()
                .child(element!("strong", "class" = "code").string(&code.code))
                .text(" ")
                .string(&words::fill(History::CodeUntil, &[("time", &until)]))
        }
        Devices::Linked => status().say(History::Linked),
        Devices::OthersSignedOut => status().say(History::SignedOutOthers),
        Devices::Refused(problem) => element!("p", "role" = "alert")
            .child(element!("strong").string(&words::title(problem)))
            .text(" ")
            .string(&words::detail(problem)),
    })
}
