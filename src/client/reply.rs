//! A reply as it is written: the stream of its events, taken up again where the connection is lost.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use candor_protocol::sse::Decoder;
use candor_protocol::wire::{NewMessage, ReplyEvent};
use gloo_timers::future::TimeoutFuture;
use web_sys::{AbortController, AbortSignal};

use super::Client;
use super::request::{Method, problem};

/// What the reply is to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// A message that the proxy does not have yet.
    New {
        /// What the visitor wrote.
        content: String,
        /// Under which it is sent, also when it is sent again: it is never kept twice.
        idempotency_key: String,
        /// The owner's token, where the message asks for a failure to be rehearsed.
        rehearsed_by: Option<String>,
    },
    /// A message that the proxy has, by its id: the reply failed, and another is asked for.
    Again(String),
    /// A message whose reply is being written already.
    UnderWay(String),
}

/// How long the stream may be silent, in milliseconds. The proxy sends a sign of life every 15 seconds.
const SILENCE: u32 = 45_000;

/// How long is waited before each try to take a lost stream up again, in milliseconds.
const PAUSES: [u32; 3] = [300, 1_000, 3_000];

/// Ends a reply's stream when it is called, or dropped.
#[must_use = "dropping it ends the stream"]
pub struct Ending {
    controller: Option<AbortController>,
    ended: Rc<Cell<bool>>,
}

impl Default for Ending {
    fn default() -> Self {
        Self { controller: AbortController::new().ok(), ended: Rc::default() }
    }
}

impl Ending {
    /// What the stream listens to.
    pub fn listener(&self) -> Listener {
        Listener {
            signal: self.controller.as_ref().map(AbortController::signal),
            ended: Rc::clone(&self.ended),
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.ended.set(true);
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}

/// See [`Ending::listener`].
#[derive(Clone)]
pub struct Listener {
    signal: Option<AbortSignal>,
    ended: Rc<Cell<bool>>,
}

impl Listener {
    /// Whether the other side has let go.
    pub fn has_ended(&self) -> bool {
        self.ended.get()
    }

    /// Aborts a request when it does.
    pub fn signal(&self) -> Option<&AbortSignal> {
        self.signal.as_ref()
    }
}

/// How far a stream has come, for taking it up again.
#[derive(Default)]
struct Progress {
    message: Option<String>,
    last_event: Option<String>,
    finished: bool,
}

impl Client {
    /// Asks for a reply and hands each of its events on as it arrives, the last being `done` or `error`. Returns early,
    /// without an error, where the stream was ended from here.
    ///
    /// # Errors
    /// Where the question could not be put, or the stream was lost and could not be taken up again. The proxy goes on
    /// writing in that case.
    pub async fn reply(
        &self,
        conversation: &str,
        question: Question,
        listener: Listener,
        on_event: impl Fn(ReplyEvent),
    ) -> Result<(), Problem> {
        let progress = RefCell::new(Progress::default());
        let mut question = question;
        let mut pauses = PAUSES.iter();
        loop {
            let before = progress.borrow().last_event.clone();
            let outcome = self.listen(conversation, &question, &listener, &progress, &on_event).await;
            if listener.ended.get() || progress.borrow().finished {
                return Ok(());
            }
            let Err(lost) = outcome else { continue };
            let Some(message) = progress.borrow().message.clone() else { return Err(lost) };
            if progress.borrow().last_event != before {
                pauses = PAUSES.iter();
            }
            let Some(pause) = pauses.next() else { return Err(lost) };
            question = Question::UnderWay(message);
            TimeoutFuture::new(*pause).await;
            if listener.ended.get() {
                return Ok(());
            }
        }
    }

    /// Listens to one connection until it ends.
    async fn listen(
        &self,
        conversation: &str,
        question: &Question,
        listener: &Listener,
        progress: &RefCell<Progress>,
        on_event: &impl Fn(ReplyEvent),
    ) -> Result<(), Problem> {
        let messages = format!("/conversations/{conversation}/messages");
        let response = self
            .answered(|| {
                let request = match question {
                    Question::New { content, idempotency_key, rehearsed_by } => {
                        let request =
                            self.request(Method::Post, &messages).header("Idempotency-Key", idempotency_key);
                        let request = match rehearsed_by {
                            Some(owner) => request.header("Candor-Owner", owner),
                            None => request,
                        };
                        request.json(&NewMessage { content: content.clone() })?
                    }
                    Question::Again(id) => self.request(Method::Post, &format!("{messages}/{id}/reply")),
                    Question::UnderWay(id) => self.request(Method::Get, &format!("{messages}/{id}/reply")),
                };
                let request = match &progress.borrow().last_event {
                    Some(id) => request.header("Last-Event-ID", id),
                    None => request,
                };
                Ok(request.header("Accept", "text/event-stream").abortable(listener.signal.as_ref()))
            })
            .await?;
        let body = response.events().await?;
        let mut decoder = Decoder::default();
        loop {
            let bytes = body.next_within(SILENCE).await?;
            let events = decoder.push(&bytes).map_err(|_| problem(&known::not_the_proxy))?;
            for event in events {
                let read = ReplyEvent::read(&event.name, &event.data);
                let Some(read) = read.map_err(|_| problem(&known::not_the_proxy))? else { continue };
                let mut progress = progress.borrow_mut();
                match &read {
                    ReplyEvent::Start(start) => progress.message = Some(start.message.id.clone()),
                    ReplyEvent::Delta(_) => {}
                    ReplyEvent::Done(_) | ReplyEvent::Error(_) => progress.finished = true,
                }
                progress.last_event = event.id.filter(|id| is_plain(id)).or(progress.last_event.take());
                let finished = progress.finished;
                drop(progress);
                on_event(read);
                if finished {
                    return Ok(());
                }
            }
        }
    }
}

/// Whether an event's id can travel in a header: what we send there is never taken on trust.
fn is_plain(id: &str) -> bool {
    id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_graphic())
}
