//! Where an app under test keeps things: in SQLite's memory, or in a PostgreSQL that the tests start by themselves.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use candor_proxy::config::DatabaseAddress;
use candor_proxy::store::{Database, Limits, Store};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// A user whom PostgreSQL lets start it: it refuses root.
const NOBODY: u32 = 65_534;

/// The longest that PostgreSQL may take to start.
const START: Duration = Duration::from_secs(60);

/// An empty store of this binary's kind.
pub async fn store() -> Store {
    Store::new(Database::open(&address().await).await.unwrap(), Limits::default())
}

/// The address of a new database of this binary's kind.
pub async fn address() -> DatabaseAddress {
    match env!("CARGO_CRATE_NAME") {
        "wire_on_postgres" => on_postgres().await,
        _ => DatabaseAddress::Memory,
    }
}

/// The address of a new database that several stores may open; SQLite's is in that folder.
pub async fn shared(folder: &TempDir) -> DatabaseAddress {
    match address().await {
        DatabaseAddress::Memory => DatabaseAddress::File(folder.path().join("candor.db")),
        postgres => postgres,
    }
}

/// The address of a new database in PostgreSQL.
pub async fn on_postgres() -> DatabaseAddress {
    static SERVER: OnceCell<String> = OnceCell::const_new();
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(start).await;
    let name = format!("candor_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let mut connection = PgConnection::connect(&format!("{server}&dbname=postgres")).await.unwrap();
    let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::query(create).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    DatabaseAddress::parse(&format!("{server}&dbname={name}")).unwrap()
}

/// Where our own server keeps its data and its socket.
pub fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("candor-postgres-{}", std::process::id()))
}

/// The server that `TEST_POSTGRES_URL` names (it must allow new databases), or one of our own. Ours ends with this process:
/// the shell that holds it reads from a pipe whose other end nobody ever writes to.
async fn start() -> String {
    if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
        return if url.contains('?') { url } else { format!("{url}?") };
    }
    let programs = programs();
    let folder = folder();
    fs::create_dir(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    let is_root = fs::metadata(&folder).unwrap().uid() == 0;
    if is_root {
        chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(HOLD).arg("sh").arg(&programs).arg(&folder).current_dir("/");
    shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    if is_root {
        shell.uid(NOBODY).gid(NOBODY);
    }
    // It is left to itself: its pipe stays open until this process ends.
    std::mem::forget(shell.spawn().unwrap());
    let server = format!("postgres:///?host={}&user=candor", folder.display());
    let begun = Instant::now();
    loop {
        match PgConnection::connect(&format!("{server}&dbname=postgres")).await {
            Ok(connection) => {
                connection.close().await.unwrap();
                return server;
            }
            Err(error) if begun.elapsed() > START => {
                let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
                panic!("PostgreSQL did not start: {error}\n{log}");
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Makes a cluster, runs it until standard input ends, and leaves nothing behind. What tests keep need not outlive a power
/// cut.
const HOLD: &str = r#"
trap '' INT TERM HUP
"$1/initdb" --pgdata "$2/data" --username candor --auth trust --encoding UTF8 --locale C --no-sync >"$2/log" 2>&1 &&
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c max_connections=400 >>"$2/log" 2>&1 </dev/null &
cat >/dev/null
kill -INT "$(head -n 1 "$2/data/postmaster.pid")"
wait
rm -rf "$2"
"#;

/// The folder of PostgreSQL's programs: on PATH, or where Debian keeps them.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("initdb"));
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = versions.map(|version| version.path().join("bin/initdb"));
    let found = on_path.chain(debian).find(|program| program.exists());
    let found =
        found.expect("PostgreSQL is not installed: `cargo xtask setup` brings it, or set TEST_POSTGRES_URL");
    let program = fs::canonicalize(found).unwrap();
    program.parent().unwrap().to_owned()
}
