//! Messages and the replies to them, turn by turn.

use std::collections::HashMap;

use candor_protocol::problem::Problem;
use candor_protocol::summary;
use candor_protocol::wire::{Message, MessageStatus, Messages, Role};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::conversations::time;
use super::database::{Transaction, integer};
use super::feedback::rating;
use super::leases::alive_until;
use super::{
    Begun, PendingCommit, PendingTurn, Store, StoreError, Turn, TurnId, VisitorId, charges, visitors,
};
use crate::access::quota::Charge;
use crate::clock::{now, tick};

fn status(status: MessageStatus) -> &'static str {
    match status {
        MessageStatus::Complete => "complete",
        MessageStatus::Streaming => "streaming",
        MessageStatus::Stopped => "stopped",
        MessageStatus::Failed => "failed",
    }
}

/// The columns that [`message`] reads.
macro_rules! columns {
    () => {
        "id, role, content, status, error, created_at, rating"
    };
}
pub(super) use columns;

/// A message of [`columns`].
pub(super) fn message(row: &AnyRow) -> sqlx::Result<Message> {
    let error: Option<String> = row.try_get("error")?;
    Ok(Message {
        id: row.try_get("id")?,
        role: match row.try_get::<String, _>("role")?.as_str() {
            "user" => Role::User,
            _ => Role::Assistant,
        },
        content: row.try_get("content")?,
        status: match row.try_get::<String, _>("status")?.as_str() {
            "complete" => MessageStatus::Complete,
            "streaming" => MessageStatus::Streaming,
            "stopped" => MessageStatus::Stopped,
            _ => MessageStatus::Failed,
        },
        created_at: time(row, "created_at")?,
        // Written by an older version with other fields, it is left out rather than making the message unreadable.
        error: error.and_then(|error| serde_json::from_str(&error).ok()),
        rating: rating(row)?,
    })
}

pub(super) fn error_json(error: Option<&Problem>) -> Option<String> {
    error.and_then(|error| serde_json::to_string(error).ok())
}

