//! How deliveries stand that do not go by AMQP: what waits for each feed and destination, and what somebody has to look at.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Site;
use crate::city::{Carrier, Feeds};
use crate::store::{DeliveryCount, StoreError};

/// From which age of its oldest event a feed or destination is an alarm, in seconds.
const LATE_S: i64 = 3_600;

/// What waits for one feed or destination.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct DeliveryHealth {
    /// Its name.
    pub destination: String,
    /// `http`: its platform pulls it. `sent`: the gateway sends it. `none`: the city pack does not have it any more.
    #[schemars(extend("enum" = ["http", "sent", "none"]))]
    pub carrier: &'static str,
    /// Events that are not delivered yet.
    pub pending: u64,
    /// Deliveries that were given up.
    pub dead: u64,
    /// Age of the oldest event that waits, in seconds; 0 where none does.
    pub oldest_age_s: i64,
    /// What an operator has to look at.
    pub alarms: Vec<DeliveryAlarm>,
}

/// Something about deliveries that an operator has to look at.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(super) struct DeliveryAlarm {
    /// In Chinese.
    #[schemars(example = &"county 最早的事件已等待一小时以上")]
    pub zh: String,
    /// In English.
    #[schemars(example = &"the oldest event for county has waited an hour or more")]
    pub en: String,
}

/// Everything that is delivered, also what nothing waits for.
pub(super) async fn deliveries(site: &Site) -> Result<Vec<DeliveryHealth>, StoreError> {
    let counts = site.reader.ask(|store| store.delivery_counts()).await?;
    Ok(stand(&counts, &site.rules().feeds, site.clock.now()))
}

fn stand(counts: &[DeliveryCount], feeds: &Feeds, now: Timestamp) -> Vec<DeliveryHealth> {
    let named = feeds.delivered().map(str::to_owned);
    let others = counts.iter().map(|count| count.destination.clone());
    let mut names: Vec<String> = named.chain(others).collect();
    names.sort_unstable();
    names.dedup();
    let one = |name: String| {
        let count = counts.iter().find(|count| count.destination == name);
        let carrier = match feeds.get(&name).map(|feed| feed.carrier) {
            Some(Carrier::Http) => "http",
            Some(Carrier::Sent) => "sent",
            Some(Carrier::Amqp | Carrier::Console) | None => "none",
        };
        let (pending, dead) = count.map_or((0, 0), |count| (count.pending, count.dead));
        let since = count.and_then(|count| count.since);
        let oldest_age_s = since.map_or(0, |since| now.duration_since(since).as_secs().max(0));
        let alarms = alarms(&name, carrier, (pending, dead), oldest_age_s);
        DeliveryHealth { destination: name, carrier, pending, dead, oldest_age_s, alarms }
    };
    names.into_iter().map(one).collect()
}

fn alarms(name: &str, carrier: &str, (pending, dead): (u64, u64), oldest_age_s: i64) -> Vec<DeliveryAlarm> {
    let mut alarms = Vec::new();
    let mut tell = |zh: String, en: String| alarms.push(DeliveryAlarm { zh, en });
    let minutes = oldest_age_s / 60;
    match carrier {
        "none" if pending > 0 => tell(
            format!(
                "{name} 已不在配置包里（或改由 AMQP 投送），仍有 {pending} 条消息等待它；请恢复该设置，或用 huiliu deliveries discard {name} --reason … 丢弃"
            ),
            format!(
                "{name} is not in the city pack any more, or goes by AMQP now, and {pending} events wait for it; put it back, or discard them with `huiliu deliveries discard {name} --reason …`"
            ),
        ),
        "http" if oldest_age_s >= LATE_S => tell(
            format!("订阅流 {name} 有 {pending} 条消息未被取走或确认，最久 {minutes} 分钟；请联系平台"),
            format!(
                "{pending} events of the feed {name} are not pulled or not acknowledged, the oldest for {minutes} min; ask its platform"
            ),
        ),
        "sent" if oldest_age_s >= LATE_S => tell(
            format!("投送 {name} 有 {pending} 条消息未送达，最久 {minutes} 分钟；用 huiliu deliveries list 查看原因"),
            format!(
                "{pending} events are not delivered to {name}, the oldest for {minutes} min; `huiliu deliveries list` says why"
            ),
        ),
        _ => {}
    }
    if dead > 0 {
        tell(
            format!(
                "投送 {name} 有 {dead} 条已放弃；用 huiliu deliveries list --state dead 查看，用 huiliu deliveries retry 重试"
            ),
            format!(
                "{dead} deliveries to {name} were given up; look with `huiliu deliveries list --state dead`, and try them again with `huiliu deliveries retry`"
            ),
        );
    }
    alarms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_long_was_given_up_or_belongs_to_nobody_is_an_alarm() {
        let said = |carrier, counts, age| -> Vec<String> {
            alarms("county", carrier, counts, age).into_iter().map(|alarm| alarm.en).collect()
        };
        assert!(said("http", (5, 0), LATE_S - 1).is_empty());
        assert!(said("http", (5, 0), LATE_S)[0].contains("60 min; ask its platform"));
        assert!(said("sent", (5, 0), 7_200)[0].contains("120 min"));
        assert!(said("sent", (0, 2), 0)[0].starts_with("2 deliveries to county were given up"));
        assert!(said("none", (1, 0), 0)[0].contains("put it back"));
        assert!(said("none", (0, 0), 0).is_empty());
    }
}
