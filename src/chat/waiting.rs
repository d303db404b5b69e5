//! What the visitor has sent and what waits for its turn, below the answer that is being written.

use std::rc::Rc;

use yew::Callback;

use crate::element::{Element, button, element};
use crate::session::Session;
use crate::session::state::State;
use crate::session::state::waiting::Waiting;
use crate::words::{Conversation, Core};

/// The messages that wait, in their order.
pub fn view(session: &Session, state: &State) -> Element {
    let when = if state.replying() { Conversation::AfterAnswer } else { Conversation::AfterAbove };
    element!("div", "class" = "waiting", "role" = "group", "aria-label" = Conversation::Waiting)
        .children(state.waiting.iter().map(|waiting| one(session, waiting, when)))
}

fn one(session: &Session, waiting: &Rc<Waiting>, when: Conversation) -> Element {
    let (session, taken) = (session.clone(), Rc::clone(waiting));
    let take_back = button("link", Conversation::TakeBack)
        .on_click(Callback::from(move |_| session.take_back(Rc::clone(&taken))));
    element!("article", "class" = "message user", "aria-label" = Core::You)
        .key(waiting.idempotency_key.as_str())
        .child(element!("p").string(&waiting.content))
        .child(element!("p", "class" = "when").say(when).child(take_back))
}
