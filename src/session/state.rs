//! The state of the widget and every change of it. Pure: no browser, no clock, no network; tested natively.

use std::rc::Rc;

use candor_protocol::Millis;
use candor_protocol::cause::known;
use candor_protocol::checks::Check;
use candor_protocol::problem::Problem;
use candor_protocol::visibility::Diagnostics;
use candor_protocol::wire::{
    Config, Consent, Conversation, Conversations, ErrorLog, LinkCode, Message, MessageStatus, Messages,
    ReplyEvent, Role,
};

use crate::part::Part;
use crate::words::Diagnostics as Words;
use waiting::Waiting;

/// The panel's tabs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tab {
    /// The conversation that is open.
    #[default]
    Chat,
    /// All conversations of this visitor.
    History,
    /// What went wrong.
    Diagnostics,
}

impl Tab {
    /// The part that shows it, where it is one that is fetched.
    pub fn part(self) -> Option<Part> {
        match self {
            Self::Chat => None,
            Self::History => Some(Part::History),
            Self::Diagnostics => Some(Part::Diagnostics),
        }
    }
}

/// How far a part of the widget is on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PartStatus {
    /// Nobody has asked for it.
    #[default]
    Absent,
    /// It is being fetched.
    Loading,
    /// It is here.
    Ready,
    /// It could not be fetched.
    Unavailable,
}

/// A message in the conversation that is open.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Stable while the message is shown, also while it has no id yet.
    pub key: u32,
    /// The message; its id is empty until the proxy has acknowledged it.
    pub message: Message,
    /// Under which a visitor's message is sent, and sent again, until it is acknowledged.
    pub idempotency_key: String,
    /// The cause that it rehearses, where it is no visitor's message.
    pub rehearses: Option<&'static str>,
    /// Whether the model thinks before it writes it.
    pub is_thinking: bool,
}

/// Failures that are alike, counted together.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The latest of them.
    pub problem: Problem,
    /// How many there were.
    pub count: u32,
}

/// A list that is fetched.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Loadable<T> {
    /// Not asked for, or on its way.
    #[default]
    Loading,
    /// Here.
    Ready(T),
    /// It could not be fetched.
    Failed(Problem),
}

/// The try without stored state.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum StatelessTry {
    /// Nobody has asked for it.
    #[default]
    Untried,
    /// It is under way.
    Trying,
    /// An answer came.
    Answered,
    /// It failed too.
    Failed(Problem),
}

/// Whether the site's owner is here.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Owner {
    /// Not that anybody knows.
    #[default]
    SignedOut,
    /// A token was entered and is being tried.
    Trying,
    /// It was not the owner's, or the proxy could not be asked.
    Refused(Problem),
    /// It was: these are the errors of all visitors.
    SignedIn(ErrorLog),
}

/// How far this device is on its way to others of the same visitor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Devices {
    /// Nobody has asked.
    #[default]
    Idle,
    /// Something is under way.
    Waiting,
    /// A code for another device.
    Code(LinkCode),
    /// This device has come to another's conversations.
    Linked,
    /// The others are signed out.
    OthersSignedOut,
    /// It could not be done.
    Refused(Problem),
}

/// Everything that the widget shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// What the proxy says of itself, once it has.
    pub config: Option<Rc<Config>>,
    /// Whether the proxy could not be asked what it is.
    pub is_unconfigured: bool,
    /// What visitors may see of errors, once that is known.
    pub visibility: Option<Diagnostics>,
    /// The tab that is open.
    pub tab: Tab,
    /// Whether Diagnostics is to be open once it is there.
    pub wants_diagnostics: bool,
    /// What stands in the input.
    pub draft: String,
    /// The visitor's conversations that have been fetched, newest first, and where the next page begins.
    pub conversations: Loadable<Conversations>,
    /// The words that the conversations of the list must have.
    pub search: String,
    /// Whether another page of the list is on its way.
    pub listing: bool,
    /// The id of the conversation that is open; `None` is one that has not begun.
    pub conversation: Option<String>,
    /// Whether the open conversation's messages are on their way.
    pub opening: bool,
    /// The open conversation's messages that are shown, oldest first.
    pub messages: Vec<Rc<Entry>>,
    /// Before which message there are older ones; before all that are shown, where it is empty.
    pub earlier: Option<String>,
    /// Whether they are on their way.
    pub opening_earlier: bool,
    /// What the visitor has sent that waits for the answers before it, in their order.
    pub waiting: Vec<Rc<Waiting>>,
    /// Counts the conversations opened, so that an answer to an earlier one is passed over.
    pub epoch: u32,
    /// What went wrong, newest first.
    pub failures: Vec<Rc<Failure>>,
    /// How many failures have not been looked at.
    pub unseen: u32,
    /// The failure that "What happened?" asked for.
    pub pointed: Option<usize>,
    /// The checks that have ended, of the latest run.
    pub checks: Rc<Vec<Check>>,
    /// Whether checks are running.
    pub checking: bool,
    /// Whether checks are to run once Diagnostics is there.
    pub wants_checks: bool,
    /// The try without stored state.
    pub stateless_try: Rc<StatelessTry>,
    /// Whether the site's owner is here.
    pub owner: Rc<Owner>,
    /// Whether the owner is asked in here, whatever visitors may see.
    pub is_owner_invited: bool,
    /// What the visitor is asked to agree to before the first message; none once they have.
    pub consent: Option<Consent>,
    /// Other devices.
    pub devices: Rc<Devices>,
    /// Where the conversations are kept that begin now, in words that go on after "Kept in", once that is known.
    pub kept_in: Option<Words>,
    parts: [PartStatus; Part::ALL.len()],
    next_key: u32,
}

