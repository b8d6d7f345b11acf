//! Destinations by SMS: a text for stated numbers, sent by a channel that can reply to telephone numbers. It neither loops nor tries
//! again; what is sent is said here, who sends it is given.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use huiliu_adapter_api::{AdapterError, Opening, Problems, Reply, Sent, SettingsProblem, SpannedText};
use huiliu_expression::{Context, Escape, Shape, Template, read_phone};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Parcel;
use super::call::told_to_templates;
use super::file::keep;
use super::outcome::{Failure, Outcome};
use crate::mask::mask_phone;
use crate::ticket::Status;

/// Most numbers of one destination.
const MAX_NUMBERS: usize = 20;
/// Longest text, in characters: more than any operator joins together.
const MAX_TEXT_CHARS: usize = 500;

/// Sends by the channels that are live.
#[async_trait]
pub trait Carriers: Send + Sync {
    /// Sends a text by a channel; none where the channel does not run.
    ///
    /// # Errors
    /// As the channel's adapter says.
    async fn send(&self, channel: &str, reply: &Reply) -> Option<Result<Sent, AdapterError>>;
}

/// The settings of `carrier = "sms"`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SmsSettings {
    channel: SpannedText,
    to: Vec<SpannedText>,
    text: SpannedText,
}

/// How a destination is told by SMS.
#[derive(Debug)]
pub struct Sms {
    /// The channel that sends.
    pub channel: SpannedText,
    to: Vec<Template>,
    text: Template,
    secrets: Value,
    /// Keys of texts that were sent of deliveries that are not done: one number that fails does not send to the others again.
    sent: Mutex<HashSet<String>>,
}

impl Sms {
    /// Reads the settings; none, and what is wrong is told, where they have problems.
    pub(super) fn compile(opening: &Opening<'_>, ticket: &Shape, problems: &mut Problems) -> Option<Self> {
        let read: SmsSettings = keep(opening.settings.read(), problems)?;
        let before = problems.len();
        if read.to.is_empty() || read.to.len() > MAX_NUMBERS {
            problems.push(SettingsProblem::new(
                read.channel.span(),
                format!("to 应有 1 到 {MAX_NUMBERS} 个号码"),
                format!("to must have 1 to {MAX_NUMBERS} numbers"),
            ));
        }
        let variables = told_to_templates(opening.variables(), ticket);
        let mut template =
            |text: &SpannedText| opening.settings.template(opening.language, text, &variables, Escape::None, problems);
        let to: Vec<Template> = read.to.iter().filter_map(&mut template).collect();
        let text = template(&read.text)?;
        let (secrets, sent) = (opening.secrets.to_value(), Mutex::default());
        (problems.len() == before).then_some(Self { channel: read.channel, to, text, secrets, sent })
    }

    /// Sends the text of an event to all numbers that do not have it.
    pub async fn send(&self, parcel: Parcel<'_>, now: Timestamp, carriers: &dyn Carriers) -> Outcome {
        let replies = match self.compose(parcel, now) {
            Ok(replies) => replies,
            Err(reason) => return Outcome::Failed(Failure { reason, answer: None, is_end: true, retry_after: None }),
        };
        // One number that fails keeps the text from no other.
        let mut first_failure = None;
        for reply in &replies {
            if self.sent().contains(&reply.key) {
                continue;
            }
            let failure = match carriers.send(self.channel.get_ref(), reply).await {
                Some(Ok(Sent::Taken)) => {
                    self.sent().insert(reply.key.clone());
                    continue;
                }
                Some(Ok(Sent::NoRoute)) => failed("the channel has no way to send".to_owned(), false, None),
                None => failed("the channel that sends is not running".to_owned(), false, None),
                Some(Err(AdapterError::Transient { reason, retry_after })) => failed(reason, false, retry_after),
                Some(Err(AdapterError::Misconfigured { reason })) => failed(reason, false, None),
                Some(Err(AdapterError::Refused { reason } | AdapterError::Gone { reason })) => {
                    failed(reason, true, None)
                }
            };
            first_failure.get_or_insert(failure);
        }
        if let Some(failure) = first_failure {
            return failure;
        }
        self.sent().retain(|key| replies.iter().all(|reply| reply.key != *key));
        let told: Vec<String> = replies.iter().filter_map(|reply| reply.phone.as_deref().map(mask_phone)).collect();
        let keys: Vec<&str> = replies.iter().map(|reply| reply.key.as_str()).collect();
        Outcome::taken(format!("{}: {} ({})", self.channel.get_ref(), told.join(", "), keys.join(", ")))
    }

    fn sent(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn compose(&self, parcel: Parcel<'_>, now: Timestamp) -> Result<Vec<Reply>, String> {
        let mut told = super::call::told(parcel)?;
        let data = told.iter().find(|(name, _)| *name == "ticket").map(|(_, data)| data.clone()).unwrap_or_default();
        let (secrets, at) = (self.secrets.clone(), json!(format!("{now:.3}")));
        told.extend([("secrets", secrets), ("now", at), ("nonce", json!(parcel.message_id)), ("channel", json!(""))]);
        let context = Context::new(told.iter().map(|(name, value)| (*name, value)));
        let render = |template: &Template| template.render(&context).map_err(|fault| fault.en);
        let text: String = render(&self.text)?.trim().chars().take(MAX_TEXT_CHARS).collect();
        let text_of = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
        let status = Status::from_wire(&text_of("status")).unwrap_or_default();
        let mut replies = Vec::new();
        for (at, template) in self.to.iter().enumerate() {
            let phone = read_phone(render(template)?.trim())
                .map_err(|_fault| format!("number {} is no telephone number", at + 1))?;
            replies.push(Reply {
                key: format!("{}.{}", parcel.message_id, at + 1),
                source_number: String::new(),
                receipt_number: parcel.ticket_id.to_owned(),
                status: status.wire().to_owned(),
                status_zh: status.zh().to_owned(),
                text: text.clone(),
                department: text_of("department_name"),
                person: None,
                attachments: Vec::new(),
                at: parcel.at.to_string(),
                phone: Some(phone),
                record: Value::Null,
            });
        }
        Ok(replies)
    }
}

fn failed(reason: String, is_answered: bool, retry_after: Option<std::time::Duration>) -> Outcome {
    let answer = is_answered.then(|| reason.clone());
    Outcome::Failed(Failure { reason, answer, is_end: false, retry_after })
}
