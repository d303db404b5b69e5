//! The conversations that the browser keeps, with what History does to those that a proxy keeps: the list and its pages, the
//! search, another title, deleting.

use candor_protocol::problem::Problem;
use candor_protocol::summary;
use candor_protocol::wire::{Conversation, Conversations, Message, MessageStatus, Role};

use super::store::{ConversationStore, KeptMessage};
use crate::time;
use crate::transport::LOCAL_PREFIX;

/// The most conversations of one page.
const PAGE_SIZE: usize = 50;

/// The conversations in one store.
pub struct LocalConversations {
    store: ConversationStore,
}

impl LocalConversations {
    /// The conversations in this store.
    pub fn new(store: ConversationStore) -> Self {
        Self { store }
    }

    /// The store itself.
    pub fn store(&self) -> &ConversationStore {
        &self.store
    }

    /// Begins a conversation. The same key is the same conversation.
    ///
    /// # Errors
    /// As [`ConversationStore::conversations`].
    pub async fn begin(&self, key: &str) -> Result<Conversation, Problem> {
        let id = format!("{LOCAL_PREFIX}{key}");
        if let Ok(known) = self.store.conversation(&id).await {
            return Ok(known);
        }
        let (title, preview, now) = (String::new(), String::new(), time::now());
        let conversation =
            Conversation { id, title, preview, created_at: now, updated_at: now, unread: false };
        self.store.add(&conversation).await?;
        Ok(conversation)
    }

    /// A page of the conversations with these words, newest first: the first, or the one behind `next`.
    ///
    /// # Errors
    /// As [`ConversationStore::conversations`].
    pub async fn list(&self, search: &str, next: Option<&str>) -> Result<Conversations, Problem> {
        let words = search.trim();
        let mut page = Conversations::default();
        for mut conversation in behind(self.store.conversations().await?, next) {
            if !words.is_empty() {
                let messages = self.store.messages(&conversation.id).await?;
                match found(&conversation, &messages, words) {
                    None => continue,
                    Some(preview) => conversation.preview = preview,
                }
            }
            if page.conversations.len() == PAGE_SIZE {
                page.next = page.conversations.last().map(place);
                break;
            }
            page.conversations.push(conversation);
        }
        Ok(page)
    }

    /// Changes a conversation, and gives it as it is then.
    ///
    /// # Errors
    /// `not_found`, or as [`ConversationStore::conversations`].
    pub async fn change(
        &self,
        id: &str,
        change: &mut dyn FnMut(&mut Conversation),
    ) -> Result<Conversation, Problem> {
        self.store.change(id, change, &[]).await
    }

    /// A conversation's messages, oldest first.
    ///
    /// # Errors
    /// `not_found`, or as [`ConversationStore::conversations`].
    pub async fn messages(&self, id: &str) -> Result<Vec<Message>, Problem> {
        Ok(self.kept_messages(id).await?.into_iter().map(|kept| kept.message).collect())
    }

    /// The same as they are kept.
    ///
    /// # Errors
    /// As [`LocalConversations::messages`].
    pub async fn kept_messages(&self, id: &str) -> Result<Vec<KeptMessage>, Problem> {
        let messages = self.store.kept_messages(id).await?;
        if messages.is_empty() {
            self.store.conversation(id).await?;
        }
        Ok(messages)
    }

    /// Keeps a turn of a conversation: a message and the reply to it as it stands. One that was deleted meanwhile is let
    /// go.
    ///
    /// # Errors
    /// `not_found`, or as [`ConversationStore::conversations`].
    pub async fn keep(
        &self,
        id: &str,
        number: u32,
        message: &Message,
        reply: &KeptMessage,
        unread: bool,
    ) -> Result<(), Problem> {
        let shown = if reply.message.content.is_empty() { message } else { &reply.message };
        let mut turn = |conversation: &mut Conversation| {
            if conversation.title.is_empty() {
                conversation.title = summary::title(&message.content);
            }
            conversation.preview = summary::preview(shown, candor_markdown::plain_text);
            conversation.updated_at = time::now();
            conversation.unread = unread && reply.message.status != MessageStatus::Streaming;
        };
        let message = KeptMessage::from(message.clone());
        self.store.change(id, &mut turn, &[(number, &message), (number + 1, reply)]).await.map(drop)
    }

