//! Visitors, their conversations and messages. In memory: they end with the process.
//!
//! Nobody gets at anything but through the visitor that it belongs to. Everything is bounded; where memory runs
//! short, the visitor who was away longest goes first.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use candor_protocol::wire::{Conversation, Message, MessageStatus, Visitor};
use sha2::{Digest, Sha256};

use crate::clock::now;
use crate::random;

/// Who asks: the hash of a visitor's token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VisitorId([u8; 32]);

impl VisitorId {
    fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

/// Where a message and its reply are kept.
#[derive(Clone, Debug)]
pub struct TurnId {
    /// Whose it is.
    pub visitor: VisitorId,
    /// The conversation's id.
    pub conversation: String,
    /// The visitor's message's id.
    pub message: String,
}

/// A message and the latest reply to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The visitor's.
    pub message: Message,
    /// The assistant's.
    pub reply: Message,
}

/// What became of a new message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is kept; these are the messages that the reply answers, oldest first.
    New(Vec<Message>),
    /// It was here already, by its idempotency key.
    Known(Box<Turn>),
}

/// Why the store refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// No visitor has that token.
    UnknownVisitor,
    /// This visitor has nothing of that id.
    NotFound,
    /// A reply in this conversation is under way.
    UnderWay,
    /// The idempotency key was used for other words.
    OtherContent,
    /// A bound is reached.
    Full(Bound),
}

/// What there can be too many of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Visitors, or what they wrote all together.
    Memory,
    /// Conversations of one visitor.
    Conversations,
    /// Messages in one conversation.
    Messages,
    /// Replies under way for one visitor.
    Replies,
}

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Visitors.
    pub visitors: usize,
    /// Conversations of each visitor.
    pub conversations: usize,
    /// Turns of each conversation.
    pub turns: usize,
    /// Replies under way for each visitor.
    pub replies: usize,
    /// Bytes of text of everybody together.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { visitors: 20_000, conversations: 100, turns: 200, replies: 3, bytes: 256 * 1024 * 1024 }
    }
}

/// The conversations of all visitors.
#[derive(Debug, Default)]
pub struct Store {
    limits: Limits,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    visitors: HashMap<VisitorId, Owned>,
    bytes: usize,
    /// Counts everything that happens, so that order is known even within a millisecond.
    clock: u64,
}

/// What one visitor owns.
#[derive(Debug, Default)]
struct Owned {
    conversations: HashMap<String, Talk>,
    seen: u64,
}

#[derive(Debug)]
struct Talk {
    conversation: Conversation,
    turns: Vec<KeptTurn>,
    touched: u64,
}

#[derive(Debug)]
struct KeptTurn {
    turn: Turn,
    key: Option<String>,
}

/// Stands for a conversation's ids, times and title.
const CONVERSATION_BYTES: usize = 1024;

impl KeptTurn {
    fn is_under_way(&self) -> bool {
        self.turn.reply.status == MessageStatus::Streaming
    }

    fn bytes(&self) -> usize {
        // The fixed part stands for ids, times and an error.
        self.turn.message.content.len() + self.turn.reply.content.len() + 1024
    }
}

impl Talk {
    fn is_under_way(&self) -> bool {
        self.turns.iter().any(KeptTurn::is_under_way)
    }

    fn bytes(&self) -> usize {
        CONVERSATION_BYTES + self.turns.iter().map(KeptTurn::bytes).sum::<usize>()
    }

    /// What stands in the conversation up to and with that turn, without the reply that is to come.
    fn history(&self, last: usize) -> Vec<Message> {
        let turns = self.turns.iter().take(last + 1);
        let mut history: Vec<Message> =
            turns.flat_map(|kept| [kept.turn.message.clone(), kept.turn.reply.clone()]).collect();
        history.pop();
        history
    }

    fn turn(&self, message: &str) -> Result<usize, StoreError> {
        self.turns.iter().position(|kept| kept.turn.message.id == message).ok_or(StoreError::NotFound)
    }

    fn write(&mut self, message: &Message, touched: u64) {
        if self.conversation.title.is_empty() {
            self.conversation.title = shortened(&message.content, 60);
        }
        if !message.content.is_empty() {
            self.conversation.preview = shortened(&message.content, 120);
        }
        self.conversation.updated_at = now();
        self.touched = touched;
    }
}

impl Kept {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn owned(&mut self, visitor: VisitorId) -> Result<&mut Owned, StoreError> {
        let seen = self.tick();
        let owned = self.visitors.get_mut(&visitor).ok_or(StoreError::UnknownVisitor)?;
        owned.seen = seen;
        Ok(owned)
    }

    fn talk(&mut self, visitor: VisitorId, id: &str) -> Result<&mut Talk, StoreError> {
        self.owned(visitor)?.conversations.get_mut(id).ok_or(StoreError::NotFound)
    }

