//! Where somebody calls from, as far as the proxies before the gateway are believed.

use std::net::IpAddr;

use axum::http::{Extensions, HeaderMap};
use huiliu_adapter_api::{Network, caller_behind, household};

use super::server::Peer;

/// The proxies that are believed when they say where somebody calls from.
#[derive(Debug, Default)]
pub(super) struct Proxies(Vec<Network>);

impl From<Vec<Network>> for Proxies {
    fn from(networks: Vec<Network>) -> Self {
        Self(networks)
    }
}

impl Proxies {
    /// Where somebody calls from, a whole network of IPv6 being one address: the proxy, where that does not say it; none where nobody is
    /// behind a request.
    pub(super) fn address(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let Peer(peer) = extensions.get()?;
        caller_behind(&self.0, *peer, headers).or(Some(*peer)).map(household)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_proxy_is_believed_where_somebody_calls_from() {
        let proxies = Proxies::from(vec![Network::read("10.0.0.0/8").unwrap()]);
        let says = |value: &str| {
            [(http::HeaderName::from_static("x-forwarded-for"), value.parse().unwrap())].into_iter().collect()
        };
        let from = |peer: &str, headers: &HeaderMap| {
            let mut extensions = Extensions::new();
            extensions.insert(Peer(peer.parse().unwrap()));
            proxies.address(&extensions, headers).unwrap().to_string()
        };
        assert_eq!(from("10.0.0.1", &says("6.6.6.6, 1.2.3.4")), "1.2.3.4");
        assert_eq!(from("9.9.9.9", &says("6.6.6.6, 1.2.3.4")), "9.9.9.9");
        assert_eq!(from("10.0.0.1", &HeaderMap::new()), "10.0.0.1");
        assert_eq!(from("10.0.0.1", &says("2001:db8:0:7::1")), from("2001:db8:0:7::2", &HeaderMap::new()));
        assert_eq!(proxies.address(&Extensions::new(), &says("1.2.3.4")), None, "nobody is behind it");
    }
}
