//! No authentication but the address that a call comes from: the explicit choice for sources that can do nothing else.

use std::net::IpAddr;
use std::ops::Range;

use huiliu_adapter_api::{Opening, Problems, PushRequest, SettingsProblem, SpannedText};
use serde::Deserialize;

use super::CallerFault;

/// `[settings.auth.addresses]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressSettings {
    /// Addresses and networks that may call: `10.1.2.3`, `10.1.0.0/16`.
    allow: Vec<SpannedText>,
    /// Addresses of proxies before the gateway: of a call from there the last address of `x-forwarded-for` counts.
    #[serde(default)]
    through: Vec<SpannedText>,
}

/// Checks addresses.
pub(crate) struct Addresses {
    allow: Vec<Network>,
    through: Vec<Network>,
    at: Range<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Network {
    base: IpAddr,
    bits: u32,
}

impl Addresses {
    pub(super) fn compile(read: &AddressSettings, opening: &Opening<'_>, problems: &mut Problems) -> Option<Self> {
        opening.settings.complain(
            read.allow.is_empty(),
            "allow 里没有地址：谁也不能调用",
            "allow has no address: nobody could call",
            problems,
        );
        let mut networks = |texts: &[SpannedText]| -> Vec<Network> {
            let read = texts.iter().filter_map(|text| {
                let network = Network::read(text.get_ref());
                if network.is_none() {
                    problems.push(SettingsProblem::new(
                        text.span(),
                        "应为地址或网段，如 10.1.2.3 或 10.1.0.0/16；不能是全部地址",
                        "write an address or a network such as 10.1.2.3 or 10.1.0.0/16; all addresses are none",
                    ));
                }
                network
            });
            read.collect()
        };
        let (allow, through) = (networks(&read.allow), networks(&read.through));
        let at = read.allow.first().map(SpannedText::span)?;
        Some(Self { allow, through, at })
    }

    pub(super) fn check(&self, request: &PushRequest) -> Result<(), CallerFault> {
        let peer = request.peer.map(|peer| peer.to_canonical()).ok_or(CallerFault::Address)?;
        let within = |networks: &[Network], address| networks.iter().any(|network| network.holds(address));
        let caller = if within(&self.through, peer) {
            let forwarded = request.headers.get_all("x-forwarded-for").iter().next_back();
            let last = forwarded.and_then(|list| list.to_str().ok()?.rsplit(',').next());
            last.and_then(|address| address.trim().parse::<IpAddr>().ok()).ok_or(CallerFault::Address)?
        } else {
            peer
        };
        within(&self.allow, caller.to_canonical()).then_some(()).ok_or(CallerFault::Address)
    }

    pub(super) fn remark(&self) -> SettingsProblem {
        SettingsProblem::new(
            self.at.clone(),
            "这个渠道不验证身份，只看来源地址：同一网络里的人可以冒充来源。来源能带密钥时请改用 static、api_key 或 signature",
            "this channel knows its callers by their address alone: anybody in that network can pretend to be the source; use static, api_key or signature \
             where the source can send a secret",
        )
    }
}

impl Network {
    /// Reads an address or a network; none for anything else, and for networks that hold every address.
    fn read(text: &str) -> Option<Self> {
        let (base, bits) = text.trim().split_once('/').unwrap_or((text.trim(), ""));
        let base: IpAddr = base.parse().ok()?;
        let whole = if base.is_ipv4() { 32 } else { 128 };
        let bits = if bits.is_empty() { whole } else { bits.parse().ok()? };
        (1..=whole).contains(&bits).then_some(Self { base, bits })
    }

    fn holds(self, address: IpAddr) -> bool {
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
