//! Replies in conversations that the browser keeps: recorded as they arrive, whether anybody looks at them or not.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use candor_diagnosis::completions::{ChatMessage, MAX_REASONING_BYTES, Piece};
use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use candor_protocol::wire::{
    ChatTurn, Message, MessageStatus, NewReply, ReplyDelta, ReplyDone, ReplyEvent, ReplyStart, Role, Signed,
    TURNS, messages_for_model,
};
use futures_channel::oneshot;
use serde::Deserialize;
use wasm_bindgen_futures::spawn_local;

use super::conversations::{self, LocalConversations};
use super::store::KeptMessage;
use super::{BrowserBackend, gateway};
use crate::json;
use crate::time;
use crate::transport::abort::{AbortHandle, AbortToken};
use crate::transport::proxy::StreamSource;
use crate::transport::request::{Method, problem};
use crate::transport::{OnEvent, Question, random_key};

/// How often what has arrived is kept, in milliseconds.
const SAVE_EVERY_MS: u64 = 500;

/// How long after it began a proxy may still have a reply, in milliseconds: it forgets it five minutes after its end.
const PROXY_REMEMBERS_MS: u64 = 5 * 60 * 1000;

/// The most bytes of a conversation that are sent along with a message: the proxy takes 256 KiB, JSON's own signs included.
const HISTORY_BYTES: usize = 150_000;

/// The replies that are being recorded, by their conversations' ids.
#[derive(Default)]
pub(super) struct Recordings {
    running: RefCell<HashMap<String, Rc<Recording>>>,
    on_end: RefCell<Option<Rc<dyn Fn()>>>,
}

impl Recordings {
    fn find(&self, conversation: &str) -> Option<Rc<Recording>> {
        self.running.borrow().get(conversation).cloned()
    }

    /// A reply that this page records, as it stands.
    pub(super) fn recorded(&self, conversation: &str) -> Option<Message> {
        Some(self.find(conversation)?.reply.borrow().clone())
    }

    /// Stops a reply that this page records, as in a conversation that is gone. Whether there is one.
    pub(super) fn stop(&self, conversation: &str) -> bool {
        let Some(recording) = self.find(conversation) else { return false };
        recording.is_stopped.set(true);
        recording.ending.end();
        true
    }

    /// What is to happen when a reply that this page records has ended, and a list shows something else.
    pub(super) fn on_end(&self, on_end: Option<Rc<dyn Fn()>>) {
        self.on_end.replace(on_end);
    }

    /// Ends them all, as they stand: whoever comes next finds them unfinished.
    pub(super) fn end_all(&self) {
        for recording in self.running.take().into_values() {
            recording.ending.end();
        }
    }
}

/// A reply that is being recorded.
struct Recording {
    conversation: String,
    number: u32,
    message: Message,
    reply: RefCell<Message>,
    /// What the model thinks before it.
    reasoning: RefCell<String>,
    /// By which the proxy knows it again.
    signature: RefCell<Option<String>>,
    ending: AbortHandle,
    is_stopped: Cell<bool>,
    kept_at: Cell<u64>,
    followers: RefCell<Vec<Follower>>,
}

struct Follower {
    listener: AbortToken,
    on_event: OnEvent,
    end: oneshot::Sender<Result<(), Problem>>,
}

impl Recording {
    /// Tells somebody what has happened so far and what happens from now on, until the reply's end.
    async fn follow(&self, listener: AbortToken, on_event: OnEvent) -> Result<(), Problem> {
        for event in self.so_far() {
            on_event(event);
        }
        self.join(listener, on_event).await.unwrap_or(Ok(()))
    }

    fn join(&self, listener: AbortToken, on_event: OnEvent) -> oneshot::Receiver<Result<(), Problem>> {
        let (end, ended) = oneshot::channel();
        self.followers.borrow_mut().push(Follower { listener, on_event, end });
        ended
    }

    fn so_far(&self) -> [ReplyEvent; 2] {
        let reply = self.reply.borrow();
        let delta = ReplyEvent::Delta(ReplyDelta { content: reply.content.clone() });
        [start(&self.message, &reply), delta]
    }

