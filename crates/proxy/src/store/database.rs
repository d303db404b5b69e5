//! The database: SQLite in a file or in memory, or PostgreSQL. One schema and one set of queries serve both.

use std::error::Error;
use std::fs::{File, TryLockError};
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::{Mutex, Once};
use std::time::Duration;

use log::LevelFilter;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_drivers};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{Any, AnyConnection, AnyPool, ConnectOptions, Executor};
use tracing::Span;

use super::private_file;
use crate::config::{DatabaseAddress, Secret};
use crate::metrics::{DatabaseTimes, Timer};
use crate::{random, traces};

/// Every migration in order: number, name, statements. A change of the schema is a new one; none is ever edited.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "conversations", include_str!("../../migrations/0001_conversations.sql")),
    (2, "devices", include_str!("../../migrations/0002_devices.sql")),
    (3, "reasoning", include_str!("../../migrations/0003_reasoning.sql")),
    (4, "counters", include_str!("../../migrations/0004_counters.sql")),
    (5, "error_groups", include_str!("../../migrations/0005_error_groups.sql")),
    (6, "owners", include_str!("../../migrations/0006_owners.sql")),
    (8, "secrets", include_str!("../../migrations/0008_secrets.sql")),
    (9, "leases", include_str!("../../migrations/0009_leases.sql")),
    (10, "feedback", include_str!("../../migrations/0010_feedback.sql")),
    (11, "schema_readers", include_str!("../../migrations/0011_schema_readers.sql")),
];

/// Those that SQLite alone has.
const SQLITE_MIGRATIONS: &[(i64, &str, &str)] =
    &[(7, "search", include_str!("../../migrations/0007_search_sqlite.sql"))];

/// The most searches in SQLite's index at a time.
const MAX_SEARCHES: u32 = 2;

/// The most connections at a time. A query takes a millisecond.
const MAX_CONNECTIONS: u32 = 8;

/// How long a query waits for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// In a file, or in memory.
    Sqlite,
    /// Which several proxies may share.
    Postgres,
}

impl Kind {
    /// What OpenTelemetry calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgresql",
        }
    }
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
    /// To a SQLite file, of its own type: only by that can a statement be interrupted.
    interruptible: Option<SqlitePool>,
    /// Where PostgreSQL is, for connections that are no pool's.
    postgres: Option<Secret>,
    times: DatabaseTimes,
}

/// For how long a connection is held, the wait for it included: for the metrics, and in the trace of whatever it is held for.
#[derive(Debug)]
struct Hold {
    _timer: Timer,
    _span: Span,
}

/// A connection, which goes back when it is dropped. For how long it is held is measured.
#[derive(Debug)]
pub(super) struct Connection {
    connection: PoolConnection<Any>,
    _hold: Hold,
}

impl Deref for Connection {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.connection
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.connection
    }
}

/// A transaction, which is taken back where it is dropped before it was committed. How long it takes is measured.
#[derive(Debug)]
pub(super) struct Transaction {
    transaction: sqlx::Transaction<'static, Any>,
    _hold: Hold,
}

impl Transaction {
    /// Keeps what was written.
    pub(super) async fn commit(self) -> sqlx::Result<()> {
        let Self { transaction, _hold } = self;
        transaction.commit().await
    }
}

impl Deref for Transaction {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.transaction
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}

