//! The listener: connections with time limits, and a shutdown that lets replies end.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use crate::App;
use crate::routes::app;

/// How long a request's header may take, and how long an unused connection is kept.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// How long replies may go on once the proxy was asked to stop.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);

/// How long connections may take to carry what has been said already.
const CLOSING_GRACE: Duration = Duration::from_secs(1);

/// The most connections at a time that carry no reply to the one who asked for it: pages, lists, other tabs.
const OTHER_CONNECTIONS: usize = 4096;

/// How many files each reply keeps open: its visitor's connection and the provider's.
const FILES_OF_A_STREAM: usize = 2;

/// Why the proxy cannot listen: one line with the cause and the way on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program listens there.
    #[error(
        "Port {} is in use already. Stop the other program, or choose another address, such as CANDOR_ADDR={}:{}.",
        addr.port(), addr.ip(), addr.port().wrapping_add(1).max(1024)
    )]
    InUse {
        /// The address that was asked for.
        addr: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// The port is reserved for the system.
    #[error(
        "Port {} may not be used without special rights. Choose one above 1023, such as CANDOR_ADDR={}:8787.",
        addr.port(), addr.ip()
    )]
    NotAllowed {
        /// The address that was asked for.
        addr: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// Anything else, such as an address that is not this machine's.
    #[error("The proxy cannot listen on {addr}: {source}. Choose another address with CANDOR_ADDR.")]
    Other {
        /// The address that was asked for.
        addr: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
}

/// Takes the address.
///
/// # Errors
/// Where it is in use, not allowed, or not this machine's.
pub async fn bind(addr: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(addr).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse { addr, source },
        io::ErrorKind::PermissionDenied => BindError::NotAllowed { addr, source },
        _ => BindError::Other { addr, source },
    })
}

/// Lets the process open as many files as its replies and other connections need, as far as the system allows.
pub fn allow_open_files(max_streams: usize) {
    let needed = (max_streams * FILES_OF_A_STREAM + OTHER_CONNECTIONS) as u64;
    match rlimit::increase_nofile_limit(needed) {
        Ok(allowed) if allowed < needed => tracing::warn!(
            needed,
            allowed,
            "the system allows fewer open files than max_streams may need; raise LimitNOFILE (systemd) or ulimit -n"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files is unknown"),
    }
}

/// Serves until `stop` is ready; then accepts nothing more, lets replies end for at most [`SHUTDOWN_GRACE`], and returns.
pub async fn serve(state: App, listener: TcpListener, stop: impl Future<Output = ()>) {
    let service = TowerToHyperService::new(app(state.clone()));
    let mut http = http1::Builder::new();
    // Without a timer, a header that is never finished would hold its connection for ever.
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let connections = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(state.settings.max_streams + OTHER_CONNECTIONS));
    let accept = async {
        loop {
            let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Such as too many open files: passes by itself, and would spin until then.
                    tracing::warn!(%error, "a connection could not be accepted");
                    sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            // Small pieces are what a stream is made of.
            let _ = stream.set_nodelay(true);
            let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service.clone()));
            tokio::spawn(async move {
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection ended early");
                }
                drop(permit);
            });
        }
    };
    tokio::select! {
        () = accept => {}
        () = stop => {}
    }
    drop(listener);
    tracing::info!("stopping; replies under way may end");
    state.jobs.begin_stopping();
    let end_replies = async {
        if timeout(SHUTDOWN_GRACE, state.jobs.idle()).await.is_err() {
            state.jobs.end_all();
            let _ = timeout(CLOSING_GRACE, state.jobs.idle()).await;
        }
    };
    tokio::select! {
        () = connections.shutdown() => {}
        () = async { end_replies.await; sleep(CLOSING_GRACE).await } => {}
    }
}