    /// Lets go of visitors until there is room. Those without a conversation go first, then those away longest.
    fn make_room(
        &mut self,
        limits: &Limits,
        visitors: usize,
        bytes: usize,
        except: Option<VisitorId>,
    ) -> Result<(), StoreError> {
        while self.visitors.len() + visitors > limits.visitors || self.bytes + bytes > limits.bytes {
            let leaving = self
                .visitors
                .iter()
                .filter(|(id, owned)| {
                    Some(**id) != except && !owned.conversations.values().any(Talk::is_under_way)
                })
                .min_by_key(|(_, owned)| (!owned.conversations.is_empty(), owned.seen))
                .map(|(id, _)| *id)
                .ok_or(StoreError::Full(Bound::Memory))?;
            if let Some(owned) = self.visitors.remove(&leaving) {
                self.bytes -= owned.conversations.values().map(Talk::bytes).sum::<usize>();
            }
        }
        Ok(())
    }
}

impl Store {
    /// An empty store.
    pub fn new(limits: Limits) -> Self {
        Self { limits, kept: Mutex::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new visitor with a new token, of which only the hash is kept.
    ///
    /// # Errors
    /// [`StoreError::Full`] where no visitor can leave to make room.
    pub async fn create_visitor(&self) -> Result<Visitor, StoreError> {
        let token = random::token();
        let mut kept = self.kept();
        kept.make_room(&self.limits, 1, 0, None)?;
        let seen = kept.tick();
        kept.visitors.insert(VisitorId::of(&token), Owned { seen, ..Owned::default() });
        Ok(Visitor { token, created_at: now() })
    }

    /// Whose token it is.
    ///
    /// # Errors
    /// [`StoreError::UnknownVisitor`].
    pub async fn visitor(&self, token: &str) -> Result<VisitorId, StoreError> {
        let id = VisitorId::of(token);
        self.kept().owned(id).map(|_| id)
    }

    /// The visitor's conversations, newest first.
    ///
    /// # Errors
    /// [`StoreError::UnknownVisitor`].
    pub async fn conversations(&self, visitor: VisitorId) -> Result<Vec<Conversation>, StoreError> {
        let mut kept = self.kept();
        let mut talks: Vec<&Talk> = kept.owned(visitor)?.conversations.values().collect();
        talks.sort_by_key(|talk| std::cmp::Reverse(talk.touched));
        Ok(talks.into_iter().map(|talk| talk.conversation.clone()).collect())
    }

    /// A new conversation; the title may be empty.
    ///
    /// # Errors
    /// [`StoreError::UnknownVisitor`], [`StoreError::Full`].
    pub async fn create_conversation(
        &self,
        visitor: VisitorId,
        title: String,
    ) -> Result<Conversation, StoreError> {
        let mut kept = self.kept();
        if kept.owned(visitor)?.conversations.len() >= self.limits.conversations {
            return Err(StoreError::Full(Bound::Conversations));
        }
        kept.make_room(&self.limits, 0, CONVERSATION_BYTES, Some(visitor))?;
        kept.bytes += CONVERSATION_BYTES;
        let touched = kept.tick();
        let time = now();
        let conversation = Conversation {
            id: random::id("c_"),
            title,
            preview: String::new(),
            created_at: time,
            updated_at: time,
        };
        let talk = Talk { conversation: conversation.clone(), turns: Vec::new(), touched };
        kept.owned(visitor)?.conversations.insert(conversation.id.clone(), talk);
        Ok(conversation)
    }

    /// One conversation.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for nobody's and for somebody else's alike.
    pub async fn conversation(&self, visitor: VisitorId, id: &str) -> Result<Conversation, StoreError> {
        self.kept().talk(visitor, id).map(|talk| talk.conversation.clone())
    }

    /// Gives a conversation another title.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn rename_conversation(
        &self,
        visitor: VisitorId,
        id: &str,
        title: String,
    ) -> Result<Conversation, StoreError> {
        let mut kept = self.kept();
        let talk = kept.talk(visitor, id)?;
        talk.conversation.title = title;
        Ok(talk.conversation.clone())
    }

    /// Deletes a conversation with its messages. Gives the id of a reply that was under way, for it to be stopped.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn delete_conversation(
        &self,
        visitor: VisitorId,
        id: &str,
    ) -> Result<Option<String>, StoreError> {
        let mut kept = self.kept();
        let talk = kept.owned(visitor)?.conversations.remove(id).ok_or(StoreError::NotFound)?;
        kept.bytes -= talk.bytes();
        Ok(talk.turns.iter().find(|kept| kept.is_under_way()).map(|kept| kept.turn.reply.id.clone()))
    }

