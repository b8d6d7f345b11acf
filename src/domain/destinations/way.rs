//! How a destination is reached: what `carrier` names, with its `[settings]`.

use huiliu_adapter_api::{Opening, Problems, SettingsProblem};
use huiliu_expression::{Shape, Variables};
use jiff::Timestamp;
use toml::Spanned;

use super::mail::{self, MailWay};
use super::{Calls, Carriers, Collected, Failure, Outcome, Sms, Webhook};
use crate::key::DeliveryKey;

/// What is sent with one delivery.
#[derive(Debug, Clone, Copy)]
pub struct Parcel<'a> {
    /// The delivery: later ones have higher numbers.
    pub delivery: DeliveryKey,
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
    /// The other system's number of the ticket, where it is known.
    pub number: Option<&'a str>,
    /// Whether an earlier attempt may have come there.
    pub may_be_there: bool,
    /// The CloudEvent as JSON.
    pub event: &'a [u8],
}

/// How a destination is reached.
#[derive(Debug)]
pub enum Way {
    /// The CloudEvent is posted, signed.
    Webhook(Box<Webhook>),
    /// A call of the other system is made.
    Calls(Box<Calls>),
    /// A text is sent by a channel.
    Sms(Box<Sms>),
    /// Each event is a mail.
    Mail(Box<MailWay>),
    /// What is there at a set time becomes a file.
    Collected(Box<Collected>),
}

impl Way {
    /// Reads the settings of a carrier; none, and what is wrong is told, where they have problems.
    /// `variables` is what is known of events.
    pub(super) fn compile(
        carrier: &Spanned<String>,
        opening: &Opening<'_>,
        variables: &Variables,
        problems: &mut Problems,
    ) -> Option<Self> {
        let ticket = variables.get("ticket").unwrap_or(&Shape::Open);
        match carrier.get_ref().as_str() {
            "webhook" => Webhook::compile(opening, problems).map(|webhook| Self::Webhook(Box::new(webhook))),
            "http" => Calls::by_http(opening, ticket, problems).map(|calls| Self::Calls(Box::new(calls))),
            "soap" => Calls::by_soap(opening, ticket, problems).map(|calls| Self::Calls(Box::new(calls))),
            "sms" => Sms::compile(opening, ticket, problems).map(|sms| Self::Sms(Box::new(sms))),
            "file" => Collected::folder(opening, variables, problems).map(|found| Self::Collected(Box::new(found))),
            "sftp" => Collected::sftp(opening, variables, problems).map(|found| Self::Collected(Box::new(found))),
            "mail" => mail::compile(opening, variables, problems),
            _ => {
                problems.push(SettingsProblem::new(
                    carrier.span(),
                    "carrier 应为 webhook、http、soap、sms、file、sftp 或 mail",
                    "carrier must be webhook, http, soap, sms, file, sftp or mail",
                ));
                None
            }
        }
    }

    /// What goes at set times, where it does; everything else is carried event by event.
    #[must_use]
    pub fn collected(&self) -> Option<&Collected> {
        match self {
            Self::Collected(collected) => Some(collected),
            _ => None,
        }
    }

    /// Whether numbers of the other system are given or needed.
    #[must_use]
    pub fn knows_numbers(&self) -> bool {
        match self {
            Self::Calls(calls) => calls.knows_numbers(),
            Self::Webhook(_) | Self::Sms(_) | Self::Mail(_) | Self::Collected(_) => false,
        }
    }

    /// The channel that sends for it, where one does.
    #[must_use]
    pub fn channel(&self) -> Option<&Spanned<String>> {
        match self {
            Self::Sms(sms) => Some(&sms.channel),
            Self::Webhook(_) | Self::Calls(_) | Self::Mail(_) | Self::Collected(_) => None,
        }
    }

    /// Makes one attempt.
    pub async fn carry(&self, parcel: Parcel<'_>, now: Timestamp, carriers: &dyn Carriers) -> Outcome {
        match self {
            Self::Webhook(webhook) => webhook.post(parcel.message_id, parcel.event, now).await,
            Self::Calls(calls) => calls.make(parcel).await,
            Self::Sms(sms) => sms.send(parcel, now, carriers).await,
            Self::Mail(mail) => mail.send_event(parcel, now).await,
            Self::Collected(_) => Outcome::Failed(Failure::without_answer("it goes at set times only".to_owned())),
        }
    }
}
