//! The listener: connections with time limits, and a shutdown that lets replies end.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_io_timeout::TimeoutWriter;

use crate::App;
use crate::config::Settings;
use crate::routes::{app, metrics_app};

/// How long replies may go on once the proxy was asked to stop.
pub const SHUTDOWN_GRACE: Duration = Duration::from_secs(10);

/// How long connections may take to carry what has been said already.
const CLOSING_GRACE: Duration = Duration::from_secs(1);

/// The most bytes of a request's head, and of what is held back for a connection that does not take them yet.
const MAX_BUFFER_BYTES: usize = 64 * 1024;

/// How many connections the metrics' own address has at a time: those who watch are few.
const MAX_METRICS_CONNECTIONS: usize = 32;

/// Why the proxy cannot listen: one line with the cause and the way on.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Another program listens there.
    #[error(
        "Port {} is in use already. Stop the other program, or choose another address, such as {setting}={}:{}.",
        addr.port(), addr.ip(), addr.port().wrapping_add(1).max(1024)
    )]
    InUse {
        /// The address that was asked for.
        addr: SocketAddr,
        /// The variable that says so.
        setting: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// The port is reserved for the system.
    #[error(
        "Port {} may not be used without special rights. Choose one above 1023, such as {setting}={}:8787.",
        addr.port(), addr.ip()
    )]
    NotAllowed {
        /// The address that was asked for.
        addr: SocketAddr,
        /// The variable that says so.
        setting: &'static str,
        /// The system's error.
        source: io::Error,
    },
    /// Anything else, such as an address that is not this machine's.
    #[error("The proxy cannot listen on {addr}: {source}. Choose another address with {setting}.")]
    Other {
        /// The address that was asked for.
        addr: SocketAddr,
        /// The variable that says so.
        setting: &'static str,
        /// The system's error.
        source: io::Error,
    },
}

/// Takes the address that the variable `setting` names.
///
/// # Errors
/// Where it is in use, not allowed, or not this machine's.
pub async fn bind(addr: SocketAddr, setting: &'static str) -> Result<TcpListener, BindError> {
    TcpListener::bind(addr).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse { addr, setting, source },
        io::ErrorKind::PermissionDenied => BindError::NotAllowed { addr, setting, source },
        _ => BindError::Other { addr, setting, source },
    })
}

/// Lets the process open as many files as its connections, and the provider's for each reply, need, as far as the system allows.
pub fn allow_open_files(settings: &Settings) {
    let needed = (settings.max_connections + settings.max_streams) as u64;
    match rlimit::increase_nofile_limit(needed) {
        Ok(allowed) if allowed < needed => tracing::warn!(
            needed,
            allowed,
            "the system allows fewer open files than max_connections and max_streams may need; raise LimitNOFILE (systemd) or ulimit -n"
        ),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "the limit of open files is unknown"),
    }
}

/// Serves until `stop` is ready; then says that it is about to stop, accepts nothing more after the setting `drain_time`, lets
/// replies end for at most [`SHUTDOWN_GRACE`], and returns.
pub async fn serve(state: App, listener: TcpListener, stop: impl Future<Output = ()>) {
    let connections = GracefulShutdown::new();
    let accept = accept(
        &state.settings,
        &listener,
        app(state.clone()),
        state.settings.max_connections,
        &connections,
        |address| {
            let place = state.connections.admit(address);
            if place.is_none() {
                state.metrics.refused_connection();
            }
            place
        },
    );
    let draining = async {
        stop.await;
        tracing::info!("stopping; replies under way may end");
        // Load balancers see it at /ready, and send nobody any more.
        state.jobs.begin_stopping();
        sleep(state.settings.drain_time).await;
    };
    tokio::select! {
        () = accept => {}
        () = draining => {}
    }
    drop(listener);
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

/// Serves the metrics at an address of their own, until it is dropped.
pub async fn serve_metrics(state: App, listener: TcpListener) {
    let connections = GracefulShutdown::new();
    accept(
        &state.settings,
        &listener,
        metrics_app(state.clone()),
        MAX_METRICS_CONNECTIONS,
        &connections,
        |_| Some(()),
    )
    .await;
}

/// Accepts connections for ever: `most` at a time, and whoever `admit` gives a place, which is held as long as the connection. Their
/// requests' heads and what they are sent have their time.
async fn accept<P: Send + 'static>(
    settings: &Settings,
    listener: &TcpListener,
    app: Router,
    most: usize,
    connections: &GracefulShutdown,
    admit: impl Fn(IpAddr) -> Option<P>,
) {
    let service = TowerToHyperService::new(app);
    let mut http = http1::Builder::new();
    // Without a timer, a header that is never finished would hold its connection for ever.
    http.timer(TokioTimer::new()).header_read_timeout(settings.idle_timeout).max_buf_size(MAX_BUFFER_BYTES);
    let room = Arc::new(Semaphore::new(most));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Such as too many open files: passes by itself, and would spin until then.
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Some(place) = admit(peer.ip()) else { continue };
        // Small pieces are what a stream is made of.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutWriter::new(stream);
        stream.set_timeout(Some(settings.write_timeout));
        let service = service.clone();
        // Limits ask where a request comes from.
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            service.call(request)
        });
        let connection = http.serve_connection(TokioIo::new(Box::pin(stream)), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop((place, permit));
        });
    }
}