/// A number, mostly a time, as a column holds it.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Why a database cannot be opened: the cause and the next step.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It cannot be reached, made or brought up to date.
    #[error("The database {name} cannot be opened: {source}. {next}")]
    Unusable {
        /// How it may be called.
        name: String,
        /// The database's own error.
        source: Box<dyn Error + Send + Sync>,
        /// What its owner can do.
        next: &'static str,
    },
    /// It has tables that this version does not know.
    #[error(
        "The database {name} was made by a newer version of Candor. Start that version, or restore a backup."
    )]
    Newer {
        /// How it may be called.
        name: String,
        /// Which migration is unknown.
        source: MigrateError,
    },
    /// It has other tables where this version expects its own.
    #[error(
        "The database {name} was made by another build of Candor, whose tables differ. Start that build, or restore a backup."
    )]
    OtherBuild {
        /// How it may be called.
        name: String,
        /// Which migration differs.
        source: MigrateError,
    },
    /// The file that locks the database cannot be locked.
    #[error("The file {} cannot be locked: {source}. Check its folder.", file.display())]
    Lock {
        /// The file beside the database's.
        file: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Another proxy serves from the database's file.
    #[error(
        "Another candor serves from {} already. Stop it, or set CANDOR_DATABASE_URL to another database.",
        file.display()
    )]
    Claimed {
        /// The database's file.
        file: PathBuf,
    },
}

impl OpenError {
    fn unusable(address: &DatabaseAddress, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let next = match address {
            DatabaseAddress::Postgres(_) => {
                "Check that it runs, and the name and password in CANDOR_DATABASE_URL."
            }
            DatabaseAddress::File(_) | DatabaseAddress::Memory => {
                "Set CANDOR_DATABASE_URL to a file that can be written, such as sqlite:///var/lib/candor/candor.db."
            }
        };
        Self::Unusable { name: address.name(), source: source.into(), next }
    }

    fn not_migrated(address: &DatabaseAddress, source: MigrateError) -> Self {
        let name = address.name();
        match source {
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => Self::Newer { name, source },
            MigrateError::VersionMismatch(_) => Self::OtherBuild { name, source },
            _ => Self::unusable(address, source),
        }
    }
}

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
        let cannot = |error: sqlx::Error| OpenError::unusable(address, error);
        let url = match address {
            DatabaseAddress::File(path) => format!("sqlite://{}?mode=rwc", path.display()),
            // By a name, so that a second connection finds the same memory.
            DatabaseAddress::Memory => format!("sqlite://{}?mode=memory&cache=shared", random::id("candor-")),
            DatabaseAddress::Postgres(url) => url.reveal().to_owned(),
        };
        let options: AnyConnectOptions = url.parse().map_err(cannot)?;
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
                let pool = connect(MAX_CONNECTIONS).await.map_err(cannot)?;
                (Kind::Postgres, pool.clone(), pool)
            }
            DatabaseAddress::Memory => {
                let pool = connect(1).await.map_err(cannot)?;
                anchor = Some(Mutex::new(options.connect().await.map_err(cannot)?));
                (Kind::Sqlite, pool.clone(), pool)
            }
            DatabaseAddress::File(path) => {
                // SQLite would let everybody read it. Its companions get the rights that it has.
                private_file::open(path).map_err(|error| OpenError::unusable(address, error))?;
                if private_file::is_open_to_others(path).unwrap_or_default() {
                    tracing::warn!(
                        "other accounts of this machine may read the conversations in {path}; `chmod 600 {path}` ends that",
                        path = path.display()
                    );
                }
                let write = connect(1).await.map_err(cannot)?;
                (Kind::Sqlite, write, pool(MAX_CONNECTIONS).connect_lazy_with(options.clone()))
            }
        };
        migrate(&write, kind).await.map_err(|error| OpenError::not_migrated(address, error))?;
        let file = match address {
            DatabaseAddress::File(path) => Some(path.clone()),
            _ => None,
        };
        let interruptible = file.as_ref().map(|file: &PathBuf| {
            let options = SqliteConnectOptions::new().filename(file).log_statements(LevelFilter::Trace);
            SqlitePoolOptions::new()
                .max_connections(MAX_SEARCHES)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .connect_lazy_with(options)
        });
        let postgres = match address {
            DatabaseAddress::Postgres(url) => Some(url.clone()),
            DatabaseAddress::File(_) | DatabaseAddress::Memory => None,
        };
        let times = DatabaseTimes::default();
        Ok(Self { kind, read, write, _anchor: anchor, lock: None, file, interruptible, postgres, times })
    }

    /// Claims a file for this process, which then knows that whatever is under way in it was left behind. Whether nobody
    /// else writes replies here: PostgreSQL may be shared by several proxies.
    ///
    /// # Errors
    /// Where another proxy serves from the same file.
    pub fn claim(&mut self) -> Result<bool, OpenError> {
        let Some(path) = &self.file else { return Ok(self.kind == Kind::Sqlite) };
        let mut lock = path.clone().into_os_string();
        lock.push("-lock");
        let lock = PathBuf::from(lock);
        let cannot = |source| OpenError::Lock { file: lock.clone(), source };
        let file = private_file::open(&lock).map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => {
                self.lock = Some(file);
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Err(OpenError::Claimed { file: path.clone() }),
            Err(TryLockError::Error(error)) => Err(cannot(error)),
        }
    }

    /// A connection for reading.
    pub(super) async fn reader(&self) -> sqlx::Result<Connection> {
        let hold = self.read_hold();
        Ok(Connection { connection: self.read.acquire().await?, _hold: hold })
    }

    /// A connection for a single write.
    pub(super) async fn writer(&self) -> sqlx::Result<Connection> {
        let hold = self.write_hold();
        Ok(Connection { connection: self.write.acquire().await?, _hold: hold })
    }

    /// A transaction that may write from its start on.
    pub(super) async fn begin(&self) -> sqlx::Result<Transaction> {
        let hold = self.write_hold();
        let begin = match self.kind {
            Kind::Sqlite => "BEGIN IMMEDIATE",
            Kind::Postgres => "BEGIN",
        };
        Ok(Transaction { transaction: self.write.begin_with(begin).await?, _hold: hold })
    }

    fn read_hold(&self) -> Hold {
        Hold { _timer: self.times.read(), _span: traces::database(self.kind.name(), "read") }
    }

    fn write_hold(&self) -> Hold {
        Hold { _timer: self.times.write(), _span: traces::database(self.kind.name(), "write") }
    }

    /// Which one it is.
    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Where PostgreSQL is; `None` with SQLite.
    pub(super) fn postgres_url(&self) -> Option<&Secret> {
        self.postgres.as_ref()
    }

    /// Connections to a SQLite file whose statements can be interrupted.
    pub(super) fn interruptible(&self) -> Option<&SqlitePool> {
        self.interruptible.as_ref()
    }

    /// For how long its connections are held.
    pub fn times(&self) -> &DatabaseTimes {
        &self.times
    }

    /// Closes every connection.
    pub async fn close(&self) {
        if let Some(interruptible) = &self.interruptible {
            interruptible.close().await;
        }
        self.read.close().await;
        self.write.close().await;
    }
}

