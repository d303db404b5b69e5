//! A reply as it is written: the stream of its events, taken up again where the connection is lost.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use candor_diagnosis::interpret::interpret;
use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use candor_protocol::sse::Decoder;
use candor_protocol::wire::{NewMessage, ReplyEvent, ReplyStart};
use gloo_timers::future::TimeoutFuture;
use web_sys::{AbortController, AbortSignal};

use super::request::{Method, Request, problem};
use super::{Client, local};

/// What is told of each event of a reply.
pub type OnEvent = Rc<dyn Fn(ReplyEvent)>;

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
    /// Ends it now.
    pub fn end(&self) {
        self.ended.set(true);
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }

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
        self.end();
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

/// How a stream is asked for, and taken up again.
pub(super) struct Way<'a> {
    /// What begins it; none where it has begun.
    pub begin: Option<&'a dyn Fn() -> Result<Request, Problem>>,
    /// Where it is taken up, once its start is known.
    pub follow: &'a dyn Fn(&ReplyStart) -> String,
    /// The same where it has begun.
    pub path: Option<String>,
}

/// How far a stream has come, for taking it up again.
#[derive(Default)]
struct Progress {
    path: Option<String>,
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
        on_event: OnEvent,
    ) -> Result<(), Problem> {
        if local::is_here(conversation) {
            return self.reply_here(conversation, question, listener, on_event).await;
        }
        let messages = format!("/conversations/{conversation}/messages");
        let reply = |message: &str| format!("{messages}/{message}/reply");
        let begin = || match &question {
            Question::New { content, idempotency_key, rehearsed_by } => {
                let request =
                    self.request(Method::Post, &messages).header("Idempotency-Key", idempotency_key);
                let request = match rehearsed_by {
                    Some(owner) => request.header("Candor-Owner", owner),
                    None => request,
                };
                request.json(&NewMessage { content: content.clone() })
            }
            Question::Again(id) | Question::UnderWay(id) => Ok(self.request(Method::Post, &reply(id))),
        };
        let way = match &question {
            Question::UnderWay(id) => {
                Way { begin: None, follow: &|start| reply(&start.message.id), path: Some(reply(id)) }
            }
            _ => Way { begin: Some(&begin), follow: &|start| reply(&start.message.id), path: None },
        };
        self.stream(way, &listener, &*on_event).await
    }

    /// Listens to a reply's stream, over as many connections as it takes.
    pub(super) async fn stream(
        &self,
        way: Way<'_>,
        listener: &Listener,
        on_event: &dyn Fn(ReplyEvent),
    ) -> Result<(), Problem> {
        let progress = RefCell::new(Progress { path: way.path.clone(), ..Progress::default() });
        let mut is_first = true;
        let mut pauses = PAUSES.iter();
        loop {
            let before = progress.borrow().last_event.clone();
            let make = || {
                let path = progress.borrow().path.clone();
                let request = match (way.begin.filter(|_| is_first), path) {
                    (None, Some(path)) => self.request(Method::Get, &path),
                    (Some(begin), _) => begin()?,
                    (None, None) => return Err(problem(&known::connection_lost)),
                };
                let request = match &progress.borrow().last_event {
                    Some(id) => request.header("Last-Event-ID", id),
                    None => request,
                };
                Ok(request.header("Accept", "text/event-stream").abortable(listener.signal.as_ref()))
            };
            let outcome = self.listen(&make, way.follow, &progress, on_event).await;
            if listener.ended.get() || progress.borrow().finished {
                return Ok(());
            }
            let Err(lost) = outcome else { continue };
            if progress.borrow().path.is_none() {
                return Err(lost);
            }
            if progress.borrow().last_event != before {
                pauses = PAUSES.iter();
            }
            let Some(pause) = pauses.next() else { return Err(lost) };
            is_first = false;
            TimeoutFuture::new(*pause).await;
            if listener.ended.get() {
                return Ok(());
            }
        }
    }

    /// Listens to one connection until it ends.
    async fn listen(
        &self,
        make: &dyn Fn() -> Result<Request, Problem>,
        follow: &dyn Fn(&ReplyStart) -> String,
        progress: &RefCell<Progress>,
        on_event: &dyn Fn(ReplyEvent),
    ) -> Result<(), Problem> {
        let body = self.answered(make).await?.events().await?;
        let mut decoder = Decoder::default();
        loop {
            let bytes = body.next_within(SILENCE).await?;
            let events = decoder.push(&bytes).map_err(|_| problem(&known::not_the_proxy))?;
            for event in events {
                let read = ReplyEvent::read(&event.name, &event.data);
                let Some(read) = read.map_err(|_| problem(&known::not_the_proxy))? else { continue };
                let read = match read {
                    ReplyEvent::Error(problem) => ReplyEvent::Error(Box::new(interpret(*problem))),
                    other => other,
                };
                let mut progress = progress.borrow_mut();
                match &read {
                    ReplyEvent::Start(start) => progress.path = Some(follow(start)),
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