    fn tell(&self, event: &ReplyEvent) {
        let told: Vec<OnEvent> = {
            let followers = self.followers.borrow();
            let here = followers.iter().filter(|follower| !follower.listener.has_ended());
            here.map(|follower| Rc::clone(&follower.on_event)).collect()
        };
        for on_event in told {
            on_event(event.clone());
        }
    }

    fn is_followed(&self) -> bool {
        self.followers.borrow().iter().any(|follower| !follower.listener.has_ended())
    }

    /// Something arrived.
    fn take(&self, event: ReplyEvent) {
        let mut reply = self.reply.borrow_mut();
        match &event {
            // The proxy has other ids; what was shown before its start is void.
            ReplyEvent::Start(_) if reply.content.is_empty() => return,
            ReplyEvent::Start(_) => {
                reply.content.clear();
                let start = start(&self.message, &reply);
                drop(reply);
                return self.tell(&start);
            }
            ReplyEvent::Thinking => {}
            ReplyEvent::Delta(delta) => reply.content.push_str(&delta.content),
            ReplyEvent::Done(done) => {
                reply.status = done.reply.status;
                reply.content.clone_from(&done.reply.content);
                return;
            }
            ReplyEvent::Error(problem) => {
                reply.status = MessageStatus::Failed;
                reply.error = Some((**problem).clone());
                return;
            }
        }
        drop(reply);
        self.tell(&event);
    }

    /// Keeps it as it stands.
    async fn keep(&self, local: &LocalConversations) -> Result<(), Problem> {
        self.kept_at.set(time::now());
        let reasoning = self.reasoning.borrow().clone();
        // A part is not what it thought.
        let reasoning = if reasoning.len() > MAX_REASONING_BYTES { String::new() } else { reasoning };
        let signature = self.signature.borrow().clone();
        let reply = KeptMessage { message: self.reply.borrow().clone(), reasoning, signature };
        local.keep(&self.conversation, self.number, &self.message, &reply, !self.is_followed()).await
    }

    /// How it ended, to be told.
    fn ending(&self) -> ReplyEvent {
        let reply = self.reply.borrow().clone();
        match reply.error.clone() {
            Some(problem) => ReplyEvent::Error(Box::new(problem)),
            None => ReplyEvent::Done(ReplyDone { reply }),
        }
    }
}

fn start(message: &Message, reply: &Message) -> ReplyEvent {
    let blank =
        Message { content: String::new(), status: MessageStatus::Streaming, error: None, ..reply.clone() };
    ReplyEvent::Start(ReplyStart { message: message.clone(), reply: blank })
}

/// What is to be done for a question.
#[derive(Debug, PartialEq, Eq)]
enum Next {
    /// A new reply is asked for.
    Begin,
    /// The reply is asked for again: under its id it is the same one, if the proxy has it still.
    Ask(Message),
    /// The reply has ended, and is told.
    Tell(Message),
    /// Nobody writes it any more.
    Interrupt(Message),
}

/// The message that a question is about, by its id.
fn asked(question: &Question) -> String {
    match question {
        Question::New { idempotency_key, .. } => format!("m_{idempotency_key}"),
        Question::Again(id) | Question::UnderWay(id) => id.clone(),
    }
}

fn new_reply() -> Message {
    Message {
        id: format!("m_{}", random_key()),
        role: Role::Assistant,
        content: String::new(),
        status: MessageStatus::Streaming,
        created_at: time::now(),
        error: None,
        rating: None,
    }
}

/// What to do about a reply that was begun before, if one was.
fn next(question: &Question, reply: Option<&Message>, is_of_proxy: bool, now: u64) -> Next {
    let Some(reply) = reply.filter(|_| !matches!(question, Question::Again(_))) else { return Next::Begin };
    let reply = reply.clone();
    let is_new = matches!(question, Question::New { .. });
    match reply.status {
        MessageStatus::Complete | MessageStatus::Stopped => Next::Tell(reply),
        MessageStatus::Failed if is_new => Next::Tell(reply),
        MessageStatus::Failed => Next::Ask(reply),
        MessageStatus::Streaming
            if is_of_proxy && now.saturating_sub(reply.created_at) < PROXY_REMEMBERS_MS =>
        {
            Next::Ask(reply)
        }
        MessageStatus::Streaming => Next::Interrupt(reply),
    }
}

