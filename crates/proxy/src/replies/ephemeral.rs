//! Replies of which nothing is kept: they are in memory alone, until some time after their end, so that a connection that was
//! lost can be taken up and a second sending is no second reply.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::Instant;

use candor_protocol::wire::ChatTurn;

use super::reply::Reply;
use crate::store::{StoreError, VisitorId};

/// How long a reply is remembered after its end was noticed.
const REMEMBERED_FOR: Duration = Duration::from_secs(5 * 60);

/// The most replies that are remembered after their end.
const MAX_REMEMBERED: usize = 1000;

/// The replies, by their ids.
#[derive(Debug, Default)]
pub struct EphemeralReplies(Mutex<HashMap<String, Remembered>>);

#[derive(Debug)]
struct Remembered {
    reply: Arc<Reply>,
    visitor: VisitorId,
    key: Option<String>,
    /// Of what was said, to tell a second sending from another message.
    digest: [u8; 32],
    ended: Option<Instant>,
}

impl EphemeralReplies {
    /// Remembers a new reply, or gives the one that was asked for by the same key.
    ///
    /// # Errors
    /// [`StoreError::OtherContent`].
    pub fn begin(
        &self,
        visitor: &VisitorId,
        key: Option<String>,
        turns: &[ChatTurn],
        reply: &Arc<Reply>,
    ) -> Result<Option<Arc<Reply>>, StoreError> {
        let digest = digest(turns);
        let mut replies = self.replies();
        forget_old(&mut replies);
        if key.is_some()
            && let Some(same) = replies.values().find(|other| other.key == key && other.visitor == *visitor)
        {
            return match same.digest == digest {
                true => Ok(Some(Arc::clone(&same.reply))),
                false => Err(StoreError::OtherContent),
            };
        }
        let remembered =
            Remembered { reply: Arc::clone(reply), visitor: visitor.clone(), key, digest, ended: None };
        replies.insert(reply.id().to_owned(), remembered);
        Ok(None)
    }

    /// The reply of that id, where it is this visitor's.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub fn find(&self, visitor: &VisitorId, id: &str) -> Result<Arc<Reply>, StoreError> {
        let replies = self.replies();
        let found = replies.get(id).filter(|found| found.visitor == *visitor);
        found.map(|found| Arc::clone(&found.reply)).ok_or(StoreError::NotFound)
    }

    /// Forgets a reply that was not begun after all.
    pub fn remove(&self, id: &str) {
        self.replies().remove(id);
    }

    /// Forgets all of a visitor's replies, and gives them, for them to be stopped.
    pub fn forget(&self, visitor: &VisitorId) -> Vec<Arc<Reply>> {
        let mut replies = self.replies();
        replies.extract_if(|_, one| one.visitor == *visitor).map(|(_, one)| one.reply).collect()
    }

    fn replies(&self) -> MutexGuard<'_, HashMap<String, Remembered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn forget_old(replies: &mut HashMap<String, Remembered>) {
    let now = Instant::now();
    for one in replies.values_mut().filter(|one| one.ended.is_none() && one.reply.has_ended()) {
        one.ended = Some(now);
    }
    replies.retain(|_, one| one.ended.is_none_or(|ended| ended.elapsed() < REMEMBERED_FOR));
    let mut ended: Vec<_> = replies.iter().filter_map(|(id, one)| Some((one.ended?, id.clone()))).collect();
    ended.sort();
    for (_, id) in ended.iter().take(ended.len().saturating_sub(MAX_REMEMBERED)) {
        replies.remove(id);
    }
}

fn digest(turns: &[ChatTurn]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for turn in turns {
        hasher.update([turn.role as u8]);
        hasher.update(turn.content.len().to_le_bytes());
        hasher.update(&turn.content);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replies::Ending;
    use crate::store::Store;
    use candor_protocol::wire::{Message, MessageStatus, Role};

    fn reply(id: &str) -> Arc<Reply> {
        let message = |role, status| Message {
            id: id.to_owned(),
            role,
            content: String::new(),
            status,
            created_at: 0,
            error: None,
            rating: None,
        };
        Arc::new(Reply::new(
            message(Role::User, MessageStatus::Complete),
            message(Role::Assistant, MessageStatus::Streaming),
        ))
    }

    async fn visitor() -> VisitorId {
        let store = Store::in_memory().await.unwrap();
        let token = store.create_visitor().await.unwrap().token;
        store.visitor(&token).await.unwrap().visitor
    }

    #[tokio::test]
    async fn what_has_ended_is_forgotten_after_a_while_and_what_goes_on_is_not() {
        let (ephemeral, me, other) = (EphemeralReplies::default(), visitor().await, visitor().await);
        let (ended, goes_on) = (reply("m_1"), reply("m_2"));
        for one in [&ended, &goes_on] {
            assert!(ephemeral.begin(&me, None, &[], one).unwrap().is_none());
        }
        tokio::time::pause();
        ended.end(Ending::Complete);
        ephemeral.begin(&me, None, &[], &reply("m_3")).unwrap();
        tokio::time::advance(REMEMBERED_FOR - Duration::from_secs(1)).await;
        assert!(ephemeral.find(&me, "m_1").is_ok());
        tokio::time::advance(Duration::from_secs(1)).await;
        ephemeral.begin(&me, None, &[], &reply("m_4")).unwrap();
        assert!(matches!(ephemeral.find(&me, "m_1"), Err(StoreError::NotFound)));
        assert!(ephemeral.find(&me, "m_2").is_ok());
        assert!(ephemeral.find(&other, "m_2").is_err(), "somebody else’s");
    }
}
