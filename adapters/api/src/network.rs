//! Networks, and who calls from behind a proxy.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

/// An address, or all that begin alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    bits: u32,
}

/// The address of a caller: that of the peer, or, where the peer is one of these proxies, the last that it names in `x-forwarded-for`; none
/// where a proxy names none.
#[must_use]
pub fn caller_behind(proxies: &[Network], peer: IpAddr, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = peer.to_canonical();
    if !proxies.iter().any(|network| network.holds(peer)) {
        return Some(peer);
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back();
    let last = forwarded.and_then(|list| list.to_str().ok()?.rsplit(',').next());
    last.and_then(|address| forwarded_address(address.trim())).map(|address| address.to_canonical())
}

/// An address as proxies write it: some add the port.
fn forwarded_address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip()).ok();
    text.parse().ok().or_else(with_port)
}

impl Network {
    /// Reads an address or a network; none for anything else, and for networks that hold every address.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (base, bits) = text.trim().split_once('/').unwrap_or((text.trim(), ""));
        let base: IpAddr = base.parse().ok()?;
        let whole = if base.is_ipv4() { 32 } else { 128 };
        let bits = if bits.is_empty() { whole } else { bits.parse().ok()? };
        (1..=whole).contains(&bits).then_some(Self { base, bits })
    }

    /// Whether an address is of the network.
    #[must_use]
    pub fn holds(self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                (base.to_bits() ^ address.to_bits()).leading_zeros() >= self.bits
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                (base.to_bits() ^ address.to_bits()).leading_zeros() >= self.bits
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_proxy_names_is_read_with_and_without_a_port() {
        let proxies = [Network::read("10.0.0.0/8").unwrap()];
        for (named, address) in [
            ("1.2.3.4", Some("1.2.3.4")),
            ("6.6.6.6, 1.2.3.4:443", Some("1.2.3.4")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("::ffff:1.2.3.4", Some("1.2.3.4")),
            ("unknown", None),
            ("1.2.3.4:port", None),
        ] {
            let headers = HeaderMap::from_iter([("x-forwarded-for".parse().unwrap(), named.parse().unwrap())]);
            let found = caller_behind(&proxies, IpAddr::from([10, 0, 0, 1]), &headers);
            assert_eq!(found, address.map(|address| address.parse().unwrap()), "{named}");
        }
    }

    #[test]
    fn networks_hold_their_addresses() {
        for (network, address, holds) in [
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("10.1.0.0/16", "10.1.255.255", true),
            ("10.1.0.0/16", "10.2.0.0", false),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "10.1.2.3", false),
        ] {
            assert_eq!(Network::read(network).unwrap().holds(address.parse().unwrap()), holds, "{network} {address}");
        }
        for text in ["", "0.0.0.0/0", "::/0", "10.1.2", "10.1.2.3/33", "host.example"] {
            assert!(Network::read(text).is_none(), "{text}");
        }
    }
}
