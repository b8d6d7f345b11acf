//! Whether replies can leave on a channel at all, as the pack stands.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::channel::Channel;
use super::reply::ReplyWay;

/// Why no reply leaves on a channel now. Replies wait until that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Off {
    /// The pack has no such channel any more.
    NotInPack,
    /// The channel is not enabled, or its secrets are not set.
    SwitchedOff,
    /// The channel that tells its citizens, named here, does not run.
    CarrierOff(String),
}

impl Off {
    /// Why no reply leaves on the channel with this id; none where replies leave, or where a person gives them.
    #[must_use]
    pub fn of(channels: &BTreeMap<String, Arc<Channel>>, id: &str) -> Option<Self> {
        let Some(channel) = channels.get(id) else { return Some(Self::NotInPack) };
        let runs = |id: &str| channels.get(id).is_some_and(|channel| channel.enabled);
        match &channel.reply_way {
            _ if !channel.enabled => Some(Self::SwitchedOff),
            ReplyWay::Through(other) if !runs(other.get_ref()) => Some(Self::CarrierOff(other.get_ref().clone())),
            ReplyWay::Through(_) | ReplyWay::Own | ReplyWay::ByHand => None,
        }
    }

    /// Name in the API.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NotInPack => "channel_not_in_pack",
            Self::SwitchedOff => "channel_off",
            Self::CarrierOff(_) => "carrier_off",
        }
    }

    /// The reason in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::NotInPack => "渠道已不在配置包里".to_owned(),
            Self::SwitchedOff => "渠道没有启用".to_owned(),
            Self::CarrierOff(other) => format!("负责转告的渠道 {other} 没有启用"),
        }
    }

    /// The reason in English.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::NotInPack => "the channel is not in the city pack any more".to_owned(),
            Self::SwitchedOff => "the channel is switched off".to_owned(),
            Self::CarrierOff(other) => format!("the channel {other}, which tells its citizens, is switched off"),
        }
    }
}

/// In both languages, as errors are kept.
impl fmt::Display for Off {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}（{}）", self.zh(), self.en())
    }
}
