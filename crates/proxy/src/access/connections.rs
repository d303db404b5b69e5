//! How many connections there are, in all and of each address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::address::{ClientAddress, TrustedProxies};

/// The connections that are open, and how many an address may have.
#[derive(Clone, Debug)]
pub struct Connections(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    most_of_address: usize,
    /// Everybody's connections come from them, so that they are not counted by address.
    trusted_proxies: TrustedProxies,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    all: usize,
    of_address: HashMap<ClientAddress, usize>,
}

/// An open connection; it counts until this is dropped.
#[derive(Debug)]
#[must_use = "it counts only as long as it is held"]
pub struct Place {
    connections: Connections,
    /// `None` where it is not counted by address.
    from: Option<ClientAddress>,
}

impl Connections {
    /// None yet; so many of an address at most.
    pub fn new(most_of_address: usize, trusted_proxies: TrustedProxies) -> Self {
        Self(Arc::new(Parts { most_of_address, trusted_proxies, open: Mutex::default() }))
    }

    /// Counts one more from that peer. `None` where it has as many as an address may have.
    pub fn admit(&self, peer: IpAddr) -> Option<Place> {
        let from = (!self.0.trusted_proxies.has(peer)).then(|| ClientAddress::of(peer));
        let mut open = self.open();
        if let Some(from) = from {
            let count = open.of_address.entry(from).or_default();
            if *count >= self.0.most_of_address {
                return None;
            }
            *count += 1;
        }
        open.all += 1;
        Some(Place { connections: self.clone(), from })
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.open().all
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.connections.open();
        open.all -= 1;
        let Some(from) = self.from else { return };
        if let Some(count) = open.of_address.get_mut(&from) {
            *count -= 1;
            if *count == 0 {
                open.of_address.remove(&from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn an_address_has_so_many_and_whoever_leaves_makes_room() {
        let connections = Connections::new(2, TrustedProxies::default());
        let (first, _second) =
            (connections.admit(peer("192.0.2.1")), connections.admit(peer("::ffff:192.0.2.1")));
        assert!(first.is_some() && connections.admit(peer("192.0.2.1")).is_none());
        let other = connections.admit(peer("192.0.2.2"));
        assert_eq!((other.is_some(), connections.count()), (true, 3));
        drop(first);
        assert!(connections.admit(peer("192.0.2.1")).is_some());
        assert_eq!(connections.count(), 2, "one was dropped at once");
    }

    #[test]
    fn a_named_proxy_brings_everybodys_connections() {
        let trusted = TrustedProxies::parse(&["loopback".to_owned()]).unwrap();
        let connections = Connections::new(1, trusted);
        let all: Vec<_> = (0..5).map(|_| connections.admit(peer("127.0.0.1"))).collect();
        assert!(all.iter().all(Option::is_some));
    }
}