impl Store {
    /// A page of a conversation's messages, oldest first: the latest, or those before the `next` of another page.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn messages(
        &self,
        visitor: &VisitorId,
        id: &str,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Messages, StoreError> {
        self.conversation(visitor, id).await?;
        let mut rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            ", number FROM messages
             WHERE conversation_id = $1 AND number < $2 ORDER BY number DESC LIMIT $3"
        ))
        .bind(id)
        .bind(before.unwrap_or(i64::MAX))
        // One more than asked for tells whether there are older ones.
        .bind(i64::from(limit) + 1)
        .fetch_all(&mut *self.database.reader().await?)
        .await?;
        let has_older = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        rows.reverse();
        let next = match rows.first() {
            Some(oldest) if has_older => Some(oldest.try_get::<i64, _>("number")?.to_string()),
            _ => None,
        };
        Ok(Messages { messages: rows.iter().map(message).collect::<Result<_, _>>()?, next })
    }

    /// Keeps a new message and the reply that has begun. The same idempotency key with the same words is the same
    /// message.
    ///
    /// # Errors
    /// [`StoreError::UnknownVisitor`], [`StoreError::NotFound`], [`StoreError::OtherContent`], [`StoreError::UnderWay`],
    /// [`StoreError::TooManyMessages`], [`StoreError::Unavailable`].
    pub async fn begin(
        &self,
        visitor: &VisitorId,
        conversation: &str,
        key: Option<&str>,
        turn: &Turn,
    ) -> Result<Begun, StoreError> {
        let mut transaction = self.database.begin().await?;
        visitors::lock(&mut transaction, visitor).await?;
        // Before anything is read, since it keeps others from changing the conversation. Whatever is refused below takes it back.
        if !touch(&mut transaction, Some(visitor), conversation, &turn.message, false).await? {
            return Err(StoreError::NotFound);
        }
        let found = sqlx::query(
            "SELECT (SELECT number FROM messages WHERE conversation_id = $1 AND idempotency_key = $2) AS known,
                    (SELECT MAX(number) FROM messages WHERE conversation_id = $1) AS latest,
                    (SELECT number FROM messages WHERE conversation_id = $1 AND status = 'streaming') AS under_way",
        )
        .bind(conversation)
        .bind(key)
        .fetch_one(&mut *transaction)
        .await?;
        if let Some(number) = found.try_get::<Option<i64>, _>("known")? {
            let known = turn_at(&mut transaction, conversation, number).await?;
            return match known.message.content == turn.message.content {
                true => Ok(Begun::Known(Box::new(known))),
                false => Err(StoreError::OtherContent),
            };
        }
        if found.try_get::<Option<i64>, _>("under_way")?.is_some() {
            return Err(StoreError::UnderWay);
        }
        let number = found.try_get::<Option<i64>, _>("latest")?.map_or(0, |latest| latest + 1);
        if number >= integer(self.limits.turns as u64 * 2) {
            return Err(StoreError::TooManyMessages);
        }
        let (mut history, reasoning) = match number {
            0 => Default::default(),
            _ => history(&mut transaction, conversation, number - 1).await?,
        };
        history.push(turn.message.clone());
        insert(&mut transaction, conversation, number, key, &turn.message).await?;
        insert(&mut transaction, conversation, number + 1, None, &turn.reply).await?;
        Ok(Begun::New(PendingTurn { history, reasoning, commit: PendingCommit(transaction) }))
    }

    /// Puts a new reply in the place of the one to that message. Gives what the reply answers.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::UnderWay`], [`StoreError::Unavailable`].
    pub async fn begin_again(&self, turn: &TurnId, reply: &Message) -> Result<PendingTurn, StoreError> {
        let mut transaction = self.lock(&turn.visitor, &turn.conversation).await?;
        let number = number(&mut transaction, turn).await?;
        let replaced = sqlx::query(
            "DELETE FROM messages WHERE conversation_id = $1 AND number = $2 AND NOT EXISTS
               (SELECT 1 FROM messages WHERE conversation_id = $1 AND status = 'streaming')",
        )
        .bind(&turn.conversation)
        .bind(number + 1)
        .execute(&mut *transaction)
        .await?;
        if replaced.rows_affected() == 0 {
            return Err(StoreError::UnderWay);
        }
        insert(&mut transaction, &turn.conversation, number + 1, None, reply).await?;
        let (history, reasoning) = history(&mut transaction, &turn.conversation, number).await?;
        Ok(PendingTurn { history, reasoning, commit: PendingCommit(transaction) })
    }

    /// A message with the latest reply to it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn turn(&self, turn: &TurnId) -> Result<Turn, StoreError> {
        self.conversation(&turn.visitor, &turn.conversation).await?;
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            " FROM messages
             WHERE conversation_id = $1 AND number >=
               (SELECT number FROM messages WHERE conversation_id = $1 AND id = $2 AND role = 'user')
             ORDER BY number LIMIT 2"
        ))
        .bind(&turn.conversation)
        .bind(&turn.message)
        .fetch_all(&mut *self.database.reader().await?)
        .await?;
        both(&rows)
    }

    /// Whether a reply is the latest of its conversation, came to its end while nobody followed it, and has not been said to be read.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn is_unread(&self, turn: &TurnId, reply: &Message) -> Result<bool, StoreError> {
        let unread = sqlx::query(
            "SELECT id FROM conversations WHERE id = $1 AND visitor_id = $2 AND unread = 1 AND $3 =
               (SELECT id FROM messages WHERE conversation_id = $1 ORDER BY number DESC LIMIT 1)",
        )
        .bind(&turn.conversation)
        .bind(&turn.visitor.0)
        .bind(&reply.id)
        .fetch_optional(&mut *self.database.reader().await?)
        .await?;
        Ok(unread.is_some())
    }

    /// Keeps what has arrived of replies under way, by their ids, and that they are still being written. Gives the ids of
    /// those that are to stop: their visitor has asked another proxy to, or they are not there any more.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn keep_progress(&self, replies: &[(String, String)]) -> Result<Vec<String>, StoreError> {
        let mut to_stop = Vec::new();
        let mut transaction = self.database.begin().await?;
        for (id, content) in replies {
            let kept = sqlx::query(
                "UPDATE messages SET content = $1, alive_until = $2
                 WHERE id = $3 AND status = 'streaming' AND stop_asked = 0",
            )
            .bind(content)
            .bind(alive_until())
            .bind(id)
            .execute(&mut *transaction)
            .await?;
            if kept.rows_affected() == 0 {
                to_stop.push(id.clone());
            }
        }
        transaction.commit().await?;
        Ok(to_stop)
    }

    /// Asks the proxy that writes this reply to stop it.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn ask_to_stop(&self, reply: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE messages SET stop_asked = 1 WHERE id = $1 AND status = 'streaming'")
            .bind(reply)
            .execute(&mut *self.database.writer().await?)
            .await?;
        Ok(())
    }

    /// Keeps a reply that has ended, with what the model thought before it; `unread` where nobody followed it to its end. One
    /// whose conversation was deleted in the meantime, or that was replaced, is dropped. What it has `used` of its charges is put
    /// right, and what it took as long as it was under way is given back.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn finish(
        &self,
        turn: &TurnId,
        reply: &Message,
        reasoning: Option<&str>,
        unread: bool,
        used: &[(Charge, u64)],
    ) -> Result<(), StoreError> {
        let mut transaction = self.database.begin().await?;
        let kept = sqlx::query(
            "UPDATE messages SET content = $1, folded = $2, status = $3, error = $4, reasoning = $5, alive_until = NULL
             WHERE id = $6 AND conversation_id = $7 AND status = 'streaming'",
        )
        .bind(&reply.content)
        .bind(reply.content.to_lowercase())
        .bind(status(reply.status))
        .bind(error_json(reply.error.as_ref()))
        .bind(reasoning)
        .bind(&reply.id)
        .bind(&turn.conversation)
        .execute(&mut *transaction)
        .await?;
        if kept.rows_affected() > 0 {
            touch(&mut transaction, None, &turn.conversation, reply, unread).await?;
        }
        charges::settle(&mut transaction, &reply.id, used).await?;
        Ok(transaction.commit().await?)
    }

    /// A transaction in which nobody else changes the conversation.
    async fn lock(&self, visitor: &VisitorId, conversation: &str) -> Result<Transaction, StoreError> {
        let mut transaction = self.database.begin().await?;
        visitors::lock(&mut transaction, visitor).await?;
        let locked =
            sqlx::query("UPDATE conversations SET unread = unread WHERE id = $1 AND visitor_id = $2")
                .bind(conversation)
                .bind(&visitor.0)
                .execute(&mut *transaction)
                .await?;
        if locked.rows_affected() == 0 {
            return Err(StoreError::NotFound);
        }
        Ok(transaction)
    }
}

