//! What proxies that share a PostgreSQL tell one another, by LISTEN and NOTIFY. SQLite has one proxy, which talks to nobody.

use sqlx::postgres::PgListener;

use super::{Store, StoreError};

/// Where they listen.
const CHANNEL: &str = "candor_replies";

/// The most bytes of one notice: PostgreSQL takes 7,999.
pub const MAX_NOTICE_BYTES: usize = 7_999;

/// A connection of its own on which notices arrive.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Listener {
    /// The next notice. `None` once the connection is lost: what was said meanwhile is not said again.
    pub async fn next(&mut self) -> Option<String> {
        match self.0.try_recv().await {
            Ok(notice) => notice.map(|notice| notice.payload().to_owned()),
            Err(error) => {
                tracing::debug!(%error, "the connection on which other proxies are heard is lost");
                None
            }
        }
    }
}

impl Store {
    /// Listens to the other proxies. `None` where the database has no others.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn listener(&self) -> Result<Option<Listener>, StoreError> {
        let Some(url) = self.database.postgres_url() else { return Ok(None) };
        let mut listener = PgListener::connect(url.reveal()).await?;
        // Whoever follows a reply must know of a gap, and looks at what is kept then.
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Some(Listener(listener)))
    }

    /// Tells all proxies, this one too. At most [`MAX_NOTICE_BYTES`].
    ///
    /// # Errors
    /// [`StoreError::Unavailable`].
    pub async fn notify(&self, notice: &str) -> Result<(), StoreError> {
        sqlx::query("SELECT pg_notify($1, $2)::text")
            .bind(CHANNEL)
            .bind(notice)
            .execute(&mut *self.database.writer().await?)
            .await?;
        Ok(())
    }
}
