//! Signing the owner in.

use candor_protocol::problem::Problem;
use web_sys::HtmlInputElement;
use yew::{Component, Context, Html, NodeRef, Properties};

use crate::element::element;
use crate::session::Session;
use crate::transport::storage::is_header;
use crate::words::{self, Diagnostics};

/// See [`SignIn`].
#[derive(PartialEq, Properties)]
pub struct SignInProps {
    /// What the owner does.
    pub session: Session,
    /// Why the last try was refused.
    pub refused: Option<Problem>,
    /// Whether a token is being tried.
    pub is_trying: bool,
}

/// The field for the owner token. No form: a sandboxed frame may have none.
pub struct SignIn {
    field: NodeRef,
}

impl Component for SignIn {
    /// The token is to be tried that stands in the field.
    type Message = ();
    type Properties = SignInProps;

    fn create(_: &Context<Self>) -> Self {
        Self { field: NodeRef::default() }
    }

    fn update(&mut self, context: &Context<Self>, (): ()) -> bool {
        let token = self.field.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default();
        let token = token.trim();
        if is_header(token) {
            context.props().session.sign_in(token.to_owned());
        }
        false
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let SignInProps { refused, is_trying, .. } = context.props();
        let link = context.link();
        let field = element!(
            "input",
            "id" = "candor-owner",
            "type" = "password",
            "autocomplete" = "off",
            "maxlength" = "512",
        )
        .reference(&self.field)
        .on_enter(link.callback(|_| ()));
        let submit = element!("button", "type" = "button", "class" = "button", "disabled" = *is_trying)
            .on_click(link.callback(|_| ()))
            .say(Diagnostics::SignIn);
        let alert = refused.as_ref().map(|problem| {
            let words = [&words::title(problem), " ", &words::detail(problem)].concat();
            element!("p", "class" = "refused", "role" = "alert").string(&words)
        });
        let kept = element!("p", "class" = "plainly").say(Diagnostics::OwnerKept);
        let sign_in = element!("div", "class" = "sign-in")
            .child(element!("label", "for" = "candor-owner").say(Diagnostics::OwnerToken))
            .child(element!("span", "class" = "line").child(field).child(submit))
            .maybe(alert)
            .child(kept);
        element!("details", "class" = "owner", "open" = refused.is_some() || *is_trying)
            .child(element!("summary").say(Diagnostics::Owner))
            .child(sign_in)
            .into()
    }
}
