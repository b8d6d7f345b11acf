//! How a destination is reached: what `carrier` names, with its `[settings]`.

use huiliu_adapter_api::{Opening, Problems, SettingsProblem};
use jiff::Timestamp;
use toml::Spanned;

use super::{Outcome, Webhook};

/// How a destination is reached.
#[derive(Debug)]
pub enum Way {
    /// The CloudEvent is posted, signed.
    Webhook(Webhook),
}

impl Way {
    /// Reads the settings of a carrier; none, and what is wrong is told, where they have problems.
    pub(super) fn compile(carrier: &Spanned<String>, opening: &Opening<'_>, problems: &mut Problems) -> Option<Self> {
        match carrier.get_ref().as_str() {
            "webhook" => Webhook::compile(opening, problems).map(Self::Webhook),
            _ => {
                problems.push(SettingsProblem::new(carrier.span(), "carrier 应为 webhook", "carrier must be webhook"));
                None
            }
        }
    }

    /// Makes one attempt to carry an event, with its idempotency key.
    pub async fn carry(&self, id: &str, event: &[u8], now: Timestamp) -> Outcome {
        match self {
            Self::Webhook(webhook) => webhook.post(id, event, now).await,
        }
    }
}
