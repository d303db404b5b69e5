//! Where the database is.

use std::path::PathBuf;

use sqlx::any::AnyConnectOptions;

use super::secret::Secret;

/// The file that is used where no `database_url` is set.
pub const DEFAULT_URL: &str = "sqlite://candor.db";

/// The address of a database, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseAddress {
    /// A SQLite file.
    File(PathBuf),
    /// SQLite in memory: it ends with the process.
    Memory,
    /// PostgreSQL; the address may hold a password.
    Postgres(Secret),
}

impl DatabaseAddress {
    /// Reads a `database_url`. `None` for what is neither SQLite nor PostgreSQL.
    pub fn parse(url: &str) -> Option<Self> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                ":memory:" => Some(Self::Memory),
                "" => None,
                path if path.contains(['?', '#', '%']) => None,
                path => Some(Self::File(PathBuf::from(path))),
            };
        }
        let is_postgres = url.starts_with("postgres://") || url.starts_with("postgresql://");
        (is_postgres && url.parse::<AnyConnectOptions>().is_ok()).then(|| Self::Postgres(url.into()))
    }

    /// How it may be called where anybody reads along: without a password.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Memory => "memory".to_owned(),
            Self::Postgres(_) => "PostgreSQL".to_owned(),
        }
    }
}