/// The latest part of a conversation that can be sent, the last message being the visitor's. An answer goes with its question, which
/// its signature is about.
fn to_be_sent(messages: &[KeptMessage], latest: &Message) -> Vec<Message> {
    let mut room = HISTORY_BYTES.saturating_sub(latest.content.len());
    let before = messages_for_model(messages.iter().map(|kept| kept.message.clone()));
    let mut sent: Vec<Message> = before
        .into_iter()
        .rev()
        .take(2 * TURNS - 1)
        .take_while(|message| {
            let fits = message.content.len() <= room;
            room = room.saturating_sub(message.content.len());
            fits
        })
        .collect();
    if sent.last().is_some_and(|first| first.role == Role::Assistant) {
        sent.pop();
    }
    sent.reverse();
    sent.push(latest.clone());
    sent
}

/// What is sent of a conversation.
struct Sent {
    messages: Vec<Message>,
    /// What is kept beside them, by their ids.
    kept: HashMap<String, KeptMessage>,
}

impl Sent {
    fn of(kept: Vec<KeptMessage>, before: usize, latest: &Message) -> Self {
        let messages = to_be_sent(&kept[..before], latest);
        Self { messages, kept: kept.into_iter().map(|kept| (kept.message.id.clone(), kept)).collect() }
    }

    /// As a proxy is sent it.
    fn turns(&self, is_signed: bool) -> Vec<ChatTurn> {
        let turn = |message: &Message| {
            let kept = self.kept.get(&message.id).filter(|_| is_signed);
            let signature = kept.and_then(|kept| kept.signature.clone());
            ChatTurn { role: message.role, content: message.content.clone(), signature }
        };
        self.messages.iter().map(turn).collect()
    }

    /// As a gateway is.
    fn chat(mut self) -> Vec<ChatMessage> {
        let turn = |message: Message| {
            let reasoning = self.kept.remove(&message.id).map(|kept| kept.reasoning);
            let reasoning = reasoning.filter(|reasoning| !reasoning.is_empty());
            ChatMessage::new(message.role.name(), message.content).with_reasoning(reasoning)
        };
        self.messages.into_iter().map(turn).collect()
    }
}

/// The signature in an event or an answer of the proxy's.
#[derive(Deserialize)]
struct Signature {
    signature: Option<String>,
}

fn signature(data: &str) -> Option<String> {
    serde_json::from_str::<Signature>(data).ok()?.signature
}

