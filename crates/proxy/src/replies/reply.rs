//! A reply that is being written: what has arrived so far, and everybody who follows it.
//!
//! It belongs to the proxy, not to a connection. Whoever follows it sees it from any byte on, as often as they like;
//! a slow follower gets in one piece what has piled up.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use candor_diagnosis::completions::MAX_REASONING_BYTES;
use candor_protocol::problem::Problem;
use candor_protocol::sse;
use candor_protocol::visibility::Diagnostics;
use candor_protocol::wire::{Message, MessageStatus, ReplyDelta, ReplyDone, ReplyEvent, ReplyStart};
use futures_util::stream::{self, Stream};
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use super::signature::AnswerSigner;

/// How often a quiet stream gives a sign of life, so that nothing on the way takes it for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How a reply ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is whole.
    Complete,
    /// The visitor stopped it.
    Stopped,
    /// It failed; the problem holds all that is known.
    Failed(Box<Problem>),
}

#[derive(Debug)]
struct Progress {
    is_thinking: bool,
    content: String,
    /// What the model thinks, shown to nobody.
    reasoning: String,
    /// How much the model has written, what it thought and what was taken back included.
    written_bytes: usize,
    /// How often all that had arrived was taken back.
    retractions: usize,
    ending: Option<Ending>,
}

/// One reply and the message that it answers.
#[derive(Debug)]
pub struct Reply {
    message: Message,
    begun: Message,
    progress: watch::Sender<Progress>,
    stop: Notify,
    is_kept: AtomicBool,
    signer: Option<AnswerSigner>,
}

fn ending(reply: &Message) -> Option<Ending> {
    match (reply.status, &reply.error) {
        (_, Some(error)) => Some(Ending::Failed(Box::new(error.clone()))),
        (MessageStatus::Streaming, None) => None,
        (MessageStatus::Stopped, None) => Some(Ending::Stopped),
        (MessageStatus::Complete | MessageStatus::Failed, None) => Some(Ending::Complete),
    }
}

impl Reply {
    /// A reply as it is kept: one that has ended is followed just as one that is being written.
    pub fn new(message: Message, reply: Message) -> Self {
        let progress = Progress {
            is_thinking: false,
            content: reply.content.clone(),
            reasoning: String::new(),
            written_bytes: 0,
            retractions: 0,
            ending: ending(&reply),
        };
        let begun =
            Message { content: String::new(), status: MessageStatus::Streaming, error: None, ..reply };
        Self {
            message,
            begun,
            progress: watch::Sender::new(progress),
            stop: Notify::new(),
            is_kept: AtomicBool::new(false),
            signer: None,
        }
    }

    /// The same with a signature at its end.
    #[must_use]
    pub fn signed_by(self, signer: AnswerSigner) -> Self {
        Self { signer: Some(signer), ..self }
    }

    /// The reply's id.
    pub fn id(&self) -> &str {
        &self.begun.id
    }

    /// The visitor's message.
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// From now on the store has it.
    pub fn set_kept(&self) {
        self.is_kept.store(true, Ordering::Release);
    }

    /// Whether the store has it.
    pub fn is_kept(&self) -> bool {
        self.is_kept.load(Ordering::Acquire)
    }

    /// The model thinks before it answers.
    pub fn think(&self) {
        self.progress.send_modify(|progress| progress.is_thinking = true);
    }

    /// Adds to what the model thinks. Nobody is told.
    pub fn reason(&self, text: &str) {
        self.progress.send_if_modified(|progress| {
            progress.written_bytes += text.len();
            if progress.reasoning.len() <= MAX_REASONING_BYTES {
                progress.reasoning.push_str(text);
            }
            false
        });
    }

    /// What the model has thought beside its answer, where there is anything, and not more than is kept.
    pub fn reasoning(&self) -> Option<String> {
        let progress = self.progress.borrow();
        (1..=MAX_REASONING_BYTES).contains(&progress.reasoning.len()).then(|| progress.reasoning.clone())
    }

