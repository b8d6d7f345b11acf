//! How a destination is reached: what `carrier` names, with its `[settings]`.

use huiliu_adapter_api::{Opening, Problems, SettingsProblem};
use jiff::Timestamp;
use toml::Spanned;

use super::{Outcome, Webhook};

/// What is sent with one delivery.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'a> {
    /// Idempotency key: the same whenever it is sent again.
    pub message_id: &'a str,
    /// The ticket.
    pub ticket_id: &'a str,
    /// Its version.
    pub version: u64,
    /// Kind of the event by its wire name.
    pub kind: &'a str,
    /// When it was decided.
    pub at: Timestamp,
    /// Attempts before this one.
    pub attempts: u32,
    /// The CloudEvent as JSON.
    pub event: &'a [u8],
}

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

    /// Makes one attempt.
    pub async fn carry(&self, parcel: Parcel<'_>, now: Timestamp) -> Outcome {
        match self {
            Self::Webhook(webhook) => webhook.post(parcel.message_id, parcel.event, now).await,
        }
    }
}