/// What happens.
#[derive(Clone, Debug)]
pub enum Action {
    /// The proxy said what it is, and the visitor is asked to agree to this first.
    Configured(Config, Option<Consent>),
    /// The visitor has agreed.
    Agreed,
    /// A part of the widget has come, or not.
    PartChanged(Part, PartStatus),
    /// A tab was chosen.
    TabChosen(Tab),
    /// The input was changed.
    Typed(String),
    /// The visitor sent a message.
    Sent {
        /// What they wrote.
        content: String,
        /// See [`Entry::idempotency_key`].
        idempotency_key: String,
        /// When.
        time: Millis,
        /// See [`Entry::rehearses`].
        rehearses: Option<&'static str>,
    },
    /// The message that was sent goes back into the input: it may not be sent yet.
    Withdrawn(u32),
    /// The visitor asked for the last reply again.
    Retried,
    /// The proxy made a conversation for the message that was sent.
    Begun(u32, Conversation),
    /// The reply's stream brought something.
    Replied(u32, ReplyEvent),
    /// The reply could not be had.
    ReplyFailed(u32, Problem),
    /// The visitor stopped the reply, and the proxy could not be asked to.
    ReplyStopped(u32),
    /// A new conversation is to begin.
    NewConversation,
    /// A conversation was chosen.
    Opening(String),
    /// Its latest messages arrived.
    Opened(u32, Messages),
    /// Its messages could not be had; it may be gone.
    OpenFailed(u32, Problem),
    /// Something failed beside the replies.
    Failed(Problem),
    /// The proxy could not be asked what it is.
    NotConfigured(Problem),
}

/// How many failures are kept.
const MAX_FAILURES: usize = 50;

/// Something that has happened, and how it changes the state. Pure, as everything here.
pub trait Change {
    /// Changes the state.
    fn apply(self, state: &mut State);
}

impl Change for Action {
    fn apply(self, state: &mut State) {
        state.take(self);
        state.settle_tab();
    }
}

impl State {
    /// Whether the Diagnostics tab is there: where visitors may see something of errors, and for the owner.
    pub fn has_diagnostics(&self) -> bool {
        self.is_owner_invited
            || self.visibility.is_some_and(|visibility| visibility != Diagnostics::Off)
            || matches!(*self.owner, Owner::SignedIn(_))
    }

    /// Opens Diagnostics where it is wanted and there, and leaves it where it is gone.
    fn settle_tab(&mut self) {
        let is_there = self.has_diagnostics();
        if is_there && self.wants_diagnostics {
            self.tab = Tab::Diagnostics;
            self.wants_diagnostics = false;
        } else if !is_there && self.tab == Tab::Diagnostics {
            self.tab = Tab::Chat;
        }
    }

    /// Whether a reply is awaited or being written.
    pub fn replying(&self) -> bool {
        self.messages.last().is_some_and(|entry| entry.message.status == MessageStatus::Streaming)
    }

    /// The visitor's message that the last reply answers, with its place.
    pub fn last_question(&self) -> Option<&Rc<Entry>> {
        self.messages.iter().rev().find(|entry| entry.message.role == Role::User)
    }

    /// How far a part is on its way.
    pub fn part(&self, part: Part) -> PartStatus {
        self.parts[part as usize]
    }

    /// How far the parts are that messages need: Markdown, and what a failure's card says.
    pub fn parts_of_message(&self) -> (PartStatus, PartStatus) {
        (self.part(Part::Markdown), self.part(Part::Conversation))
    }

    /// By how many characters the draft is too long, where it is known how long a message may be.
    pub fn surplus_characters(&self) -> usize {
        let most = self.config.as_ref().map_or(usize::MAX, |config| config.message_chars);
        self.draft.chars().count().saturating_sub(most)
    }

