//! The whole store for its owner: a copy of the file, and all conversations one after another.

use std::path::Path;

use candor_protocol::wire::{Conversation, Message};
use serde::Serialize;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::conversations::conversation;
use super::messages::{columns, message};
use super::{Store, StoreError, private_file};

/// How many conversations are read at a time.
const BATCH_SIZE: i64 = 100;

/// A conversation with everything in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Archived {
    /// Whose it is: an id that only groups, and that no token follows from.
    pub visitor: String,
    /// The conversation.
    #[serde(flatten)]
    pub conversation: Conversation,
    /// Its messages, oldest first.
    pub messages: Vec<ArchivedMessage>,
}

/// A message, with what its visitor has said of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ArchivedMessage {
    /// The message.
    #[serde(flatten)]
    pub message: Message,
    /// The visitor's words beside their rating.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

fn archived_message(row: &AnyRow) -> sqlx::Result<ArchivedMessage> {
    Ok(ArchivedMessage { message: message(row)?, comment: row.try_get("comment")? })
}

impl Store {
    /// Copies a SQLite database, as it is at this moment, into a new file.
    ///
    /// # Errors
    /// SQLite's own, where the file exists or cannot be written.
    pub async fn backup(&self, file: &Path) -> sqlx::Result<()> {
        // SQLite fills a file that is empty, and would make one that everybody can read.
        private_file::create(file)?;
        sqlx::query("VACUUM INTO $1")
            .bind(file.display().to_string())
            .execute(&mut *self.database.writer().await?)
            .await?;
        Ok(())
    }

    /// How many conversations there are.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn conversation_count(&self) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) FROM conversations")
            .fetch_one(&mut *self.database.reader().await?)
            .await?;
        Ok(row.try_get(0)?)
    }

    /// The next conversations behind that id, in the order of ids; none at the end.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn archived_after(&self, id: &str) -> Result<Vec<Archived>, StoreError> {
        let mut reader = self.database.reader().await?;
        let rows = sqlx::query(
            "SELECT id, visitor_id, title, preview, created_at, updated_at, unread FROM conversations
             WHERE id > $1 ORDER BY id LIMIT $2",
        )
        .bind(id)
        .bind(BATCH_SIZE)
        .fetch_all(&mut *reader)
        .await?;
        let mut archived = Vec::with_capacity(rows.len());
        for row in &rows {
            let conversation = conversation(row)?;
            let messages = sqlx::query(concat!(
                "SELECT ",
                columns!(),
                ", comment FROM messages WHERE conversation_id = $1 ORDER BY number"
            ))
            .bind(&conversation.id)
            .fetch_all(&mut *reader)
            .await?;
            archived.push(Archived {
                visitor: row.try_get("visitor_id")?,
                messages: messages.iter().map(archived_message).collect::<Result<_, _>>()?,
                conversation,
            });
        }
        Ok(archived)
    }
}
