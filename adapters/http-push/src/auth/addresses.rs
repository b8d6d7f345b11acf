//! No authentication but the address that a call comes from: the explicit choice for sources that can do nothing else.

use std::ops::Range;

use huiliu_adapter_api::{Network, Opening, Problems, PushRequest, SettingsProblem, SpannedText, caller_behind};
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
        let peer = request.peer.ok_or(CallerFault::Address)?;
        let caller = caller_behind(&self.through, peer, &request.headers).ok_or(CallerFault::Address)?;
        self.allow.iter().any(|network| network.holds(caller)).then_some(()).ok_or(CallerFault::Address)
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