    /// Whether the draft can be sent as it is: at once, or once it is its turn.
    pub fn can_send(&self) -> bool {
        let can_wait = self.part(Part::Conversation) == PartStatus::Ready;
        (can_wait || !self.must_wait()) && !self.draft.trim().is_empty() && self.surplus_characters() == 0
    }

    /// Whether what is sent now has to wait: for the answer that is being written, for what waits already, or for the
    /// connection, with which the message before it goes on.
    pub fn must_wait(&self) -> bool {
        let failed = self.messages.last().and_then(|last| last.message.error.as_ref());
        self.replying()
            || !self.waiting.is_empty()
            || failed.is_some_and(|problem| problem.is(&known::offline))
    }

    /// Whether the list marks a conversation as unread.
    pub fn is_unread(&self, id: &str) -> bool {
        match &self.conversations {
            Loadable::Ready(list) => list.conversations.iter().any(|listed| listed.id == id && listed.unread),
            _ => false,
        }
    }

    fn is_open(&self, conversation: &str) -> bool {
        self.conversation.as_deref() == Some(conversation) && !self.opening
    }

    fn push(&mut self, message: Message) {
        let key = self.next_key;
        self.next_key += 1;
        let idempotency_key = String::new();
        let entry = Entry { key, message, idempotency_key, rehearses: None, is_thinking: false };
        self.messages.push(Rc::new(entry));
    }

    /// Puts messages before those that are shown. What is shown already stays as it is.
    fn prepend(&mut self, page: Messages) {
        self.earlier = page.next;
        let shown = std::mem::take(&mut self.messages);
        for message in page.messages {
            if shown.iter().all(|entry| entry.message.id != message.id) {
                self.push(message);
            }
        }
        self.messages.extend(shown);
    }

    /// Changes the reply at the end of the conversation, if there is one. Whatever happens to it, the model has thought.
    fn change_reply(&mut self, change: impl FnOnce(&mut Message)) {
        if let Some(last) = self.last_reply() {
            last.is_thinking = false;
            change(&mut last.message);
        }
    }

    fn last_reply(&mut self) -> Option<&mut Entry> {
        self.messages.last_mut().filter(|last| last.message.role == Role::Assistant).map(Rc::make_mut)
    }

    fn end_reply_with(&mut self, problem: Problem) {
        self.change_reply(|reply| {
            reply.status = MessageStatus::Failed;
            reply.error = Some(problem.clone());
        });
        self.note(problem, 1);
    }

    fn start_over(&mut self, conversation: Option<String>) {
        self.epoch += 1;
        self.opening = conversation.is_some();
        self.conversation = conversation;
        self.messages.clear();
        self.waiting.clear();
        self.earlier = None;
        self.opening_earlier = false;
    }

    /// Counts a failure. `fresh` is how many of it the visitor has not been told of yet.
    fn note(&mut self, problem: Problem, fresh: u32) {
        let known = self.failures.iter().position(|failure| failure.problem.is_like(&problem));
        let count = known.map_or(0, |at| self.failures.remove(at).count);
        self.failures.insert(0, Rc::new(Failure { problem, count: count + 1 }));
        self.failures.truncate(MAX_FAILURES);
        // What was checked before it says nothing of it.
        if fresh > 0 {
            self.checks = Rc::default();
            self.stateless_try = Rc::default();
        }
        self.pointed = None;
        if self.tab != Tab::Diagnostics {
            self.unseen += fresh;
        }
    }

    fn reply(&mut self, event: ReplyEvent) {
        match event {
            ReplyEvent::Start(start) => {
                // What was sent once more, as after a crash, may have got through before.
                let was_known = self.messages.iter().any(|entry| entry.message.id == start.message.id);
                if was_known && self.last_question().is_some_and(|sent| sent.message.id.is_empty()) {
                    self.messages.truncate(self.messages.len().saturating_sub(2));
                }
                if let Some(entry) =
                    self.messages.iter_mut().rev().find(|entry| entry.message.role == Role::User)
                {
                    let entry = Rc::make_mut(entry);
                    entry.message = start.message;
                    entry.idempotency_key.clear();
                }
                self.change_reply(|reply| *reply = start.reply);
            }
            ReplyEvent::Thinking => {
                if let Some(reply) = self.last_reply() {
                    reply.is_thinking = true;
                }
            }
            ReplyEvent::Delta(delta) => self.change_reply(|reply| reply.content.push_str(&delta.content)),
            ReplyEvent::Done(done) => self.change_reply(|reply| *reply = done.reply),
            ReplyEvent::Error(problem) => self.end_reply_with(*problem),
        }
    }

