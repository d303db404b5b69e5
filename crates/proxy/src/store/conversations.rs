//! Conversations: the list and its pages, the search, and each one.

use candor_protocol::Millis;
use candor_protocol::wire::{Conversation, Conversations};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::database::integer;
use super::visitors::lock;
use super::{Store, StoreError, VisitorId};
use crate::clock::{now, tick};
use crate::random;

/// Which part of a visitor's conversations is asked for.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The `next` of the page before; none for the first.
    pub before: Option<i64>,
    /// Words that the title or a message must have, whatever their case; empty for all.
    pub search: String,
    /// The most conversations.
    pub limit: u32,
}

/// What is to change of a conversation.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Another title.
    pub title: Option<String>,
    /// Whether it has something that the visitor has not read.
    pub unread: Option<bool>,
}

pub(super) fn time(row: &AnyRow, column: &str) -> sqlx::Result<Millis> {
    Ok(u64::try_from(row.try_get::<i64, _>(column)?).unwrap_or_default())
}

/// The columns that [`conversation`] reads, and the place in the list.
macro_rules! columns {
    () => {
        "id, title, preview, created_at, updated_at, unread, position"
    };
}
pub(super) use columns;

pub(super) fn conversation(row: &AnyRow) -> sqlx::Result<Conversation> {
    Ok(Conversation {
        id: row.try_get("id")?,
        title: row.try_get("title")?,
        preview: row.try_get("preview")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
        unread: row.try_get::<i64, _>("unread")? != 0,
    })
}

impl Store {
    /// A page of the visitor's conversations, newest first. With a search, the preview is the place that was found.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn conversations(&self, visitor: &VisitorId, page: &Page) -> Result<Conversations, StoreError> {
        let words = page.search.trim();
        if !words.is_empty() {
            return self.search(visitor, page, words).await;
        }
        let rows = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            " FROM conversations
             WHERE visitor_id = $1 AND position < $2 ORDER BY position DESC LIMIT $3"
        ))
        .bind(&visitor.0)
        .bind(page.before.unwrap_or(i64::MAX))
        // One more than asked for tells whether there is another page.
        .bind(i64::from(page.limit) + 1)
        .fetch_all(&mut *self.database.reader().await?)
        .await?;
        let limit = page.limit as usize;
        let next = match rows.get(limit.wrapping_sub(1)) {
            Some(last) if rows.len() > limit => Some(last.try_get::<i64, _>("position")?.to_string()),
            _ => None,
        };
        let conversations = rows.iter().take(limit).map(conversation).collect::<Result<_, _>>()?;
        Ok(Conversations { conversations, next })
    }

    /// A new conversation; the title may be empty. The same idempotency key is the same conversation.
    ///
    /// # Errors
    /// [`StoreError::UnknownVisitor`] where the visitor was deleted meanwhile, [`StoreError::Unavailable`].
    pub async fn create_conversation(
        &self,
        visitor: &VisitorId,
        key: Option<&str>,
        title: &str,
    ) -> Result<Conversation, StoreError> {
        let (id, time) = (random::id("c_"), integer(now()));
        let mut transaction = self.database.begin().await?;
        // Of two requests with one key the second finds what the first has made.
        lock(&mut transaction, visitor).await?;
        if let Some(key) = key {
            let same = sqlx::query(concat!(
                "SELECT ",
                columns!(),
                " FROM conversations
                 WHERE visitor_id = $1 AND idempotency_key = $2"
            ))
            .bind(&visitor.0)
            .bind(key)
            .fetch_optional(&mut *transaction)
            .await?;
            if let Some(same) = same {
                return Ok(conversation(&same)?);
            }
        }
        sqlx::query(
            "INSERT INTO conversations
               (id, visitor_id, idempotency_key, title, folded, preview, created_at, updated_at, position, unread)
             VALUES ($1, $2, $3, $4, $5, '', $6, $6, $7, 0)",
        )
        .bind(&id)
        .bind(&visitor.0)
        .bind(key)
        .bind(title)
        .bind(title.to_lowercase())
        .bind(time)
        .bind(tick())
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        self.conversation(visitor, &id).await
    }

    /// One conversation.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for nobody's and for somebody else's alike, [`StoreError::Unavailable`].
    pub async fn conversation(&self, visitor: &VisitorId, id: &str) -> Result<Conversation, StoreError> {
        let row = sqlx::query(concat!(
            "SELECT ",
            columns!(),
            " FROM conversations
             WHERE id = $1 AND visitor_id = $2"
        ))
        .bind(id)
        .bind(&visitor.0)
        .fetch_optional(&mut *self.database.reader().await?)
        .await?;
        Ok(conversation(&row.ok_or(StoreError::NotFound)?)?)
    }

    /// Changes a conversation, and gives it as it is then.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn change_conversation(
        &self,
        visitor: &VisitorId,
        id: &str,
        change: &Change,
    ) -> Result<Conversation, StoreError> {
        let changed = sqlx::query(
            "UPDATE conversations SET
               title = COALESCE($1, title), folded = COALESCE($2, folded), unread = COALESCE($3, unread)
             WHERE id = $4 AND visitor_id = $5",
        )
        .bind(change.title.as_deref())
        .bind(change.title.as_ref().map(|title| title.to_lowercase()))
        .bind(change.unread.map(i64::from))
        .bind(id)
        .bind(&visitor.0)
        .execute(&mut *self.database.writer().await?)
        .await?;
        if changed.rows_affected() == 0 {
            return Err(StoreError::NotFound);
        }
        self.conversation(visitor, id).await
    }

    /// Deletes a conversation with its messages. Gives the id of a reply that was under way, for it to be stopped.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Unavailable`].
    pub async fn delete_conversation(
        &self,
        visitor: &VisitorId,
        id: &str,
    ) -> Result<Option<String>, StoreError> {
        let mut transaction = self.database.begin().await?;
        let under_way =
            sqlx::query("SELECT id FROM messages WHERE conversation_id = $1 AND status = 'streaming'")
                .bind(id)
                .fetch_optional(&mut *transaction)
                .await?;
        let deleted = sqlx::query("DELETE FROM conversations WHERE id = $1 AND visitor_id = $2")
            .bind(id)
            .bind(&visitor.0)
            .execute(&mut *transaction)
            .await?;
        if deleted.rows_affected() == 0 {
            return Err(StoreError::NotFound);
        }
        transaction.commit().await?;
        Ok(under_way.map(|row| row.try_get(0)).transpose()?)
    }
}
