//! `candor backup`, `candor export` and `candor purge`: what an owner does with the whole store.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use candor_markdown::quotation;
use candor_protocol::Millis;
use candor_protocol::wire::{AuditAction, Role};

use crate::clock::{millis, now};
use crate::config::{DatabaseAddress, Settings};
use crate::store::{Archived, ArchivedMessage, Database, Limits, OpenError, Store, StoreError, private_file};

/// What the audit log calls whoever gives commands where the proxy runs.
pub(super) const ON_SERVER: &str = "command line";

/// Why a command about the whole store cannot do what it does: one line with the cause and the way on.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Nothing is where the settings say that the database is.
    #[error("There is no database at {}. Set CANDOR_DATABASE_URL to where it is.", .0.display())]
    NoDatabase(PathBuf),
    /// Only the proxy itself gets at its memory.
    #[error("Conversations are in the memory of the running proxy. Set CANDOR_DATABASE_URL to a file.")]
    InMemory,
    /// PostgreSQL has a program of its own for copies.
    #[error("This copies SQLite files. For PostgreSQL, use pg_dump.")]
    NotSqlite,
    /// Nothing is written over.
    #[error("{} exists already. Name a new file.", .0.display())]
    Exists(PathBuf),
    /// The copy cannot be made.
    #[error("{} cannot be written: {source}. Check its folder.", file.display())]
    Backup {
        /// The new file.
        file: PathBuf,
        /// SQLite's error.
        source: sqlx::Error,
    },
    /// The folder for the Markdown files cannot be made.
    #[error("{} cannot be made: {source}. Name another folder.", folder.display())]
    Folder {
        /// The new folder.
        folder: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was read cannot be written out.
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// The store that is there; none is made.
pub(super) async fn existing(settings: &Settings) -> Result<Store, ArchiveError> {
    match &settings.database {
        DatabaseAddress::File(path) if !path.exists() => Err(ArchiveError::NoDatabase(path.clone())),
        DatabaseAddress::Memory => Err(ArchiveError::InMemory),
        address => Ok(Store::new(Database::open(address).await?, Limits::default())),
    }
}

/// Copies a SQLite database into a new file, while a proxy may be running.
///
/// # Errors
/// Where there is none, or the file cannot be made.
pub async fn backup(settings: &Settings, file: &Path, out: &mut impl Write) -> Result<(), ArchiveError> {
    if matches!(settings.database, DatabaseAddress::Postgres(_)) {
        return Err(ArchiveError::NotSqlite);
    }
    if file.exists() {
        return Err(ArchiveError::Exists(file.to_owned()));
    }
    let store = existing(settings).await?;
    let cannot = |source| ArchiveError::Backup { file: file.to_owned(), source };
    store.note(AuditAction::Exported, Some(ON_SERVER), None, Some("a copy of the database")).await?;
    store.backup(file).await.map_err(cannot)?;
    store.database().close().await;
    writeln!(out, "{} bytes are in {}.", fs::metadata(file)?.len(), file.display())?;
    Ok(())
}

/// Prints every conversation as JSON, one a line; or writes each as Markdown into a folder.
///
/// # Errors
/// Where there is no database, or the output cannot be written.
pub async fn export(
    settings: &Settings,
    markdown_folder: Option<&Path>,
    out: &mut impl Write,
) -> Result<(), ArchiveError> {
    let store = existing(settings).await?;
    if let Some(folder) = markdown_folder {
        let cannot = |source| ArchiveError::Folder { folder: folder.to_owned(), source };
        private_file::create_folder(folder).map_err(cannot)?;
    }
    // Before the first is out: whoever ends the command early has them too.
    let all = store.conversation_count().await?;
    store.note(AuditAction::Exported, Some(ON_SERVER), None, Some(&format!("{all} conversations"))).await?;
    let (mut last, mut count) = (String::new(), 0);
    loop {
        let batch = store.archived_after(&last).await?;
        let Some(end) = batch.last() else { break };
        last.clone_from(&end.conversation.id);
        for archived in &batch {
            match markdown_folder {
                None => writeln!(out, "{}", serde_json::to_string(archived).map_err(io::Error::from)?)?,
                Some(folder) => {
                    let file = folder.join(format!("{}.md", archived.conversation.id));
                    private_file::write(&file, &markdown(archived))?;
                }
            }
            count += 1;
        }
    }
    if let Some(folder) = markdown_folder {
        writeln!(out, "{count} conversations are in {}.", folder.display())?;
    }
    Ok(())
}

/// Deletes conversations whose last message is older than `age`.
///
/// # Errors
/// Where there is no database, or it fails.
pub async fn purge(settings: &Settings, age: Duration, out: &mut impl Write) -> Result<(), ArchiveError> {
    let store = existing(settings).await?;
    let before = now().saturating_sub(millis(age));
    let purged = store.purge(Some(before), now().saturating_sub(millis(settings.error_age))).await?;
    let detail = format!("{} conversations, by their age", purged.conversations);
    store.note(AuditAction::Erased, Some(ON_SERVER), None, Some(&detail)).await?;
    writeln!(
        out,
        "Deleted: {} conversations, {} visitors without any, {} old errors.",
        purged.conversations, purged.visitors, purged.errors
    )?;
    Ok(())
}

/// A conversation as a page of Markdown.
fn markdown(archived: &Archived) -> String {
    // Nobody who opens it fetches anything by what a visitor or a model has written.
    let mut page = format!("# Conversation\n\n{}\n", quotation(&archived.conversation.title));
    for ArchivedMessage { message, comment } in &archived.messages {
        let who = match message.role {
            Role::User => "Visitor",
            Role::Assistant => "Assistant",
        };
        page.push_str(&format!(
            "\n## {who}, {}\n\n{}\n",
            stamp(message.created_at),
            quotation(&message.content)
        ));
        if let Some(rating) = message.rating {
            page.push_str(&format!("\nRated {}.\n", rating.name()));
        }
        if let Some(comment) = comment {
            page.push_str(&format!("\n{}\n", quotation(comment)));
        }
        if let Some(error) = &message.error {
            page.push_str(&format!("\n{} ({}, {})\n", error.title, error.cause, error.reference));
        }
    }
    page
}

fn stamp(time: Millis) -> String {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_millis(time)).to_string()
}