impl BrowserBackend {
    /// Asks for a reply and records it, or tells one that is recorded already.
    pub(super) async fn record_reply(
        self: Rc<Self>,
        conversation: &str,
        question: Question,
        listener: AbortToken,
        on_event: OnEvent,
    ) -> Result<(), Problem> {
        let id = asked(&question);
        if let Some(recording) = self.recordings.find(conversation) {
            return match recording.message.id == id {
                true => recording.follow(listener, on_event).await,
                false => Err(problem(&known::conflict)),
            };
        }
        let mut kept = self.conversations.kept_messages(conversation).await?;
        let known = conversations::number_of(&kept, &id);
        let (message, rehearsed_by) = match (known, question.clone()) {
            (Some(at), Question::New { rehearsed_by, .. }) => (kept[at].message.clone(), rehearsed_by),
            (Some(at), _) => (kept[at].message.clone(), None),
            (None, Question::New { content, rehearsed_by, .. }) => {
                let message =
                    Message { id, role: Role::User, content, status: MessageStatus::Complete, ..new_reply() };
                (message, rehearsed_by)
            }
            (None, _) => return Err(problem(&known::not_found)),
        };
        let at = known.unwrap_or(kept.len());
        let is_of_proxy = self.gateway.is_none();
        let begun = kept.get(at + 1).map(|kept| &kept.message);
        let (reply, is_asked) = match next(&question, begun, is_of_proxy, time::now()) {
            Next::Begin => (new_reply(), true),
            Next::Ask(reply) => {
                let blank = Message {
                    content: String::new(),
                    status: MessageStatus::Streaming,
                    error: None,
                    rating: None,
                    ..reply
                };
                (blank, true)
            }
            Next::Tell(reply) => (reply, false),
            Next::Interrupt(reply) => {
                let error = Some(problem(&known::reply_interrupted));
                (Message { status: MessageStatus::Failed, error, ..reply }, false)
            }
        };
        let recording = Rc::new(Recording {
            conversation: conversation.to_owned(),
            number: u32::try_from(at).unwrap_or(u32::MAX),
            message,
            reply: RefCell::new(reply),
            reasoning: RefCell::default(),
            signature: RefCell::default(),
            ending: AbortHandle::default(),
            is_stopped: Cell::new(false),
            kept_at: Cell::new(0),
            followers: RefCell::default(),
        });
        if !is_asked {
            if let Some(told) = kept.get_mut(at + 1) {
                recording.reasoning.replace(std::mem::take(&mut told.reasoning));
                recording.signature.replace(told.signature.take());
            }
            recording.keep(&self.conversations).await?;
            for event in recording.so_far() {
                on_event(event);
            }
            on_event(recording.ending());
            return Ok(());
        }
        let ended = recording.join(listener, on_event);
        let sent = Sent::of(kept, at, &recording.message);
        self.recordings.running.borrow_mut().insert(conversation.to_owned(), Rc::clone(&recording));
        spawn_local(Rc::clone(&self).record(recording, sent, rehearsed_by));
        ended.await.unwrap_or(Ok(()))
    }

    async fn record(self: Rc<Self>, recording: Rc<Recording>, sent: Sent, rehearsed_by: Option<String>) {
        let listener = recording.ending.token();
        let outcome = self.recorded_to_its_end(&recording, &listener, sent, rehearsed_by).await;
        self.recordings.running.borrow_mut().retain(|_, current| !Rc::ptr_eq(current, &recording));
        let on_end = self.recordings.on_end.borrow().clone();
        if let Some(on_end) = on_end {
            on_end();
        }
        for follower in recording.followers.take() {
            // Whoever has left needs no word.
            let _ = follower.end.send(outcome.clone());
        }
    }

    async fn recorded_to_its_end(
        &self,
        recording: &Rc<Recording>,
        listener: &AbortToken,
        sent: Sent,
        rehearsed_by: Option<String>,
    ) -> Result<(), Problem> {
        recording.keep(&self.conversations).await?;
        recording.tell(&start(&recording.message, &recording.reply.borrow()));
        let on_event = {
            let (recording, local) = (Rc::clone(recording), Rc::clone(&self.conversations));
            move |event: ReplyEvent| {
                recording.take(event);
                if time::now().saturating_sub(recording.kept_at.get()) > SAVE_EVERY_MS {
                    let (recording, local) = (Rc::clone(&recording), Rc::clone(&local));
                    recording.kept_at.set(time::now());
                    spawn_local(async move {
                        // What cannot be kept now may be at the end, where it is told.
                        let _ = recording.keep(&local).await;
                    });
                }
            }
        };
        let outcome = match &self.gateway {
            None => self.ask_proxy(recording, &sent, rehearsed_by.as_deref(), listener, &on_event).await,
            Some(model) => {
                let take = |piece: &Piece| {
                    match piece {
                        Piece::Text(text) => {
                            on_event(ReplyEvent::Delta(ReplyDelta { content: text.clone() }));
                        }
                        Piece::Thinking => on_event(ReplyEvent::Thinking),
                        Piece::Reasoning(text) => {
                            let mut reasoning = recording.reasoning.borrow_mut();
                            if reasoning.len() <= MAX_REASONING_BYTES {
                                reasoning.push_str(text);
                            }
                        }
                        Piece::Retracted => {
                            let anew = start(&recording.message, &recording.reply.borrow());
                            on_event(anew);
                            on_event(ReplyEvent::Thinking);
                        }
                        Piece::Failed(_) => {}
                    }
                    true
                };
                let complete = |()| {
                    recording.reply.borrow_mut().status = MessageStatus::Complete;
                };
                gateway::complete(&self.proxy, model, sent.chat(), listener, &take).await.map(complete)
            }
        };
        {
            let mut reply = recording.reply.borrow_mut();
            match outcome {
                _ if recording.is_stopped.get() => reply.status = MessageStatus::Stopped,
                // The page was left: whoever comes next goes on from here.
                _ if listener.has_ended() => return Ok(()),
                Err(problem) => {
                    reply.status = MessageStatus::Failed;
                    reply.error = Some(problem);
                }
                Ok(()) => {}
            }
        }
        let kept = recording.keep(&self.conversations).await;
        recording.tell(&recording.ending());
        kept
    }

