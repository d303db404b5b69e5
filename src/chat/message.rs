//! One message: the visitor's words in a bubble, the assistant's on the page.

use std::any::Any;
use std::rc::Rc;

use candor_protocol::wire::{MessageStatus, Role};
use yew::Html;

use super::failure::{self, FailureProps};
use crate::element::{Element, Memo, element, fragment, optional};
use crate::lazy;
use crate::session::Session;
use crate::session::state::{Entry, PartStatus};
use crate::words::Core;

/// A message, and what it stands in.
pub struct MessageView {
    /// What the visitor does.
    pub session: Session,
    /// The message.
    pub entry: Rc<Entry>,
    /// Whether it is the conversation's last, so that it can be asked for again.
    pub last: bool,
    /// How far the parts are that messages need: Markdown, and the failure's card.
    pub parts: (PartStatus, PartStatus),
    /// Whether the Diagnostics tab is there, which tells more of a failure.
    pub has_diagnostics: bool,
    /// Whether visitors are asked what they think of answers.
    pub asks_for_feedback: bool,
    /// Whether the time stands before it, after a long silence.
    pub begins: bool,
}

impl Memo for MessageView {
    fn is_same(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| {
            Rc::ptr_eq(&self.entry, &other.entry)
                && self.last == other.last
                && self.parts == other.parts
                && self.has_diagnostics == other.has_diagnostics
                && self.asks_for_feedback == other.asks_for_feedback
                && self.begins == other.begins
        })
    }

    fn view(&self) -> Html {
        match self.entry.message.role {
            Role::User => of_visitor(self),
            Role::Assistant => of_assistant(self).into(),
        }
    }
}

fn of_visitor(props: &MessageView) -> Html {
    let message = &props.entry.message;
    let moment = lazy::conversation::loaded().filter(|_| props.begins);
    let moment = moment.map(|part| (part.moment)(message.created_at));
    let words = element!("p").string(&message.content);
    let message = element!("article", "class" = "message user", "aria-label" = Core::You).child(words);
    fragment(vec![optional(moment), message.into()])
}

fn of_assistant(props: &MessageView) -> Element {
    let (session, message) = (&props.session, &props.entry.message);
    // What would be shown with its signs for a moment is awaited for that moment longer.
    let is_near = props.parts.0 == PartStatus::Loading;
    let is_awaited = message.status == MessageStatus::Streaming && (message.content.is_empty() || is_near);
    let content = if is_awaited {
        Some(dots(props.entry.is_thinking))
    } else {
        let is_there = !message.content.is_empty();
        is_there.then(|| element!("div", "class" = "markdown").node(text(props)))
    };
    let stopped = (message.status == MessageStatus::Stopped)
        .then(|| element!("p", "class" = "stopped").say(Core::Stopped));
    let failure = message.error.as_ref().map(|problem| {
        card(&FailureProps {
            session: session.clone(),
            problem: problem.clone(),
            last: props.last,
            has_text: !message.content.is_empty(),
        })
    });
    let below = lazy::conversation::loaded()
        .map(|part| (part.below)(session, &props.entry, props.last, props.parts.0));
    element!("article", "class" = "message assistant", "aria-label" = Core::Assistant)
        .maybe(content)
        .maybe(stopped)
        .maybe(failure)
        .node(below.unwrap_or_default())
}

/// What stands where the answer will.
fn dots(is_thinking: bool) -> Element {
    let dots = element!("span", "class" = "dots", "aria-hidden" = "true")
        .child(element!("i"))
        .child(element!("i"))
        .child(element!("i"));
    let words = if is_thinking {
        element!("span").say(Core::Thinking)
    } else {
        element!("span", "class" = "hidden").say(Core::Waiting)
    };
    element!("p", "class" = "awaited", "role" = "status").child(dots).child(words)
}

/// The assistant's words: as they were written until the part is here that renders them.
fn text(props: &MessageView) -> Html {
    match lazy::markdown::loaded() {
        Some(part) => (part.view)(Rc::clone(&props.entry)),
        None => element!("p", "class" = "plain-text").string(&props.entry.message.content).into(),
    }
}

/// The failure's card: its sentence and "Retry" until the part is here that says more.
fn card(props: &FailureProps) -> Element {
    match lazy::conversation::loaded() {
        Some(part) => (part.failure)(props),
        None => failure::sentence(props),
    }
}
