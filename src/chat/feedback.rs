//! Whether an answer has helped, and a word on it for the site's owner.

use std::rc::Rc;

use candor_protocol::problem::Problem;
use candor_protocol::wire::{COMMENT_CHARS, Feedback, Rating};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, EventTarget};
use yew::{Component, Context, Html, Properties};

use super::custom_event;
use crate::element::{Element, button, element, fragment, optional};
use crate::json::{get, object, set};
use crate::session::Session;
use crate::session::state::Entry;
use crate::shell::icon::{Icon, icon};
use crate::words::{self, Conversation};

/// See [`FeedbackView`].
#[derive(PartialEq, Properties)]
pub struct FeedbackProps {
    /// What the visitor does.
    pub session: Session,
    /// The answer.
    pub entry: Rc<Entry>,
}

/// What happens.
pub enum FeedbackMessage {
    /// There is something to say beside a rating that was given before.
    Opened,
    /// A thumb was pressed, or pressed again.
    Rated(Rating, Option<EventTarget>),
    /// The visitor writes a word on it.
    Typed(String),
    /// They send it.
    Sent(Option<EventTarget>),
    /// It was told, with a word or without one, or not.
    Told(bool, Result<(), Problem>),
}

/// How far the visitor is.
#[derive(Default)]
enum Step {
    /// No word is asked for.
    #[default]
    Rating,
    /// A word is asked for.
    Comment,
    /// It was sent.
    Thanked,
}

/// Two thumbs, and once one is pressed, a place for a word.
#[derive(Default)]
pub struct FeedbackView {
    step: Step,
    comment: String,
    /// Whether something is on its way, and what the visitor wants after it: one thing after another, so that the last one counts.
    is_sending: bool,
    next: Option<FeedbackMessage>,
    /// Why the last could not be told.
    failed: Option<Problem>,
}

impl Component for FeedbackView {
    type Message = FeedbackMessage;
    type Properties = FeedbackProps;

    fn create(_: &Context<Self>) -> Self {
        Self::default()
    }

    fn update(&mut self, context: &Context<Self>, message: FeedbackMessage) -> bool {
        let before = context.props().entry.message.rating;
        match message {
            FeedbackMessage::Rated(..) | FeedbackMessage::Sent(_) if self.is_sending => {
                self.next = Some(message);
            }
            FeedbackMessage::Opened => self.step = Step::Comment,
            FeedbackMessage::Rated(rating, clicked) => {
                self.is_sending = true;
                let rating = (before != Some(rating)).then_some(rating);
                self.step = if rating.is_some() { Step::Comment } else { Step::Rating };
                tell(context, rating.map(|rating| Feedback { rating, comment: None }), clicked.as_ref());
            }
            FeedbackMessage::Typed(comment) => self.comment = comment,
            FeedbackMessage::Sent(clicked) => {
                let comment = self.comment.trim();
                if let (Some(rating), false) = (before, comment.is_empty()) {
                    self.is_sending = true;
                    tell(
                        context,
                        Some(Feedback { rating, comment: Some(comment.to_owned()) }),
                        clicked.as_ref(),
                    );
                }
            }
            FeedbackMessage::Told(has_comment, told) => {
                self.is_sending = false;
                if let Some(next) = self.next.take() {
                    context.link().send_message(next);
                }
                self.failed = told.err();
                if has_comment && self.failed.is_none() {
                    self.comment.clear();
                    self.step = Step::Thanked;
                }
            }
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let thumb = |rating: Rating, class: &'static str, word: Conversation| {
            let is_pressed = context.props().entry.message.rating == Some(rating);
            element!(
                "button",
                "type" = "button",
                "class" = class,
                "aria-label" = word,
                "title" = Conversation::FeedbackHint,
                "aria-pressed" = if is_pressed { "true" } else { "false" },
            )
            .child(icon(if is_pressed { &Icon::THUMB_PRESSED } else { &Icon::THUMB }))
            .on_click(
                context.link().callback(move |click: Event| FeedbackMessage::Rated(rating, click.target())),
            )
        };
        let is_rated = context.props().entry.message.rating.is_some();
        let beside = match &self.step {
            // What was thought before can still be said more of.
            Step::Rating if is_rated => Some(
                button("link", Conversation::FeedbackComment)
                    .on_click(context.link().callback(|_| FeedbackMessage::Opened)),
            ),
            Step::Rating => None,
            Step::Comment => is_rated.then(|| self.form(context)),
            Step::Thanked => {
                Some(element!("p", "class" = "hint", "role" = "status").say(Conversation::FeedbackThanks))
            }
        };
        let failed = self.failed.as_ref();
        let failed = failed
            .map(|problem| element!("p", "class" = "hint", "role" = "alert").string(&words::detail(problem)));
        fragment(vec![
            thumb(Rating::Up, "thumb", Conversation::Helpful).into(),
            thumb(Rating::Down, "thumb down", Conversation::Unhelpful).into(),
            optional(failed),
            optional(beside),
        ])
    }
}

impl FeedbackView {
    fn form(&self, context: &Context<Self>) -> Element {
        let link = context.link();
        let is_empty = self.comment.trim().is_empty();
        let input = element!(
            "textarea",
            "rows" = "2",
            "maxlength" = COMMENT_CHARS.to_string(),
            "dir" = "auto",
            "aria-label" = Conversation::FeedbackComment,
            "placeholder" = Conversation::FeedbackComment,
        )
        .value(self.comment.clone())
        .on("input", link.callback(|event: Event| FeedbackMessage::Typed(typed(&event))));
        let send = element!("button", "type" = "button", "class" = "button", "disabled" = is_empty)
            .on_click(link.callback(|click: Event| FeedbackMessage::Sent(click.target())))
            .say(Conversation::FeedbackSend);
        element!("div", "class" = "comment")
            .child(input)
            .child(element!("p", "class" = "hint", "role" = "status").say(Conversation::FeedbackHint))
            .child(send)
    }
}

/// What stands in the field.
fn typed(event: &Event) -> String {
    event.target().and_then(|field| get(&field, "value").as_string()).unwrap_or_default()
}

/// Tells the owner what the visitor thinks, and the page that they do.
fn tell(context: &Context<FeedbackView>, feedback: Option<Feedback>, clicked: Option<&EventTarget>) {
    let FeedbackProps { session, entry } = context.props();
    let (session, link) = (session.clone(), context.link().clone());
    let (id, before) = (entry.message.id.clone(), entry.message.rating);
    custom_event::dispatch(clicked, "candor-feedback", &detail(&session, &id, feedback.as_ref()), true);
    spawn_local(async move {
        let has_comment = feedback.as_ref().is_some_and(|feedback| feedback.comment.is_some());
        let told = session.rate(id, before, feedback).await;
        link.send_message(FeedbackMessage::Told(has_comment, told));
    });
}

/// What the page is told: the conversation and the answer by their ids, and the rating, which is absent where it is taken back.
fn detail(session: &Session, id: &str, feedback: Option<&Feedback>) -> JsValue {
    let detail = object();
    let conversation = session.state().conversation.clone().unwrap_or_default();
    set(&detail, "conversation", conversation.into());
    set(&detail, "message", id.into());
    if let Some(Feedback { rating, comment }) = feedback {
        set(&detail, "rating", rating.name().into());
        set(&detail, "comment", comment.as_deref().map_or(JsValue::UNDEFINED, JsValue::from));
    }
    detail
}