    /// Asks the proxy for a reply. Where it does not know its answers again, because the visitor has become another one, by a token
    /// that had to be made anew or by a code of another device, they go on as what the browser says.
    async fn ask_proxy(
        &self,
        recording: &Recording,
        sent: &Sent,
        rehearsed_by: Option<&str>,
        listener: &AbortToken,
        on_event: &dyn Fn(ReplyEvent),
    ) -> Result<(), Problem> {
        let ask = |turns| self.ask_ephemeral(recording, turns, rehearsed_by, listener, on_event);
        match ask(sent.turns(true)).await {
            Err(refused) if refused.is(&known::forged_turn) => {
                self.conversations.forget_signatures(&recording.conversation).await?;
                ask(sent.turns(false)).await
            }
            outcome => outcome,
        }
    }

    /// Asks the proxy for a reply of which it keeps nothing.
    async fn ask_ephemeral(
        &self,
        recording: &Recording,
        turns: Vec<ChatTurn>,
        rehearsed_by: Option<&str>,
        listener: &AbortToken,
        on_event: &dyn Fn(ReplyEvent),
    ) -> Result<(), Problem> {
        // Every type of the wire serialises.
        let body = serde_json::to_string(&NewReply { messages: turns }).unwrap_or_default();
        let id = recording.reply.borrow().id.clone();
        let begin = || {
            let request = self.proxy.request(Method::Post, "/replies").header("Idempotency-Key", &id);
            let request = match rehearsed_by {
                Some(owner) => request.header("Candor-Owner", owner),
                None => request,
            };
            request.body(body.clone())
        };
        let theirs = RefCell::new(None);
        let follow = |start: &ReplyStart| {
            theirs.replace(Some(start.reply.id.clone()));
            format!("/replies/{}", start.reply.id)
        };
        let read = |name: &str, data: &str| {
            if matches!(name, "done" | "error") {
                recording.signature.replace(signature(data));
            }
            json::event(name, data)
        };
        let source = StreamSource { begin: Some(&begin), follow: &follow, path: None, read: &read };
        let outcome = self.proxy.stream(source, listener, on_event).await;
        if recording.is_stopped.get()
            && let Some(theirs) = theirs.take()
        {
            // Else the proxy goes on at the owner's expense.
            let path = format!("/replies/{theirs}");
            if self.proxy.send(Method::Delete, &path, "").await.is_ok() {
                self.read_stopped(recording, &path).await;
            }
        }
        outcome
    }

