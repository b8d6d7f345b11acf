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

/// Most numbers to which one text goes.
const MAX_NUMBERS: usize = 20;
/// What stands between the numbers that one template gives.
const BETWEEN_NUMBERS: [char; 8] = [',', '，', '、', ';', '；', '\n', '\t', '\r'];
/// The variable of the addressee's own link.
const LINK: &str = "link";
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

    /// The address at which an addressee of a notice opens the ticket on a phone; none where there is no page for them.
    ///
    /// # Errors
    /// Why that cannot be known now.
    async fn phone_page(&self, asked: PhonePage<'_>) -> Result<Option<String>, String>;
}

/// A page for a handler's phone that is asked for.
#[derive(Debug, Clone, Copy)]
pub struct PhonePage<'a> {
    /// Id of the ticket.
    pub ticket_id: &'a str,
    /// Code of the handler, as the notice has it.
    pub handler: &'a str,
    /// Telephone number of the handler, as the notice has it.
    pub phone: &'a str,
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
    /// Whether the text has a link of the addressee's own.
    has_links: bool,
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
        let with_link = variables.clone().with(LINK, Shape::Single);
        let text = opening.settings.template(opening.language, &read.text, &with_link, Escape::None, problems)?;
        let has_links = read.text.get_ref().contains(LINK);
        let (secrets, sent) = (opening.secrets.to_value(), Mutex::default());
        (problems.len() == before).then_some(Self { channel: read.channel, to, text, secrets, has_links, sent })
    }

    /// Sends the text of an event to all numbers that do not have it.
    pub async fn send(&self, parcel: Parcel<'_>, now: Timestamp, carriers: &dyn Carriers) -> Outcome {
        let replies = match self.compose(parcel, now, carriers).await {
            Ok(replies) => replies,
            Err(failure) => return Outcome::Failed(failure),
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

    async fn compose(
        &self,
        parcel: Parcel<'_>,
        now: Timestamp,
        carriers: &dyn Carriers,
    ) -> Result<Vec<Reply>, Failure> {
        let mut told = super::call::told(parcel).map_err(ended)?;
        let data = told.iter().find(|(name, _)| *name == "ticket").map(|(_, data)| data.clone()).unwrap_or_default();
        let (secrets, at) = (self.secrets.clone(), json!(format!("{now:.3}")));
        told.extend([("secrets", secrets), ("now", at), ("nonce", json!(parcel.message_id)), ("channel", json!(""))]);
        let phones = self.phones(&context(&told, "")).map_err(ended)?;
        let text_of = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
        let status = Status::from_wire(&text_of("status")).unwrap_or_default();
        let mut replies = Vec::new();
        for phone in phones {
            let link = match addressee(&data, &phone).filter(|_| self.has_links) {
                Some((handler, phone)) => {
                    let asked = PhonePage { ticket_id: parcel.ticket_id, handler, phone };
                    let page = carriers.phone_page(asked).await;
                    page.map_err(|reason| unasked(reason, false))?.unwrap_or_default()
                }
                None => String::new(),
            };
            replies.push(Reply {
                key: format!("{}.{}", parcel.message_id, replies.len() + 1),
                source_number: String::new(),
                receipt_number: parcel.ticket_id.to_owned(),
                status: status.wire().to_owned(),
                status_zh: status.zh().to_owned(),
                text: self.text(&context(&told, &link), &link).map_err(ended)?,
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

    /// The text, cut where it is too long; one that has a link is cut before it, as a link that is cut leads nowhere.
    fn text(&self, context: &Context, link: &str) -> Result<String, String> {
        let whole = self.text.render(context).map_err(|fault| fault.en)?;
        let whole = whole.trim();
        if whole.chars().count() <= MAX_TEXT_CHARS || link.is_empty() {
            return Ok(whole.chars().take(MAX_TEXT_CHARS).collect());
        }
        let words = MAX_TEXT_CHARS.saturating_sub(link.chars().count() + 1);
        let before: String = whole.replace(link, "").chars().take(words).collect();
        Ok(format!("{before} {link}"))
    }

    /// The numbers that it goes to, each once.
    fn phones(&self, context: &Context) -> Result<Vec<String>, String> {
        let mut phones: Vec<String> = Vec::new();
        for (at, template) in self.to.iter().enumerate() {
            let numbers = template.render(context).map_err(|fault| fault.en)?;
            for number in numbers.split(BETWEEN_NUMBERS).filter(|number| !number.is_empty()) {
                let phone =
                    read_phone(number).map_err(|_fault| format!("to, {}: this is no telephone number", at + 1))?;
                if !phones.contains(&phone) {
                    phones.push(phone);
                }
            }
        }
        if phones.is_empty() || phones.len() > MAX_NUMBERS {
            return Err(format!("to gives {} telephone numbers; 1 to {MAX_NUMBERS} are needed", phones.len()));
        }
        Ok(phones)
    }
}

/// What templates see, with a link.
fn context(told: &[(&'static str, Value)], link: &str) -> Context {
    let link = json!(link);
    Context::new(told.iter().map(|(name, value)| (*name, value)).chain([(LINK, &link)]))
}

/// Code and number of the addressee of a notice about one ticket who has a telephone number; not of who gets a copy.
fn addressee<'n>(ticket: &'n Value, phone: &str) -> Option<(&'n str, &'n str)> {
    let notice = ticket.pointer("/change/notice")?;
    if notice["tickets"].as_array().is_some_and(|tickets| tickets.len() > 1) {
        return None;
    }
    let addressees = notice["to"].as_array()?.iter().filter(|to| to["copy"] != true);
    let mut named = addressees.filter_map(|to| Some((to["code"].as_str()?, to["phone"].as_str()?)));
    named.find(|(_, number)| read_phone(number).is_ok_and(|number| number == phone))
}

/// What will never be sent.
fn ended(reason: String) -> Failure {
    unasked(reason, true)
}

/// A failure before anybody was asked to send.
fn unasked(reason: String, is_end: bool) -> Failure {
    Failure { reason, answer: None, is_end, retry_after: None }
}

fn failed(reason: String, is_answered: bool, retry_after: Option<std::time::Duration>) -> Outcome {
    let answer = is_answered.then(|| reason.clone());
    Outcome::Failed(Failure { reason, answer, is_end: false, retry_after })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use huiliu_adapter_api::Settings;
    use huiliu_expression::Language;
    use jiff::tz::TimeZone;
    use toml::Spanned;
    use toml::de::{DeTable, DeValue};

    use super::*;
    use crate::key::DeliveryKey;

    const TO: [&str; 3] = ["13900001111", "13900002222", "13900003333"];

    const SETTINGS: &str =
        "channel = \"sms\"\nto = [\"13900001111\", \"13900002222\", \"13900003333\"]\ntext = \"新工单 {{ mark }}\"";

    fn sms() -> Sms {
        compiled(SETTINGS)
    }

    fn compiled(text: &str) -> Sms {
        let language = Language::new(TimeZone::UTC, Arc::new(HashMap::new()));
        let parsed = DeTable::parse(text).unwrap();
        let settings = Settings::new(text, Spanned::new(parsed.span(), DeValue::Table(parsed.into_inner())));
        let mut problems = Problems::new();
        let compile = |opening: &Opening<'_>| Sms::compile(opening, &Shape::Open, &mut problems);
        crate::destinations::tests::opening(settings, &language, compile).unwrap()
    }

    /// A channel that refuses some numbers, and what it was asked to send to.
    #[derive(Default)]
    struct Channel {
        refuses: Mutex<Vec<&'static str>>,
        asked: Mutex<Vec<String>>,
        texts: Mutex<Vec<String>>,
    }

    impl Channel {
        fn asked(&self) -> Vec<String> {
            std::mem::take(&mut self.asked.lock().unwrap())
        }
    }

    #[async_trait]
    impl Carriers for Channel {
        async fn send(&self, _channel: &str, reply: &Reply) -> Option<Result<Sent, AdapterError>> {
            let phone = reply.phone.clone().unwrap();
            self.asked.lock().unwrap().push(phone.clone());
            let is_refused = self.refuses.lock().unwrap().contains(&phone.as_str());
            self.texts.lock().unwrap().push(reply.text.clone());
            Some(if is_refused { Err(AdapterError::refused(format!("停机 {phone}"))) } else { Ok(Sent::Taken) })
        }

        async fn phone_page(&self, asked: PhonePage<'_>) -> Result<Option<String>, String> {
            let page = || format!("https://a.example/h/{}-{}", asked.ticket_id, asked.handler);
            Ok((asked.handler != "leader").then(page))
        }
    }

    async fn send(sms: &Sms, channel: &Channel) -> Outcome {
        send_event(sms, channel, br#"{"data":{}}"#).await
    }

    async fn send_event(sms: &Sms, channel: &Channel, event: &[u8]) -> Outcome {
        let parcel = Parcel {
            delivery: DeliveryKey(1),
            message_id: "T1.1.duty",
            ticket_id: "T1",
            version: 1,
            kind: "cn.huiliu.ticket.created.v1",
            at: Timestamp::UNIX_EPOCH,
            attempts: 0,
            number: None,
            may_be_there: false,
            event,
        };
        sms.send(parcel, Timestamp::UNIX_EPOCH, channel).await
    }

    #[tokio::test]
    async fn a_number_that_is_refused_keeps_the_text_from_no_other_and_nobody_gets_it_twice() {
        let (sms, channel) = (sms(), Channel::default());
        channel.refuses.lock().unwrap().push(TO[0]);
        for asked in [&TO[..], &TO[..1]] {
            let Outcome::Failed(failure) = send(&sms, &channel).await else { panic!("one was refused") };
            assert!(failure.answer.is_some() && !failure.is_end, "{failure:?}");
            assert_eq!(channel.asked(), asked, "those who have it are passed over");
        }
        channel.refuses.lock().unwrap().clear();
        let Outcome::Taken { answer, .. } = send(&sms, &channel).await else { panic!("it was taken") };
        assert_eq!(channel.asked(), TO[..1]);
        for phone in TO {
            assert!(answer.contains(&mask_phone(phone)) && !answer.contains(phone), "{answer}");
        }
    }

    #[tokio::test]
    async fn one_template_gives_the_numbers_of_all_addressees_of_a_notice_each_once() {
        let sms = compiled(
            "channel = \"sms\"\nto = [\"{{ ticket.change.notice.to | map(attribute='phone') | join('、') }}\"]\ntext = \"{{ ticket.change.notice.text }}\"",
        );
        let channel = Channel::default();
        let notice = |to: &str| format!(r#"{{"data":{{"change":{{"notice":{{"text":"督办","to":[{to}]}}}}}}}}"#);
        let both = r#"{"phone":"13900001111"},{"code":"desk"},{"phone":"13900002222"},{"phone":"13900001111"}"#;
        let sent = send_event(&sms, &channel, notice(both).as_bytes()).await;
        assert!(matches!(sent, Outcome::Taken { .. }), "{sent:?}");
        assert_eq!(channel.asked(), TO[..2]);
        for (to, reason) in [("", "0 telephone numbers"), (r#"{"phone":"139****1111"}"#, "no telephone number")] {
            let Outcome::Failed(failure) = send_event(&sms, &channel, notice(to).as_bytes()).await else {
                panic!("there is nobody to send to")
            };
            assert!(failure.reason.contains(reason) && failure.is_end, "{failure:?}");
        }
    }

    #[tokio::test]
    async fn what_a_channel_says_of_a_number_is_masked_before_anybody_reads_it() {
        let (sms, channel) = (sms(), Channel::default());
        channel.refuses.lock().unwrap().push(TO[1]);
        let Outcome::Failed(failure) = send(&sms, &channel).await.masked() else { panic!("one was refused") };
        assert!(failure.reason.contains("停机") && !failure.reason.contains(TO[1]), "{}", failure.reason);
    }

    #[tokio::test]
    async fn each_addressee_has_a_link_of_their_own_and_a_copy_has_none() {
        let sms = compiled(
            "channel = \"sms\"\nto = [\"{{ ticket.change.notice.to | map(attribute='phone') | join('、') }}\"]\ntext = \"{{ ticket.title }}。{{ link }}\"",
        );
        let to = [("a", TO[0], false), ("leader", TO[1], false), ("c", TO[2], true)];
        let event = |title: &str, tickets: &[&str]| {
            let to = to.map(|(code, phone, copy)| json!({ "code": code, "phone": phone, "copy": copy }));
            let notice = json!({ "to": to, "tickets": tickets });
            json!({ "data": { "title": title, "change": { "notice": notice } } }).to_string()
        };
        let texts = async |title: &str, tickets: &[&str]| {
            let channel = Channel::default();
            assert!(matches!(
                send_event(&sms, &channel, event(title, tickets).as_bytes()).await,
                Outcome::Taken { .. }
            ));
            channel.texts.into_inner().unwrap()
        };
        assert_eq!(texts("灯", &[]).await, ["灯。https://a.example/h/T1-a", "灯。", "灯。"]);
        assert_eq!(texts("灯", &["T1", "T2"]).await, ["灯。"; 3], "a text about several has no link");
        let long = texts(&"灯".repeat(600), &[]).await;
        assert!(
            long[0].ends_with(" https://a.example/h/T1-a") && long[0].chars().count() <= MAX_TEXT_CHARS,
            "{}",
            long[0]
        );
    }
}