    /// Takes the signatures off a conversation's answers: those of another visitor prove nothing.
    ///
    /// # Errors
    /// `not_found`, or as [`ConversationStore::conversations`].
    pub async fn forget_signatures(&self, id: &str) -> Result<(), Problem> {
        let kept = (0..).zip(self.kept_messages(id).await?);
        let unsigned = kept.filter(|(_, kept)| kept.signature.is_some());
        let unsigned: Vec<_> =
            unsigned.map(|(number, kept)| (number, KeptMessage { signature: None, ..kept })).collect();
        let messages: Vec<_> = unsigned.iter().map(|(number, kept)| (*number, kept)).collect();
        self.store.change(id, &mut |_| {}, &messages).await.map(drop)
    }
}

/// Where a conversation stands in the list.
fn place(conversation: &Conversation) -> String {
    format!("{:015}:{}", conversation.updated_at, conversation.id)
}

/// Newest first, from behind that place on.
fn behind(mut conversations: Vec<Conversation>, next: Option<&str>) -> Vec<Conversation> {
    if let Some(next) = next {
        conversations.retain(|one| place(one).as_str() < next);
    }
    conversations.sort_by_cached_key(|one| std::cmp::Reverse(place(one)));
    conversations
}

/// What is shown of a conversation that has these words: the place in the latest message that has them, else its preview.
fn found(conversation: &Conversation, messages: &[Message], words: &str) -> Option<String> {
    let folded = words.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&folded);
    let message = messages.iter().rev().find(|message| has(&message.content));
    match message {
        Some(message) => Some(summary::excerpt(&message.content, words)),
        None => has(&conversation.title).then(|| conversation.preview.clone()),
    }
}

/// The place of a visitor's message among a conversation's.
pub fn number_of(messages: &[KeptMessage], id: &str) -> Option<usize> {
    let is_it = |message: &Message| message.id == id && message.role == Role::User;
    messages.iter().position(|kept| is_it(&kept.message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversation(id: &str, updated_at: u64) -> Conversation {
        Conversation {
            id: id.to_owned(),
            title: format!("About {id}"),
            preview: "Preview".to_owned(),
            created_at: 0,
            updated_at,
            unread: false,
        }
    }

    #[test]
    fn pages_follow_one_another_without_gap_or_double() {
        let all =
            vec![conversation("a", 5), conversation("b", 9), conversation("c", 5), conversation("d", 10)];
        let ids = |list: Vec<Conversation>| list.into_iter().map(|one| one.id).collect::<Vec<_>>();
        assert_eq!(ids(behind(all.clone(), None)), ["d", "b", "c", "a"]);
        // Of two in one millisecond the other is not lost.
        let next = place(&all[2]);
        assert_eq!(ids(behind(all.clone(), Some(&next))), ["a"]);
        let next = place(&all[1]);
        assert_eq!(ids(behind(all, Some(&next))), ["c", "a"]);
    }

    #[test]
    fn words_are_found_in_the_latest_message_then_in_the_title() {
        let said = |content: &str| Message {
            id: "m_1".to_owned(),
            role: Role::User,
            content: content.to_owned(),
            status: MessageStatus::Complete,
            created_at: 0,
            error: None,
            rating: None,
        };
        let (one, messages) = (conversation("a", 1), [said("A red seat"), said("The blue Seat")]);
        assert_eq!(found(&one, &messages, "SEAT").as_deref(), Some("The blue Seat"));
        assert_eq!(found(&one, &messages, "about").as_deref(), Some("Preview"));
        assert_eq!(found(&one, &messages, "helmet"), None);
    }
}
