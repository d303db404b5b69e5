//! Where a request comes from, as handlers ask for it.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use crate::App;
use crate::access::address::ClientAddress;

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        // Every connection has a peer; requests without one, as a test makes them, are all of one address.
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| peer.ip());
        let trusted = &app.settings.trusted_proxies;
        if let Some(header) = trusted.sign_of_unnamed(peer, &parts.headers)
            && app.unnamed_proxy.is_news()
        {
            tracing::warn!(
                header,
                "a request came with this header from an address that trusted_proxies does not name: if a proxy or a CDN \
                 stands before this one, name it there, or everybody behind it counts as one address; else somebody wants to \
                 pass for another"
            );
            // Where it cannot be kept, the store has logged why; the log has it anyway.
            let _ = app.store.note_unnamed_proxy(header).await;
        }
        Ok(trusted.client(peer, &parts.headers))
    }
}