async fn migrate(pool: &AnyPool, kind: Kind) -> Result<(), MigrateError> {
    let own = match kind {
        Kind::Sqlite => SQLITE_MIGRATIONS,
        Kind::Postgres => &[],
    };
    let all = MIGRATIONS.iter().chain(own);
    let mut migrations: Vec<_> = all
        .map(|(version, name, statements)| {
            Migration::new(
                *version,
                (*name).into(),
                MigrationType::Simple,
                sqlx::SqlSafeStr::into_sql_str(*statements),
                false,
            )
        })
        .collect();
    migrations.sort_by_key(|migration| migration.version);
    let latest = migrations.last().map_or(0, |migration| migration.version);
    let mut migrator = Migrator::with_migrations(migrations);
    // What a newer proxy has added is no reason to stay away, where it says so.
    migrator.set_ignore_missing(oldest_reader(pool).await.is_some_and(|oldest| oldest <= latest));
    migrator.run(pool).await
}

/// The oldest version of the tables whose proxy can work with them as they are; `None` before there was a word of that.
async fn oldest_reader(pool: &AnyPool) -> Option<i64> {
    // Where it cannot be read for another reason, what comes next tells.
    sqlx::query_scalar("SELECT oldest FROM schema_readers").fetch_optional(pool).await.ok().flatten()
}
