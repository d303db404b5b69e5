//! `candor owners`: who may sign in as an owner beside the one of the settings, and `candor audit`: what owners did.

use std::io::{self, Write};
use std::time::{Duration, UNIX_EPOCH};

use candor_protocol::Millis;
use candor_protocol::wire::AuditAction;

use super::archive::{ArchiveError, ON_SERVER, existing};
use crate::access::owner::OF_SETTINGS;
use crate::config::Settings;
use crate::store::StoreError;

/// The most characters of an owner's name.
const MAX_NAME_CHARS: usize = 40;

/// Why owners cannot be changed or listed: one line with the cause and the way on.
#[derive(Debug, thiserror::Error)]
pub enum OwnersError {
    /// The name cannot be told from others.
    #[error(
        "An owner’s name has 1 to {MAX_NAME_CHARS} characters, and is neither “{OF_SETTINGS}” nor “{ON_SERVER}”."
    )]
    BadName,
    /// Somebody has that name.
    #[error("There is an owner named {0} already. Choose another name, or end that owner’s token first.")]
    Exists(String),
    /// Nobody has that name.
    #[error("There is no owner named {0}. `candor owners list` names all of them.")]
    Unknown(String),
    /// The database cannot be used.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What was read cannot be written out.
    #[error(transparent)]
    Output(#[from] io::Error),
}

/// Adds an owner, and prints their token this once.
///
/// # Errors
/// Where the name is taken or none, or the database cannot be used.
pub async fn add(settings: &Settings, name: &str, out: &mut impl Write) -> Result<(), OwnersError> {
    let name = name.trim();
    let is_good = (1..=MAX_NAME_CHARS).contains(&name.chars().count())
        && !name.chars().any(char::is_control)
        && ![OF_SETTINGS, ON_SERVER].contains(&name);
    if !is_good {
        return Err(OwnersError::BadName);
    }
    let store = existing(settings).await?;
    let token = store.add_owner(name).await?.ok_or_else(|| OwnersError::Exists(name.to_owned()))?;
    store.note(AuditAction::OwnerAdded, Some(ON_SERVER), None, Some(name)).await?;
    writeln!(
        out,
        "{token}\n\nThis is the token of {name}. It is shown this once, and is valid from now on."
    )?;
    Ok(())
}

/// Ends an owner's token, in every proxy that runs on the same database.
///
/// # Errors
/// Where there is no owner of that name, or the database cannot be used.
pub async fn revoke(settings: &Settings, name: &str, out: &mut impl Write) -> Result<(), OwnersError> {
    let store = existing(settings).await?;
    if !store.revoke_owner(name.trim()).await? {
        return Err(OwnersError::Unknown(name.to_owned()));
    }
    store.note(AuditAction::OwnerRevoked, Some(ON_SERVER), None, Some(name.trim())).await?;
    writeln!(out, "The token of {} is valid no more.", name.trim())?;
    Ok(())
}

/// Lists the owners.
///
/// # Errors
/// Where the database cannot be used.
pub async fn list(settings: &Settings, out: &mut impl Write) -> Result<(), OwnersError> {
    if settings.owner_token.is_some() {
        writeln!(out, "{OF_SETTINGS} (CANDOR_OWNER_TOKEN)")?;
    }
    for owner in existing(settings).await?.owners().await? {
        writeln!(out, "{}, since {}", owner.name, utc(owner.created_at))?;
    }
    Ok(())
}

/// Lists what owners did, the latest first.
///
/// # Errors
/// Where the database cannot be used.
pub async fn audit(settings: &Settings, json: bool, out: &mut impl Write) -> Result<(), OwnersError> {
    let log = existing(settings).await?.audit_log().await?;
    if log.entries.is_empty() && !json {
        writeln!(out, "Nothing is noted yet.")?;
    }
    for entry in &log.entries {
        if json {
            writeln!(out, "{}", serde_json::to_string(entry).map_err(io::Error::from)?)?;
            continue;
        }
        let more = [&entry.owner, &entry.address, &entry.detail];
        let more = more.into_iter().flatten().map(|word| format!(", {word}")).collect::<String>();
        writeln!(out, "{} {}{more}", utc(entry.time), entry.action.words())?;
    }
    Ok(())
}

fn utc(time: Millis) -> impl std::fmt::Display {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_millis(time))
}
