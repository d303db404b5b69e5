//! Where a request comes from: the peer's address, or the one that a trusted proxy passes on.
//!
//! A header is believed only of proxies that the owner has named: whoever asks directly can write anything into it.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::HeaderMap;
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use sha2::{Digest, Sha256};

use crate::random;

/// To each proxy on the way, the address of whoever asked it, the nearest last.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The headers by which a proxy shows itself.
const SIGNS_OF_A_PROXY: &[&str] = &[FORWARDED_FOR, "cf-connecting-ip"];

/// How many bits of an IPv6 address are a household's, in which it may take any (RFC 6177).
const IPV6_NETWORK_BITS: u8 = 64;

/// How much of the hash an address is called by.
const NAME_BYTES: usize = 16;

// NAMED: the proxies of `trusted_proxies.toml`.
include!(concat!(env!("OUT_DIR"), "/trusted_proxies.rs"));

/// Proxies that have a name.
struct Named {
    name: &'static str,
    /// Where each writes the address of whoever asked it, if that is not only `X-Forwarded-For`.
    header: Option<&'static str>,
    networks: &'static [&'static str],
}

/// The names that [`TrustedProxies::parse`] knows.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMED.iter().map(|named| named.name)
}

/// Whether an address is this machine's, or of a private network.
pub fn is_near(address: IpAddr) -> bool {
    let near = NAMED.iter().filter(|named| ["loopback", "private"].contains(&named.name));
    let mut networks = near.flat_map(|named| named.networks).filter_map(|text| network(text));
    networks.any(|network| network.contains(&address.to_canonical()))
}

/// Whose word about addresses is believed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<(IpNet, Option<&'static str>)>);

impl TrustedProxies {
    /// Reads addresses, networks as CIDR, and [`names`].
    ///
    /// # Errors
    /// The text that is none of these.
    pub fn parse(texts: &[String]) -> Result<Self, &str> {
        let mut trusted = Vec::new();
        for text in texts {
            match NAMED.iter().find(|named| named.name == text) {
                Some(named) => {
                    trusted.extend(
                        named.networks.iter().filter_map(|text| Some((network(text)?, named.header))),
                    );
                }
                None => trusted.push((network(text).ok_or(text.as_str())?, None)),
            }
        }
        Ok(Self(trusted))
    }

    /// Whether nobody's word is believed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whoever asked the outermost of these proxies: from the peer on, and then from the right, the first that is none of them.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let mut address = peer.to_canonical();
        let mut chain = headers
            .get_all(FORWARDED_FOR)
            .iter()
            .rev()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.rsplit(','));
        while let Some(header) = self.trusts(address) {
            let told = header.and_then(|header| self::address(headers.get(header)?.to_str().ok()?));
            if let Some(told) = told {
                address = told;
                break;
            }
            let Some(next) = chain.next().and_then(self::address) else { break };
            address = next;
        }
        ClientAddress::of(address)
    }

    /// The header by which a proxy shows that it stands before this one, where the peer is none of these.
    pub fn sign_of_unnamed(&self, peer: IpAddr, headers: &HeaderMap) -> Option<&'static str> {
        let is_trusted = self.has(peer);
        SIGNS_OF_A_PROXY.iter().copied().find(|header| !is_trusted && headers.contains_key(*header))
    }

    /// Whether it is one of these.
    pub fn has(&self, peer: IpAddr) -> bool {
        self.trusts(peer.to_canonical()).is_some()
    }

    /// Whether an address is one of these, and then the header of its own that it has.
    fn trusts(&self, address: IpAddr) -> Option<Option<&'static str>> {
        self.0.iter().find(|(network, _)| network.contains(&address)).map(|(_, header)| *header)
    }
}

/// A network as CIDR, or an address alone.
fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    match (IpNet::from_str(text), IpAddr::from_str(text)) {
        (Ok(network), _) => Some(network.trunc()),
        (_, Ok(address)) => Some(IpNet::from(address.to_canonical())),
        _ => None,
    }
}