    /// Adds text.
    pub fn add(&self, text: &str) {
        self.progress.send_modify(|progress| {
            progress.written_bytes += text.len();
            progress.content.push_str(text);
        });
    }

    /// How many bytes the model has written, what it thought and what was taken back included.
    pub fn written_bytes(&self) -> usize {
        self.progress.borrow().written_bytes
    }

    /// Adds text that stands behind that many bytes, as far as it is not here yet. Whether nothing is missing before it.
    pub fn add_at(&self, at: usize, text: &str) -> bool {
        let mut is_gapless = true;
        self.progress.send_if_modified(|progress| {
            let Some(known) = progress.content.len().checked_sub(at) else {
                is_gapless = false;
                return false;
            };
            let news = text.get(known..).filter(|news| !news.is_empty() && progress.ending.is_none());
            progress.content.push_str(news.unwrap_or_default());
            news.is_some()
        });
        is_gapless
    }

    /// Takes back all that has arrived: it was thought.
    pub fn retract(&self) {
        self.progress.send_modify(|progress| {
            progress.content.clear();
            progress.retractions += 1;
        });
    }

    /// What has arrived.
    pub fn content(&self) -> String {
        self.progress.borrow().content.clone()
    }

    /// How many bytes have arrived.
    pub fn length(&self) -> usize {
        self.progress.borrow().content.len()
    }

    /// How often all that had arrived was taken back.
    pub fn retractions(&self) -> usize {
        self.progress.borrow().retractions
    }

    /// Until it is another than it was at that many bytes and retractions, or has ended.
    pub async fn changed(&self, length: usize, retractions: usize) {
        let mut progress = self.progress.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = progress
            .wait_for(|progress| {
                let is_same = (progress.content.len(), progress.retractions) == (length, retractions);
                !is_same || progress.ending.is_some()
            })
            .await;
    }

    /// Whether nothing will be added.
    pub fn has_ended(&self) -> bool {
        self.progress.borrow().ending.is_some()
    }

    /// How many follow it at the moment.
    pub fn followers(&self) -> usize {
        self.progress.receiver_count()
    }

    /// Ends it, unless it has ended.
    pub fn end(&self, ending: Ending) {
        self.progress.send_if_modified(|progress| {
            let open = progress.ending.is_none();
            progress.ending.get_or_insert(ending);
            open
        });
    }

    /// Brings it to what another has written of it.
    pub fn become_like(&self, written: &Message) {
        let ending = ending(written);
        // What has been heard of it since it was kept is no mistake.
        if ending.is_none() && self.content().starts_with(&written.content) {
            return;
        }
        if !written.content.starts_with(&self.content()) {
            self.retract();
        }
        let length = self.length();
        if let Some(news) = written.content.get(length..).filter(|news| !news.is_empty()) {
            self.add(news);
        }
        if let Some(ending) = ending {
            self.end(ending);
        }
    }

    /// Asks whoever writes it to stop.
    pub fn stop(&self) {
        self.stop.notify_one();
    }

    /// Until somebody asks to stop.
    pub async fn stopped(&self) {
        self.stop.notified().await;
    }

    /// The reply as it stands.
    pub fn snapshot(&self) -> Message {
        let progress = self.progress.borrow();
        self.as_message(&progress.content, progress.ending.as_ref())
    }

    /// The reply as it will stand once it has ended so.
    pub fn ended_as(&self, ending: &Ending) -> Message {
        self.as_message(&self.progress.borrow().content, Some(ending))
    }

    fn as_message(&self, content: &str, ending: Option<&Ending>) -> Message {
        let (status, error) = match ending {
            None => (MessageStatus::Streaming, None),
            Some(Ending::Complete) => (MessageStatus::Complete, None),
            Some(Ending::Stopped) => (MessageStatus::Stopped, None),
            Some(Ending::Failed(problem)) => (MessageStatus::Failed, Some((**problem).clone())),
        };
        Message { content: content.to_owned(), status, error, ..self.begun.clone() }
    }

