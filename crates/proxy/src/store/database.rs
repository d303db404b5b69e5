//! The database: SQLite in a file or in memory, or PostgreSQL. One schema and one set of queries serve both.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;
use std::sync::{Mutex, Once};
use std::time::Duration;

use log::LevelFilter;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_drivers};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions, Executor, Transaction};

use crate::config::DatabaseAddress;
use crate::random;

/// Every migration in order: number, name, statements. A change of the schema is a new one; none is ever edited.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "conversations", include_str!("../../migrations/0001_conversations.sql")),
    (2, "devices", include_str!("../../migrations/0002_devices.sql")),
];

/// The most connections at a time. A query takes a millisecond.
const MAX_CONNECTIONS: u32 = 8;

/// How long a query waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
}

/// An open database.
#[derive(Debug)]
pub struct Database {
    kind: Kind,
    read: AnyPool,
    /// SQLite has one writer at a time, and here they queue fairly; PostgreSQL needs no such thing.
    write: AnyPool,
    /// Memory is gone with its last connection; this one is never used.
    _anchor: Option<Mutex<AnyConnection>>,
    /// Held by the one proxy that serves from a file.
    lock: Option<File>,
    file: Option<PathBuf>,
}

/// A number, mostly a time, as a column holds it.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Why a database cannot be opened: the cause and the next step.
#[derive(Debug)]
pub struct OpenError(String);

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for OpenError {}

impl Database {
    /// Opens a database, makes it where it is missing, and brings its schema up to date.
    ///
    /// # Errors
    /// Where it cannot be reached or written, or was made by a newer version of Candor.
    pub async fn open(address: &DatabaseAddress) -> Result<Self, OpenError> {
        static DRIVERS: Once = Once::new();
        // Fails only where they are there already.
        DRIVERS.call_once(|| {
            let _ = install_drivers(&[sqlx::sqlite::any::DRIVER, sqlx::postgres::any::DRIVER]);
        });
        let cannot = |error: &dyn fmt::Display| {
            OpenError(format!(
                "The database {} cannot be opened: {error}. {}",
                address.name(),
                match address {
                    DatabaseAddress::Postgres(_) =>
                        "Check that it runs, and the name and password in CANDOR_DATABASE_URL.",
                    _ =>
                        "Set CANDOR_DATABASE_URL to a file that can be written, such as sqlite:///var/lib/candor/candor.db.",
                }
            ))
        };
        let url = match address {
            DatabaseAddress::File(path) => format!("sqlite://{}?mode=rwc", path.display()),
            // By a name, so that a second connection finds the same memory.
            DatabaseAddress::Memory => format!("sqlite://{}?mode=memory&cache=shared", random::id("candor-")),
            DatabaseAddress::Postgres(url) => url.reveal().to_owned(),
        };
        let options: AnyConnectOptions = url.parse().map_err(|error| cannot(&error))?;
        let options =
            options.log_statements(LevelFilter::Trace).log_slow_statements(LevelFilter::Off, ACQUIRE_TIMEOUT);
        let pool = |most: u32| {
            AnyPoolOptions::new()
                .max_connections(most)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .idle_timeout(None)
                .max_lifetime(None)
                // A file does not hang up, so that to ask it before every query is time lost.
                .test_before_acquire(matches!(address, DatabaseAddress::Postgres(_)))
                .after_connect(|connection, _| {
                    Box::pin(async move {
                        if connection.backend_name() == "SQLite" {
                            // Readers and the writer do not wait for one another, and what was acknowledged is on the disk.
                            connection
                                .execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
                                .await?;
                        }
                        Ok(())
                    })
                })
        };
        let connect = |most: u32| pool(most).connect_with(options.clone());
        let mut anchor = None;
        let (kind, write, read) = match address {
            DatabaseAddress::Postgres(_) => {
                let pool = connect(MAX_CONNECTIONS).await.map_err(|error| cannot(&error))?;
                (Kind::Postgres, pool.clone(), pool)
            }
            DatabaseAddress::Memory => {
                let pool = connect(1).await.map_err(|error| cannot(&error))?;
                anchor = Some(Mutex::new(options.connect().await.map_err(|error| cannot(&error))?));
                (Kind::Sqlite, pool.clone(), pool)
            }
            DatabaseAddress::File(_) => {
                let write = connect(1).await.map_err(|error| cannot(&error))?;
                (Kind::Sqlite, write, pool(MAX_CONNECTIONS).connect_lazy_with(options.clone()))
            }
        };
        migrate(&write).await.map_err(|error| match error {
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => OpenError(format!(
                "The database {} was made by a newer version of Candor. Start that version, or restore a backup.",
                address.name()
            )),
            MigrateError::VersionMismatch(_) => OpenError(format!(
                "The database {} was made by another build of Candor, whose tables differ. Start that build, or restore a backup.",
                address.name()
            )),
            error => cannot(&error),
        })?;
        let file = match address {
            DatabaseAddress::File(path) => Some(path.clone()),
            _ => None,
        };
        Ok(Self { kind, read, write, _anchor: anchor, lock: None, file })
    }

    /// Claims a file for this process, which then knows that whatever is under way in it was left behind. Whether nobody
    /// else writes replies here: PostgreSQL may be shared by several proxies.
    ///
    /// # Errors
    /// Where another proxy serves from the same file.
    pub fn claim(&mut self) -> Result<bool, OpenError> {
        let Some(path) = &self.file else { return Ok(self.kind == Kind::Sqlite) };
        let mut name = path.clone().into_os_string();
        name.push("-lock");
        let cannot = |error: &dyn fmt::Display| {
            OpenError(format!(
                "The file {} cannot be locked: {error}. Check its folder.",
                PathBuf::from(&name).display()
            ))
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&name)
            .map_err(|error| cannot(&error))?;
        match file.try_lock() {
            Ok(()) => {
                self.lock = Some(file);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Err(OpenError(format!(
                "Another candor serves from {} already. Stop it, or set CANDOR_DATABASE_URL to another database.",
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(cannot(&error)),
        }
    }

    /// A connection for reading.
    pub(super) async fn reader(&self) -> sqlx::Result<PoolConnection<Any>> {
        self.read.acquire().await
    }

    /// A transaction that may write from its start on.
    pub(super) async fn begin(&self) -> sqlx::Result<Transaction<'static, Any>> {
        self.write
            .begin_with(match self.kind {
                Kind::Sqlite => "BEGIN IMMEDIATE",
                Kind::Postgres => "BEGIN",
            })
            .await
    }

    /// Where single writes go.
    pub(super) fn writer(&self) -> &AnyPool {
        &self.write
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

async fn migrate(pool: &AnyPool) -> Result<(), MigrateError> {
    let migrations = MIGRATIONS.iter().map(|(version, name, statements)| {
        Migration::new(
            *version,
            (*name).into(),
            MigrationType::Simple,
            sqlx::SqlSafeStr::into_sql_str(*statements),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect()).run(pool).await
}
