//! A reply as it is written: the stream of its events, taken up again where the connection is lost.

use std::cell::RefCell;

use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use candor_protocol::sse::Decoder;
use candor_protocol::wire::ReplyEvent;

use super::abort::AbortToken;
use super::proxy::{Proxy, StreamSource};
use super::request::{Method, Request, interpreted, problem};
use super::text;
use crate::time;

/// How long the stream may be silent, in milliseconds. The proxy sends a sign of life every 15 seconds.
const SILENCE_MS: u32 = 45_000;

/// How long is waited before each try to take a lost stream up again, in milliseconds.
const RETRY_DELAYS_MS: [u32; 3] = [300, 1_000, 3_000];

/// How far a stream has come, for taking it up again.
#[derive(Default)]
struct Progress {
    path: Option<String>,
    last_event: Option<String>,
    finished: bool,
}

impl Proxy {
    /// Listens to a reply's stream, over as many connections as it takes.
    ///
    /// # Errors
    /// Where the question could not be put, or the stream was lost and could not be taken up again. The proxy goes on
    /// writing in that case.
    pub async fn stream(
        &self,
        source: StreamSource<'_>,
        abort: &AbortToken,
        on_event: &dyn Fn(ReplyEvent),
    ) -> Result<(), Problem> {
        let progress = RefCell::new(Progress { path: source.path.clone(), ..Progress::default() });
        let mut is_first = true;
        let mut pauses = RETRY_DELAYS_MS.iter();
        loop {
            let before = progress.borrow().last_event.clone();
            let make = || {
                let progress = progress.borrow();
                let request = match (source.begin.filter(|_| is_first), &progress.path) {
                    (Some(begin), _) => begin(),
                    // Without a path the stream never began, and no second connection is made.
                    (None, path) => self.request(Method::Get, path.as_deref().unwrap_or_default()),
                };
                let request = match &progress.last_event {
                    Some(id) => request.header("Last-Event-ID", id),
                    None => request,
                };
                request.header("Accept", "text/event-stream").abortable(abort.signal())
            };
            let outcome = self.listen(&make, &source, &progress, on_event).await;
            if abort.has_ended() || progress.borrow().finished {
                return Ok(());
            }
            let Err(lost) = outcome else { continue };
            // A refusal for want of room is no lost connection: whoever asks again at once makes it worse.
            if progress.borrow().path.is_none() || lost.status == 429 {
                return Err(lost);
            }
            if progress.borrow().last_event != before {
                pauses = RETRY_DELAYS_MS.iter();
            }
            let Some(pause) = pauses.next() else { return Err(lost) };
            is_first = false;
            time::sleep(*pause).await;
            if abort.has_ended() {
                return Ok(());
            }
        }
    }

    /// Listens to one connection until it ends.
    async fn listen(
        &self,
        make: &dyn Fn() -> Request,
        source: &StreamSource<'_>,
        progress: &RefCell<Progress>,
        on_event: &dyn Fn(ReplyEvent),
    ) -> Result<(), Problem> {
        let body = self.answered(make).await?.events().await?;
        let mut decoder = Decoder::reading_by(|line| text::decode(line).unwrap_or_default());
        loop {
            let bytes = body.next_within(SILENCE_MS).await?;
            let events = decoder.push(&bytes).map_err(|_| problem(&known::not_the_proxy))?;
            let mut grows = false;
            for event in events {
                let read = (source.read)(&event.name, &event.data);
                let Some(read) = read.ok_or_else(|| problem(&known::not_the_proxy))? else { continue };
                let read = match read {
                    ReplyEvent::Error(problem) => ReplyEvent::Error(Box::new(interpreted(*problem).await)),
                    other => other,
                };
                let mut progress = progress.borrow_mut();
                match &read {
                    ReplyEvent::Start(start) => progress.path = Some((source.follow)(start)),
                    ReplyEvent::Thinking | ReplyEvent::Delta(_) => grows = true,
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
            if grows {
                body.gather().await;
            }
        }
    }
}

/// Whether an event's id can travel in a header: what we send there is never taken on trust.
fn is_plain(id: &str) -> bool {
    id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_graphic())
}