/// An address as proxies write it: some add the port, and IPv6 has brackets then.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = IpAddr::from_str(bare).ok().or_else(|| Some(SocketAddr::from_str(text).ok()?.ip()));
    address.map(|address| address.to_canonical())
}

/// Where a request comes from, as far as limits tell addresses apart: an IPv4 address, or an IPv6 network. A visitor's is neither
/// stored nor logged: [`Self::name`] is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpNet);

impl ClientAddress {
    /// An address; one that is mapped into IPv6 counts as the one that it is mapped from.
    pub fn of(address: IpAddr) -> Self {
        let network = match address.to_canonical() {
            IpAddr::V4(address) => IpNet::V4(Ipv4Net::from(address)),
            IpAddr::V6(address) => {
                IpNet::V6(Ipv6Net::new(address, IPV6_NETWORK_BITS).unwrap_or_else(|_| address.into()))
            }
        };
        Self(network.trunc())
    }

    /// The address itself, for the owner to read where an owner asks: `192.0.2.1`, or `2001:db8::/64`.
    pub fn of_owner(&self) -> String {
        match self.0 {
            IpNet::V4(network) => network.addr().to_string(),
            IpNet::V6(network) => network.to_string(),
        }
    }

    /// What it is called in the counters: a hash that tells nothing about it to whoever does not have the secret.
    pub fn name(&self, secret: &str) -> String {
        // Secrets have one length, and nobody chooses what follows it, so that the plain hash is as good as HMAC.
        let digest = Sha256::new().chain_update(secret).chain_update(self.0.to_string()).finalize();
        random::hex(&digest[..NAME_BYTES])
    }
}

impl std::fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ClientAddress(hidden)")
    }
}

/// Whether it was told that a proxy stands before this one which the owner has not named.
#[derive(Debug, Default)]
pub struct UnnamedProxy(AtomicBool);