    /// The reply once it has ended.
    pub async fn ended(&self) -> Message {
        let mut progress = self.progress.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = progress.wait_for(|progress| progress.ending.is_some()).await;
        self.snapshot()
    }

    /// The signature under so much of the answer, where it is to have one and there is a word of it.
    pub fn signature(&self, answer: &str) -> Option<String> {
        let signer = self.signer.as_ref().filter(|_| !answer.is_empty())?;
        Some(signer.sign(&self.message.content, answer))
    }

    /// Where a follower that saw the event of this id goes on: `{reply id}:{bytes so far}`. `None` where the id is
    /// of another reply or of no place in this one, so that only the whole reply is right.
    pub fn resume_at(&self, last_event_id: &str) -> Option<usize> {
        let (id, bytes) = last_event_id.rsplit_once(':')?;
        let at: usize = bytes.parse().ok()?;
        let progress = self.progress.borrow();
        // What was counted before something was taken back is of no place any more.
        let is_place = progress.retractions == 0 && progress.content.is_char_boundary(at);
        (id == self.id() && is_place).then_some(at)
    }

    /// The server-sent events of this reply, each as it is written to the wire: from the start, or behind the byte
    /// `from`. Ends with `done` or `error`.
    pub fn follow(
        self: Arc<Self>,
        from: Option<usize>,
        diagnostics: Diagnostics,
    ) -> impl Stream<Item = String> + Send + use<> {
        let mut waiting = VecDeque::new();
        if from.is_none() {
            waiting.push_back(self.start());
        }
        let retractions = self.progress.borrow().retractions;
        let follower = Follower {
            progress: self.progress.subscribe(),
            sent: from.unwrap_or(0),
            retractions,
            has_told_thinking: false,
            waiting,
            is_over: false,
            diagnostics,
            reply: self,
        };
        stream::unfold(follower, |mut follower| async move { Some((follower.next().await?, follower)) })
    }

    fn start(&self) -> String {
        let start = ReplyStart { message: self.message.clone(), reply: self.begun.clone() };
        self.event(0, &ReplyEvent::Start(start))
    }

    fn event(&self, bytes: usize, event: &ReplyEvent) -> String {
        // Every wire type serialises; see `ReplyEvent::data`.
        self.encode(bytes, event, &event.data().unwrap_or_default())
    }

    fn last_event(&self, content: &str, event: &ReplyEvent) -> String {
        self.encode(content.len(), event, &event.signed_data(self.signature(content)).unwrap_or_default())
    }

    fn encode(&self, bytes: usize, event: &ReplyEvent, data: &str) -> String {
        sse::encode(Some(&format!("{}:{bytes}", self.id())), event.name(), data)
    }
}

struct Follower {
    reply: Arc<Reply>,
    progress: watch::Receiver<Progress>,
    sent: usize,
    retractions: usize,
    has_told_thinking: bool,
    waiting: VecDeque<String>,
    is_over: bool,
    diagnostics: Diagnostics,
}

impl Follower {
    async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.is_over {
                return None;
            }
            self.catch_up();
            if self.waiting.is_empty() && timeout(HEARTBEAT, self.progress.changed()).await.is_err() {
                return Some(":\n\n".to_owned());
            }
        }
    }

    /// Puts everything that has arrived since into `waiting`.
    fn catch_up(&mut self) {
        let progress = self.progress.borrow_and_update();
        let length = progress.content.len();
        if progress.retractions != self.retractions {
            self.waiting.push_back(self.reply.start());
            (self.retractions, self.sent, self.has_told_thinking) = (progress.retractions, 0, false);
        }
        if progress.is_thinking && length == 0 && !self.has_told_thinking {
            self.waiting.push_back(self.reply.event(0, &ReplyEvent::Thinking));
            self.has_told_thinking = true;
        }
        if length > self.sent {
            let content = progress.content[self.sent..].to_owned();
            self.waiting.push_back(self.reply.event(length, &ReplyEvent::Delta(ReplyDelta { content })));
            self.sent = length;
        }
        let last = match &progress.ending {
            None => return,
            Some(Ending::Failed(problem)) => {
                ReplyEvent::Error(Box::new((**problem).clone().for_visitor(self.diagnostics)))
            }
            Some(Ending::Complete | Ending::Stopped) => ReplyEvent::Done(ReplyDone {
                reply: self.reply.as_message(&progress.content, progress.ending.as_ref()),
            }),
        };
        self.waiting.push_back(self.reply.last_event(&progress.content, &last));
        self.is_over = true;
    }
}