    /// A conversation's messages, oldest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn messages(&self, visitor: VisitorId, id: &str) -> Result<Vec<Message>, StoreError> {
        let mut kept = self.kept();
        let turns = &kept.talk(visitor, id)?.turns;
        Ok(turns.iter().flat_map(|kept| [kept.turn.message.clone(), kept.turn.reply.clone()]).collect())
    }

    /// Keeps a new message and the reply that has begun. The same idempotency key with the same words is the same
    /// message.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::OtherContent`], [`StoreError::UnderWay`], [`StoreError::Full`].
    pub async fn begin(
        &self,
        visitor: VisitorId,
        conversation: &str,
        key: Option<&str>,
        turn: Turn,
    ) -> Result<Begun, StoreError> {
        let mut kept = self.kept();
        let talk = kept.talk(visitor, conversation)?;
        if let Some(same) = talk.turns.iter().find(|kept| key.is_some() && kept.key.as_deref() == key) {
            return if same.turn.message.content == turn.message.content {
                Ok(Begun::Known(Box::new(same.turn.clone())))
            } else {
                Err(StoreError::OtherContent)
            };
        }
        if talk.is_under_way() {
            return Err(StoreError::UnderWay);
        }
        if talk.turns.len() >= self.limits.turns {
            return Err(StoreError::Full(Bound::Messages));
        }
        let new = KeptTurn { turn, key: key.map(str::to_owned) };
        let bytes = new.bytes();
        self.check_replies(&mut kept, visitor)?;
        kept.make_room(&self.limits, 0, bytes, Some(visitor))?;
        kept.bytes += bytes;
        let touched = kept.tick();
        let talk = kept.talk(visitor, conversation)?;
        talk.write(&new.turn.message, touched);
        talk.turns.push(new);
        Ok(Begun::New(talk.history(talk.turns.len() - 1)))
    }

    /// Puts a new reply in the place of the one to that message. Gives the message and what the reply answers.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::UnderWay`], [`StoreError::Full`].
    pub async fn begin_again(&self, turn: &TurnId, reply: Message) -> Result<Vec<Message>, StoreError> {
        let mut kept = self.kept();
        let talk = kept.talk(turn.visitor, &turn.conversation)?;
        let at = talk.turn(&turn.message)?;
        if talk.is_under_way() {
            return Err(StoreError::UnderWay);
        }
        self.check_replies(&mut kept, turn.visitor)?;
        let talk = kept.talk(turn.visitor, &turn.conversation)?;
        let old = std::mem::replace(&mut talk.turns[at].turn.reply, reply);
        let history = talk.history(at);
        kept.bytes -= old.content.len();
        Ok(history)
    }

    fn check_replies(&self, kept: &mut Kept, visitor: VisitorId) -> Result<(), StoreError> {
        let under_way =
            kept.owned(visitor)?.conversations.values().filter(|talk| talk.is_under_way()).count();
        if under_way < self.limits.replies { Ok(()) } else { Err(StoreError::Full(Bound::Replies)) }
    }

    /// A message with the latest reply to it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn turn(&self, turn: &TurnId) -> Result<Turn, StoreError> {
        let mut kept = self.kept();
        let talk = kept.talk(turn.visitor, &turn.conversation)?;
        let at = talk.turn(&turn.message)?;
        Ok(talk.turns[at].turn.clone())
    }

    /// Keeps a reply that has ended. One whose conversation was deleted in the meantime is let go.
    pub async fn finish(&self, turn: &TurnId, reply: Message) {
        let mut kept = self.kept();
        let touched = kept.tick();
        let Ok(talk) = kept.talk(turn.visitor, &turn.conversation) else { return };
        let Ok(at) = talk.turn(&turn.message) else { return };
        if talk.turns[at].turn.reply.id == reply.id {
            talk.write(&reply, touched);
            let bytes = reply.content.len();
            talk.turns[at].turn.reply = reply;
            kept.bytes += bytes;
        }
    }
}

/// The text's first line, at most `most` characters, cut between words where that is possible.
fn shortened(text: &str, most: usize) -> String {
    let line = text.trim().lines().next().unwrap_or_default().trim();
    let Some((end, _)) = line.char_indices().nth(most) else { return line.to_owned() };
    let cut = line[..end].rfind(' ').filter(|space| *space > end / 2).unwrap_or(end);
    format!("{}…", line[..cut].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_cut_between_words() {
        assert_eq!(shortened("  Hello there\nsecond line", 60), "Hello there");
        assert_eq!(shortened("one two three", 9), "one two…");
        assert_eq!(shortened("äöüäöü", 3), "äöü…");
    }

    #[tokio::test]
    async fn whoever_never_wrote_leaves_first() {
        let store = Store::new(Limits { visitors: 2, ..Limits::default() });
        let writer = store.create_visitor().await.unwrap();
        let writer_id = store.visitor(&writer.token).await.unwrap();
        store.create_conversation(writer_id, String::new()).await.unwrap();
        let idle = store.create_visitor().await.unwrap();
        store.create_visitor().await.unwrap();
        assert_eq!(store.visitor(&writer.token).await, Ok(writer_id));
        assert_eq!(store.visitor(&idle.token).await, Err(StoreError::UnknownVisitor));
    }
}
