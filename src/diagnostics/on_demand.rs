//! A list that the owner reads once they ask for it.

use candor_protocol::problem::Problem;
use wasm_bindgen_futures::spawn_local;
use yew::{Component, Context, Html, Properties};

use crate::element::{Element, button, element};
use crate::session::Session;
use crate::transport::Later;
use crate::words::{self, Diagnostics};

/// What is shown of a list that came.
pub type ShowList = Box<dyn Fn() -> Element>;

/// A list, and how it is had.
pub struct List {
    /// What it is called.
    pub title: Diagnostics,
    /// What asks for it.
    pub show: Diagnostics,
    /// Fetches it with the owner's token.
    pub fetch: fn(Session, String) -> Later<Result<ShowList, Problem>>,
}

/// See [`OnDemand`].
#[derive(Properties)]
pub struct OnDemandProps {
    /// Whose token asks.
    pub session: Session,
    /// For what.
    pub list: &'static List,
}

impl PartialEq for OnDemandProps {
    fn eq(&self, other: &Self) -> bool {
        self.session == other.session && std::ptr::eq(self.list, other.list)
    }
}

/// The list, once it is asked for.
pub struct OnDemand(Shown);

enum Shown {
    Nothing,
    Fetching,
    List(ShowList),
    Failed(Problem),
}

/// What becomes of it.
pub enum OnDemandMessage {
    /// It is wanted.
    Wanted,
    /// It came, or did not.
    Fetched(Result<ShowList, Problem>),
}

impl Component for OnDemand {
    type Message = OnDemandMessage;
    type Properties = OnDemandProps;

    fn create(_: &Context<Self>) -> Self {
        Self(Shown::Nothing)
    }

    fn update(&mut self, context: &Context<Self>, message: OnDemandMessage) -> bool {
        match message {
            OnDemandMessage::Wanted => {
                let OnDemandProps { session, list } = context.props();
                let Some(token) = session.owner_token() else { return false };
                let (fetched, link) = ((list.fetch)(session.clone(), token), context.link().clone());
                self.0 = Shown::Fetching;
                spawn_local(async move { link.send_message(OnDemandMessage::Fetched(fetched.await)) });
            }
            OnDemandMessage::Fetched(Ok(list)) => self.0 = Shown::List(list),
            OnDemandMessage::Fetched(Err(problem)) => self.0 = Shown::Failed(problem),
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let list = context.props().list;
        let wanted = context.link().callback(|_| OnDemandMessage::Wanted);
        let show = |word: Diagnostics| {
            element!("p", "class" = "line").child(button("button", word).on_click(wanted))
        };
        let part = match &self.0 {
            Shown::Nothing => show(list.show),
            Shown::Fetching => element!("p", "class" = "plainly", "role" = "status").say(Diagnostics::Moment),
            Shown::List(view) => view(),
            Shown::Failed(problem) => {
                let words = [&words::title(problem), " ", &words::detail(problem)].concat();
                element!("div")
                    .child(element!("p", "class" = "refused", "role" = "alert").string(&words))
                    .child(show(Diagnostics::TryAgain))
            }
        };
        element!("section", "aria-label" = list.title)
            .child(element!("h3").say(list.title))
            .child(part)
            .into()
    }
}

/// What is said of a list that has nothing in it.
pub fn nothing(word: Diagnostics) -> Element {
    element!("p", "class" = "plainly", "role" = "status").say(word)
}