    /// Brings a reply that was stopped to what the proxy has of it, which is what it has signed.
    async fn read_stopped(&self, recording: &Recording, path: &str) {
        let make = || self.proxy.request(Method::Get, path).header("Accept", "application/json");
        let Ok(answer) = self.proxy.answered(&make).await else { return };
        let Ok(body) = answer.whole().await else { return };
        if let Ok(Signed::<ReplyStart> { told, signature }) = serde_json::from_slice(&body) {
            recording.reply.borrow_mut().content = told.reply.content;
            recording.signature.replace(signature);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: Role, content: &str, status: MessageStatus) -> Message {
        Message {
            id: "m_1".to_owned(),
            role,
            content: content.to_owned(),
            status,
            created_at: 1000,
            error: None,
            rating: None,
        }
    }

    fn kept(role: Role, content: &str, status: MessageStatus) -> KeptMessage {
        message(role, content, status).into()
    }

    #[test]
    fn a_reply_that_was_begun_before_is_told_taken_up_or_found_interrupted() {
        let reply = |status| message(Role::Assistant, "Some", status);
        let new =
            Question::New { content: "x".to_owned(), idempotency_key: "1".to_owned(), rehearsed_by: None };
        let (again, under_way) = (Question::Again("m_1".to_owned()), Question::UnderWay("m_1".to_owned()));
        let (soon, late) = (1000 + PROXY_REMEMBERS_MS - 1, 1000 + PROXY_REMEMBERS_MS);
        for (question, status, is_of_proxy, now, expected) in [
            (&new, MessageStatus::Complete, true, late, Next::Tell as fn(Message) -> Next),
            (&new, MessageStatus::Failed, true, soon, Next::Tell),
            (&under_way, MessageStatus::Failed, true, late, Next::Ask),
            (&under_way, MessageStatus::Streaming, true, soon, Next::Ask),
            (&under_way, MessageStatus::Streaming, true, late, Next::Interrupt),
            (&under_way, MessageStatus::Streaming, false, soon, Next::Interrupt),
        ] {
            let reply = reply(status);
            assert_eq!(next(question, Some(&reply), is_of_proxy, now), expected(reply.clone()));
        }
        assert_eq!(next(&again, Some(&reply(MessageStatus::Complete)), true, soon), Next::Begin);
        assert_eq!(next(&new, None, true, soon), Next::Begin);
    }

    #[test]
    fn the_latest_part_is_sent_and_what_has_no_words_is_not() {
        let long = "x".repeat(HISTORY_BYTES - 10);
        let before = [
            kept(Role::User, "first", MessageStatus::Complete),
            kept(Role::Assistant, &long, MessageStatus::Complete),
            kept(Role::User, "second", MessageStatus::Complete),
            kept(Role::Assistant, "", MessageStatus::Stopped),
        ];
        let latest = message(Role::User, "third", MessageStatus::Complete);
        let texts: Vec<_> = to_be_sent(&before, &latest).into_iter().map(|turn| turn.content).collect();
        assert_eq!(texts, ["second", "third"], "the long one has no room, and what is before it no sense");
        assert_eq!(to_be_sent(&before[..1], &latest).len(), 2);
        let failed = kept(Role::Assistant, "", MessageStatus::Failed);
        assert_eq!(
            to_be_sent(&[before[0].clone(), failed], &latest).len(),
            1,
            "what failed is not sent again"
        );
    }

    #[test]
    fn an_answer_is_sent_with_its_question_and_its_signature() {
        let question = kept(Role::User, &"x".repeat(HISTORY_BYTES), MessageStatus::Complete);
        let mut answer = kept(Role::Assistant, "An answer", MessageStatus::Complete);
        (answer.message.id, answer.signature) = ("m_2".to_owned(), Some("0a".to_owned()));
        let latest = message(Role::User, "second", MessageStatus::Complete);
        let sent = to_be_sent(&[question.clone(), answer.clone()], &latest);
        assert_eq!(sent, std::slice::from_ref(&latest), "the question has no room");
        let short = kept(Role::User, "first", MessageStatus::Complete);
        let sent = Sent::of(vec![short, answer], 2, &latest);
        let signatures = |is_signed| sent.turns(is_signed).into_iter().map(|turn| turn.signature);
        assert_eq!(signatures(true).collect::<Vec<_>>(), [None, Some("0a".to_owned()), None]);
        assert!(signatures(false).all(|signature| signature.is_none()));
    }

    #[test]
    fn the_last_event_has_a_signature_or_none() {
        assert_eq!(signature(r#"{"reply":{},"signature":"0a"}"#), Some("0a".to_owned()));
        for data in ["{}", r#"{"signature":null}"#, "<html>"] {
            assert_eq!(signature(data), None);
        }
    }
}