async fn insert(
    transaction: &mut Transaction,
    conversation: &str,
    number: i64,
    key: Option<&str>,
    message: &Message,
) -> sqlx::Result<()> {
    let is_streaming = message.status == MessageStatus::Streaming;
    sqlx::query(
        "INSERT INTO messages
           (id, conversation_id, number, role, content, folded, status, created_at, idempotency_key, alive_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&message.id)
    .bind(conversation)
    .bind(number)
    .bind(message.role.name())
    .bind(&message.content)
    .bind(message.content.to_lowercase())
    .bind(status(message.status))
    .bind(integer(message.created_at))
    .bind(key)
    .bind(is_streaming.then(alive_until))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Puts the conversation on top of the list, with the message's words; with a visitor, only where it is theirs. Gives
/// whether it is there.
async fn touch(
    transaction: &mut Transaction,
    visitor: Option<&VisitorId>,
    conversation: &str,
    message: &Message,
    unread: bool,
) -> sqlx::Result<bool> {
    let title = summary::title(&message.content);
    let touched = sqlx::query(
        "UPDATE conversations SET
           title = CASE WHEN title = '' THEN $1 ELSE title END,
           folded = CASE WHEN title = '' THEN $2 ELSE folded END,
           preview = CASE WHEN $3 = '' THEN preview ELSE $3 END,
           updated_at = $4, position = $5, unread = $6
         WHERE id = $7 AND visitor_id = COALESCE($8, visitor_id)",
    )
    .bind(&title)
    .bind(title.to_lowercase())
    .bind(summary::preview(message, candor_markdown::plain_text))
    .bind(integer(now()))
    .bind(tick())
    .bind(i64::from(unread))
    .bind(conversation)
    .bind(visitor.map(|visitor| visitor.0.as_str()))
    .execute(&mut **transaction)
    .await?;
    Ok(touched.rows_affected() > 0)
}

/// What stands in the conversation up to and with that number, and what the model thought before its answers, by their ids.
async fn history(
    transaction: &mut Transaction,
    conversation: &str,
    last: i64,
) -> sqlx::Result<(Vec<Message>, HashMap<String, String>)> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        ", reasoning FROM messages
         WHERE conversation_id = $1 AND number <= $2 ORDER BY number"
    ))
    .bind(conversation)
    .bind(last)
    .fetch_all(&mut **transaction)
    .await?;
    let mut reasoning = HashMap::new();
    for row in &rows {
        if let Some(thought) = row.try_get::<Option<String>, _>("reasoning")? {
            reasoning.insert(row.try_get("id")?, thought);
        }
    }
    Ok((rows.iter().map(message).collect::<Result<_, _>>()?, reasoning))
}

async fn number(transaction: &mut Transaction, turn: &TurnId) -> Result<i64, StoreError> {
    let row =
        sqlx::query("SELECT number FROM messages WHERE conversation_id = $1 AND id = $2 AND role = 'user'")
            .bind(&turn.conversation)
            .bind(&turn.message)
            .fetch_optional(&mut **transaction)
            .await?;
    Ok(row.ok_or(StoreError::NotFound)?.try_get(0)?)
}

async fn turn_at(transaction: &mut Transaction, conversation: &str, number: i64) -> Result<Turn, StoreError> {
    let rows = sqlx::query(concat!(
        "SELECT ",
        columns!(),
        " FROM messages
         WHERE conversation_id = $1 AND number >= $2 ORDER BY number LIMIT 2"
    ))
    .bind(conversation)
    .bind(number)
    .fetch_all(&mut **transaction)
    .await?;
    both(&rows)
}

fn both(rows: &[AnyRow]) -> Result<Turn, StoreError> {
    let [asked, answered] = rows else { return Err(StoreError::NotFound) };
    Ok(Turn { message: message(asked)?, reply: message(answered)? })
}