#[cfg(test)]
mod tests {
    use candor_protocol::wire::Role;
    use futures_util::StreamExt;

    use super::*;

    fn message(id: &str, role: Role, content: &str) -> Message {
        let (id, content) = (id.to_owned(), content.to_owned());
        Message {
            id,
            role,
            content,
            status: MessageStatus::Streaming,
            created_at: 0,
            error: None,
            rating: None,
        }
    }

    fn reply() -> Arc<Reply> {
        Arc::new(Reply::new(message("m_1", Role::User, "Hi"), message("m_2", Role::Assistant, "")))
    }

    #[tokio::test]
    async fn what_was_thought_is_taken_back_from_whoever_follows_and_its_places_are_none() {
        let reply = reply();
        let mut events = Box::pin(Arc::clone(&reply).follow(None, Diagnostics::Full));
        reply.add("A thought.");
        let mut names = Vec::new();
        let mut next = async |names: &mut Vec<String>| {
            let event = events.next().await.unwrap();
            names.push(event.lines().find_map(|line| line.strip_prefix("event: ")).unwrap().to_owned());
            event
        };
        next(&mut names).await;
        next(&mut names).await;
        assert_eq!(reply.resume_at("m_2:4"), Some(4));
        reply.retract();
        reply.add("An answer.");
        reply.end(Ending::Complete);
        next(&mut names).await;
        assert!(next(&mut names).await.contains("An answer."));
        assert!(next(&mut names).await.contains("An answer."));
        assert_eq!(names, ["start", "delta", "start", "delta", "done"]);
        assert_eq!(reply.resume_at("m_2:4"), None, "it was of the thoughts");
    }

    #[test]
    fn what_is_thought_or_taken_back_was_written_too() {
        let reply = reply();
        reply.add("A thought.");
        reply.retract();
        for _ in 0..2 {
            reply.reason(&"x".repeat(MAX_REASONING_BYTES));
        }
        reply.add("An answer.");
        assert_eq!((reply.reasoning(), reply.written_bytes()), (None, 20 + 2 * MAX_REASONING_BYTES));
    }

    #[tokio::test]
    async fn what_another_proxy_takes_back_is_taken_back_here() {
        let reply = reply();
        reply.become_like(&message("m_2", Role::Assistant, "A thought."));
        reply.become_like(&message("m_2", Role::Assistant, "An answer."));
        assert_eq!(reply.content(), "An answer.");
        reply.become_like(&message("m_2", Role::Assistant, "An answer. More."));
        assert_eq!((reply.content().as_str(), reply.resume_at("m_2:4")), ("An answer. More.", None));
    }

    #[tokio::test]
    async fn what_is_heard_of_another_proxys_reply_is_added_once_and_stays_where_less_is_kept() {
        let reply = reply();
        assert!(reply.add_at(0, "An ans"));
        assert!(reply.add_at(3, "answer"), "some of it is here");
        assert!(reply.add_at(0, "An"), "all of it is");
        assert!(!reply.add_at(20, "…"), "something is missing");
        reply.become_like(&message("m_2", Role::Assistant, "An"));
        assert_eq!(reply.content(), "An answer");
        let ended =
            Message { status: MessageStatus::Complete, ..message("m_2", Role::Assistant, "An answer.") };
        reply.become_like(&ended);
        assert!(reply.add_at(0, "An answer. And more"));
        assert_eq!((reply.content().as_str(), reply.has_ended()), ("An answer.", true));
    }
}