impl UnnamedProxy {
    /// Whether it is to be told now: the first time.
    pub fn is_news(&self) -> bool {
        !self.0.swap(true, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trusted(texts: &[&str]) -> TrustedProxies {
        TrustedProxies::parse(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    fn client(trusted: &TrustedProxies, peer: &str, headers: &[(&'static str, &str)]) -> ClientAddress {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        trusted.client(peer.parse().unwrap(), &map)
    }

    fn of(address: &str) -> ClientAddress {
        ClientAddress::of(address.parse().unwrap())
    }

    #[test]
    fn a_header_is_believed_of_named_proxies_alone() {
        let said = [("x-forwarded-for", "192.0.2.1, 198.51.100.7")];
        assert_eq!(client(&trusted(&[]), "203.0.113.9", &said), of("203.0.113.9"));
        assert_eq!(client(&trusted(&["203.0.113.9"]), "203.0.113.9", &said), of("198.51.100.7"));
        assert_eq!(
            client(&trusted(&["203.0.113.0/24", "198.51.100.0/24"]), "203.0.113.9", &said),
            of("192.0.2.1")
        );
        assert_eq!(client(&trusted(&["loopback"]), "127.0.0.1", &[]), of("127.0.0.1"));
    }

    #[test]
    fn a_chain_in_several_headers_is_one_and_what_is_no_address_ends_it() {
        let trusted = trusted(&["loopback", "private"]);
        let headers = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "10.0.0.2")];
        assert_eq!(client(&trusted, "127.0.0.1", &headers), of("192.0.2.1"));
        assert_eq!(
            client(&trusted, "127.0.0.1", &[("x-forwarded-for", "192.0.2.1, unknown, 10.0.0.2")]),
            of("10.0.0.2")
        );
        for written in ["192.0.2.1:443", " 192.0.2.1 ", "::ffff:192.0.2.1", "[::ffff:192.0.2.1]:80"] {
            assert_eq!(
                client(&trusted, "127.0.0.1", &[("x-forwarded-for", written)]),
                of("192.0.2.1"),
                "{written}"
            );
        }
    }

    #[test]
    fn behind_cloudflare_its_own_header_tells() {
        let headers = [("cf-connecting-ip", "192.0.2.1"), ("x-forwarded-for", "192.0.2.66, 172.64.0.9")];
        let named = trusted(&["loopback", "cloudflare"]);
        for peer in ["172.64.0.9", "::ffff:172.64.0.9", "2606:4700::9", "127.0.0.1"] {
            assert_eq!(client(&named, peer, &headers), of("192.0.2.1"), "{peer}");
        }
        // Whoever goes past it has written both.
        assert_eq!(client(&named, "203.0.113.9", &headers), of("203.0.113.9"));
        let past = [("cf-connecting-ip", "192.0.2.1"), ("x-forwarded-for", "203.0.113.9")];
        assert_eq!(client(&named, "127.0.0.1", &past), of("203.0.113.9"));
    }

    #[test]
    fn behind_fastly_a_header_that_a_visitor_can_write_tells_nothing() {
        let headers =
            [("fastly-client-ip", "192.0.2.66"), ("x-forwarded-for", "192.0.2.66, 192.0.2.1, 151.101.1.9")];
        let named = trusted(&["loopback", "fastly"]);
        for peer in ["151.101.2.9", "2a04:4e42::9", "127.0.0.1"] {
            assert_eq!(client(&named, peer, &headers), of("192.0.2.1"), "{peer}");
        }
        assert_eq!(client(&named, "203.0.113.9", &headers), of("203.0.113.9"));
    }

    #[test]
    fn behind_cloudfront_whom_it_was_asked_by_stands_last() {
        let headers = [("x-forwarded-for", "192.0.2.66, 192.0.2.1, 130.176.160.9")];
        let named = trusted(&["loopback", "cloudfront"]);
        for peer in ["130.176.191.9", "2600:9000:1fff::9", "127.0.0.1"] {
            assert_eq!(client(&named, peer, &headers), of("192.0.2.1"), "{peer}");
        }
        // Amazon's other customers are nobody's proxies.
        for peer in ["3.5.140.9", "2600:9000:2000::9"] {
            assert_eq!(client(&named, peer, &headers), of(peer), "{peer}");
        }
    }

    #[test]
    fn of_ipv6_a_network_is_one_address_and_a_mapped_one_is_ipv4() {
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }

    #[test]
    fn a_name_tells_nothing_and_changes_with_the_secret() {
        let (address, other) = (of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(address.name("one"), address.name("one"));
        assert_ne!(address.name("one"), address.name("two"));
        assert_ne!(address.name("one"), other.name("one"));
        assert!(!format!("{address:?}{}", address.name("one")).contains("192"));
    }

    #[test]
    fn a_proxy_that_was_not_named_shows_itself() {
        let mut headers = HeaderMap::new();
        let peer = "203.0.113.9".parse().unwrap();
        assert_eq!(trusted(&[]).sign_of_unnamed(peer, &headers), None);
        headers.insert("x-forwarded-for", "192.0.2.1".parse().unwrap());
        assert_eq!(trusted(&[]).sign_of_unnamed(peer, &headers), Some("x-forwarded-for"));
        assert_eq!(trusted(&["203.0.113.9"]).sign_of_unnamed(peer, &headers), None);
    }

    #[test]
    fn this_machine_and_private_networks_are_near() {
        for near in ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "::ffff:127.0.0.1", "fd00::1"] {
            assert!(is_near(near.parse().unwrap()), "{near}");
        }
        for far in ["192.0.2.1", "2001:db8::1", "172.64.0.9"] {
            assert!(!is_near(far.parse().unwrap()), "{far}");
        }
    }

    #[test]
    fn every_named_network_can_be_read_and_nothing_else_is_taken() {
        for named in NAMED {
            let known = trusted(&[named.name]);
            assert_eq!(known.0.len(), named.networks.len(), "{}", named.name);
        }
        assert_eq!(TrustedProxies::parse(&["10.0.0.0/33".to_owned()]), Err("10.0.0.0/33"));
    }
}