    /// Puts the conversation with the latest message on top of the list.
    fn touch(&mut self, conversation: Conversation) {
        if let Loadable::Ready(list) = &mut self.conversations {
            list.conversations.retain(|other| other.id != conversation.id);
            list.conversations.insert(0, conversation);
        }
    }

    fn listed(&mut self, id: &str) -> Option<&mut Conversation> {
        match &mut self.conversations {
            Loadable::Ready(list) => list.conversations.iter_mut().find(|listed| listed.id == id),
            _ => None,
        }
    }

    fn take(&mut self, action: Action) {
        match action {
            Action::Configured(config, consent) => {
                self.visibility = Some(config.diagnostics);
                self.config = Some(Rc::new(config));
                self.consent = consent;
            }
            Action::Agreed => self.consent = None,
            Action::PartChanged(part, status) => self.parts[part as usize] = status,
            Action::TabChosen(tab) => {
                self.wants_diagnostics = tab == Tab::Diagnostics;
                self.tab = tab;
                self.pointed = None;
                self.wants_checks = false;
                if tab == Tab::Diagnostics {
                    self.unseen = 0;
                }
            }
            Action::Typed(draft) => self.draft = draft,
            Action::Sent { content, idempotency_key, time, rehearses } => {
                self.push(message(Role::User, content, MessageStatus::Complete, time));
                if let Some(last) = self.messages.last_mut() {
                    let last = Rc::make_mut(last);
                    (last.idempotency_key, last.rehearses) = (idempotency_key, rehearses);
                }
                self.push(message(Role::Assistant, String::new(), MessageStatus::Streaming, time));
            }
            Action::Withdrawn(epoch) if epoch == self.epoch => {
                self.messages.pop();
                if let Some(withdrawn) = self.messages.pop() {
                    self.draft.clone_from(&withdrawn.message.content);
                }
            }
            Action::Retried => {
                let gone = self.messages.last().and_then(|entry| entry.message.error.as_ref());
                if gone.is_some_and(|problem| problem.is(&known::not_found)) {
                    self.conversation = None;
                }
                self.change_reply(|reply| {
                    *reply =
                        message(Role::Assistant, String::new(), MessageStatus::Streaming, reply.created_at);
                });
            }
            Action::Begun(epoch, conversation) if epoch == self.epoch => {
                self.conversation = Some(conversation.id.clone());
                self.touch(conversation);
            }
            Action::Replied(epoch, event) if epoch == self.epoch => self.reply(event),
            Action::ReplyFailed(epoch, problem) if epoch == self.epoch => self.end_reply_with(problem),
            Action::ReplyStopped(epoch) if epoch == self.epoch => {
                self.change_reply(|reply| reply.status = MessageStatus::Stopped);
            }
            Action::NewConversation => {
                self.start_over(None);
                self.tab = Tab::Chat;
            }
            Action::Opening(id) => {
                if let Some(listed) = self.listed(&id) {
                    listed.unread = false;
                }
                self.start_over(Some(id));
                self.tab = Tab::Chat;
            }
            Action::Opened(epoch, page) if epoch == self.epoch && self.opening => {
                self.opening = false;
                for message in &page.messages {
                    if let Some(problem) = &message.error
                        && !self.failures.iter().any(|known| same(&known.problem, problem))
                    {
                        self.note(problem.clone(), 0);
                    }
                }
                self.prepend(page);
            }
            Action::OpenFailed(epoch, problem) if epoch == self.epoch => {
                self.opening = false;
                if self.messages.is_empty() {
                    self.start_over(None);
                } else {
                    // What the visitor has sent in the meantime stays, and what was before it can be asked for again.
                    self.earlier = Some(String::new());
                }
                self.note(problem, 1);
            }
            Action::Failed(problem) => self.note(problem, 1),
            Action::NotConfigured(problem) => {
                self.is_unconfigured = true;
                self.note(problem, 1);
            }
            // What is left belongs to a conversation that is no longer open.
            Action::Begun(..)
            | Action::Replied(..)
            | Action::ReplyFailed(..)
            | Action::ReplyStopped(..)
            | Action::Withdrawn(..)
            | Action::Opened(..)
            | Action::OpenFailed(..) => {}
        }
    }
}

/// Whether two problems are one event, told twice.
fn same(one: &Problem, other: &Problem) -> bool {
    one.is_like(other) && one.reference == other.reference && one.time == other.time
}

fn message(role: Role, content: String, status: MessageStatus, created_at: Millis) -> Message {
    Message { id: String::new(), role, content, status, created_at, error: None, rating: None }
}

pub mod diagnostics;
pub mod earlier;
pub mod feedback;
pub mod history;
pub mod tabs;
#[cfg(test)]
mod tests;
pub mod waiting;
