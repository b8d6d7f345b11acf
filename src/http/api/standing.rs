//! How the machine stands, for those who look after it: the broker, what leaves for each feed and destination, the store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Answer;
use crate::catalogue::{Locale, one_of};
use crate::city::Carrier;
use crate::forward::ForwardState;
use crate::http::Site;
use crate::http::caller::Viewer;
use crate::http::deliveries::{DeliveryHealth, deliveries};
use crate::http::extract::{Nothing, Query};
use crate::http::sight::Sight;
use crate::mask::mask_text;
use crate::store::{DeliveryState, DeliveryView, Page, Store, StoreError};

/// Messages of the outbox that are read at a time, without their bodies.
const READ_AT_ONCE: usize = 1_000;
/// Most messages of the outbox that are counted by feed.
const MAX_COUNTED: usize = 50_000;
/// From which age of its oldest message a feed counts as late, in seconds.
const LATE_S: i64 = 300;

/// How the machine stands.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Standing")]
pub(super) struct StandingDocument {
    /// When the gateway was started.
    started_at: Timestamp,
    /// The broker.
    broker: BrokerStanding,
    /// What leaves: the public stream and the feeds by AMQP, feeds that are pulled, destinations.
    feeds: Vec<FeedStanding>,
    /// Whether all that waits for the broker was counted; else there is more than the counts say.
    #[schemars(example = true)]
    counted: bool,
    /// The store.
    store: StoreStanding,
}

/// Words for people.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StandingWords")]
struct Words {
    /// In Chinese.
    #[schemars(example = &"已连接，消息正常送出")]
    zh: String,
    /// In English.
    #[schemars(example = &"connected, and messages go out")]
    en: String,
}

impl Words {
    fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    /// A text that may be in both languages.
    fn parted(text: &str) -> Self {
        let text = mask_text(text);
        Self::new(one_of(&text, Locale::Zh), one_of(&text, Locale::En))
    }
}

/// The broker.
#[derive(Serialize, JsonSchema)]
struct BrokerStanding {
    /// Whether it takes messages.
    #[schemars(extend("enum" = ["connected", "blocked", "away"]))]
    #[schemars(example = &"connected")]
    state: &'static str,
    /// Since when there is a connection, or none; null for as long as there was none since the start.
    since: Option<Timestamp>,
    /// What that means, and what to do.
    says: Words,
    /// Whether status updates are consumed.
    consuming: bool,
    /// Messages that it took since the start.
    #[schemars(example = 1240)]
    published: u64,
    /// When it took one last, since the start.
    last_published_at: Option<Timestamp>,
    /// What went wrong last, also where all is well again.
    last_error: Option<Words>,
    /// When that was.
    last_error_at: Option<Timestamp>,
    /// What somebody has to look at.
    alarms: Vec<Words>,
}

/// A feed or destination, or the public stream.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FeedStanding")]
struct FeedStanding {
    /// Its name; null for the public stream.
    #[schemars(example = &"urban")]
    name: Option<String>,
    /// How it is carried: `amqp` by the broker, `http` pulled by its platform, `sent` by the gateway; `none`: the city pack does not
    /// have it any more.
    #[schemars(extend("enum" = ["amqp", "http", "sent", "none"]))]
    #[schemars(example = &"amqp")]
    carrier: &'static str,
    /// How it stands: `running`, `late` where something waits too long, `failing` where something was given up, `stopped` where nothing
    /// goes out.
    #[schemars(extend("enum" = ["running", "late", "failing", "stopped"]))]
    #[schemars(example = &"running")]
    state: &'static str,
    /// Messages that wait.
    #[schemars(example = 0)]
    waiting: u64,
    /// Messages that were given up.
    dead: u64,
    /// Age of the oldest that waits, in seconds; 0 where none does.
    lag_s: i64,
    /// When one last went out; by the broker since the start.
    last_success_at: Option<Timestamp>,
    /// What went wrong last; null below operator, and where all is well.
    last_error: Option<Words>,
    /// What somebody has to look at.
    alarms: Vec<Words>,
}

/// The store.
#[derive(Serialize, JsonSchema)]
struct StoreStanding {
    /// Whether it can be written.
    #[schemars(example = true)]
    writable: bool,
    /// Size of the database, in bytes; 0 for one in memory.
    #[schemars(example = 18_342_912)]
    database_bytes: u64,
    /// Size of its write-ahead log, in bytes.
    #[schemars(example = 4_194_304)]
    log_bytes: u64,
}

/// What waits for the broker, by feed; the public stream has none.
#[derive(Default)]
struct Waiting {
    feeds: BTreeMap<Option<String>, (u64, Timestamp)>,
    counted: bool,
}

/// What is known of the last deliveries to one feed or destination.
struct Last {
    success_at: Option<Timestamp>,
    error: Option<String>,
}

pub(super) async fn show(
    Viewer(caller): Viewer,
    State(site): State<Arc<Site>>,
    Query(Nothing {}): Query<Nothing>,
) -> Answer<StandingDocument> {
    let now = site.clock.now();
    let delivered = deliveries(&site).await?;
    let names: Vec<String> = delivered.iter().map(|one| one.destination.clone()).collect();
    let looked = site.reader.ask(move |store| {
        let last: Vec<Last> = names.iter().map(|name| last_of(store, name)).collect::<Result<_, _>>()?;
        Ok((waiting(store)?, last, store.size()?))
    });
    let (waiting, last, size) = looked.await?;
    let writable = site.readiness.store_takes(&site.writer).await;
    // Words of the other side may tell of a matter.
    let whole = caller.sees_contacts() && Sight::of(&site, &caller).sees_unsorted();
    let mut feeds = by_broker(&site, &waiting, now);
    feeds.extend(delivered.into_iter().zip(last).map(|(one, last)| by_delivery(one, last, whole)));
    Ok(Json(StandingDocument {
        started_at: site.started_at,
        broker: broker(&site.forward, site.rules().feeds.go_by_broker()),
        feeds,
        counted: waiting.counted,
        store: StoreStanding { writable, database_bytes: size.database_bytes, log_bytes: size.log_bytes },
    }))
}

/// Counts what waits for the broker, without reading what stands in it.
fn waiting(store: &mut dyn Store) -> Result<Waiting, StoreError> {
    let mut waiting = Waiting::default();
    let mut after = 0;
    for _ in 0..MAX_COUNTED / READ_AT_ONCE {
        let mut look = |message: &crate::store::PendingMessage| {
            let feed = crate::forward::feed_of_message(message).map(str::to_owned);
            waiting.feeds.entry(feed).or_insert((0, message.at)).0 += 1;
            false
        };
        match store.pending_messages(after, READ_AT_ONCE, &mut look)?.1 {
            Some(last) => after = last,
            None => {
                waiting.counted = true;
                break;
            }
        }
    }
    Ok(waiting)
}

fn last_of(store: &mut dyn Store, name: &str) -> Result<Last, StoreError> {
    let mut newest = |state| -> Result<Option<DeliveryView>, StoreError> {
        match store.list_deliveries(Some(name), state, Page::first(1)) {
            Err(error) if error.is_damage() => Ok(None),
            listed => Ok(listed?.pop()),
        }
    };
    let success_at = newest(DeliveryState::Sent)?.and_then(|view| view.done_at);
    let waiting = newest(DeliveryState::Pending)?.and_then(|view| view.last_error);
    let error = match waiting {
        Some(error) => Some(error),
        None => newest(DeliveryState::Dead)?.and_then(|view| view.last_error),
    };
    Ok(Last { success_at, error })
}

/// The public stream, the feeds that are carried by the broker, and those that were and for which something waits.
fn by_broker(site: &Site, waiting: &Waiting, now: Timestamp) -> Vec<FeedStanding> {
    let rules = site.rules();
    let queues = rules.feeds.queues().map(|name| Some(name.to_owned()));
    let mut names: Vec<Option<String>> =
        [None].into_iter().chain(queues).chain(waiting.feeds.keys().cloned()).collect();
    names.sort_unstable();
    names.dedup();
    let faults = site.forward.faults();
    let takes = site.forward.connected.load(Ordering::Relaxed) && !site.forward.blocked.load(Ordering::Relaxed);
    let one = |name: Option<String>| {
        let (waits, since) = waiting.feeds.get(&name).copied().unwrap_or((0, now));
        let lag_s = now.duration_since(since).as_secs().max(0);
        let fault = name.as_ref().and_then(|name| faults.iter().find(|fault| fault.feed.as_ref() == Some(name)));
        let is_known =
            name.as_ref().is_none_or(|name| rules.feeds.get(name).is_some_and(|feed| feed.carrier == Carrier::Amqp));
        let state = match fault {
            Some(_) => "stopped",
            None if !takes => "stopped",
            None if lag_s >= LATE_S => "late",
            None => "running",
        };
        let alarms = fault.map(|fault| fault.told()).map(|(zh, en)| Words { zh, en });
        FeedStanding {
            last_success_at: site.forward.last_published(name.as_deref()),
            name,
            carrier: if is_known { "amqp" } else { "none" },
            state,
            waiting: waits,
            dead: 0,
            lag_s,
            last_error: None,
            alarms: alarms.into_iter().collect(),
        }
    };
    names.into_iter().map(one).collect()
}

fn by_delivery(health: DeliveryHealth, last: Last, whole: bool) -> FeedStanding {
    let DeliveryHealth { destination, carrier, pending, dead, oldest_age_s, alarms } = health;
    let state = match (carrier, dead) {
        ("none", _) if pending > 0 => "stopped",
        (_, dead) if dead > 0 => "failing",
        _ if oldest_age_s >= LATE_S => "late",
        _ => "running",
    };
    FeedStanding {
        name: Some(destination),
        carrier,
        state,
        waiting: pending,
        dead,
        lag_s: oldest_age_s,
        last_success_at: last.success_at,
        last_error: last.error.filter(|_| whole).map(|error| Words::parted(&error)),
        alarms: alarms.into_iter().map(|alarm| Words { zh: alarm.zh, en: alarm.en }).collect(),
    }
}

fn broker(forward: &ForwardState, is_listened_to: bool) -> BrokerStanding {
    let connected = forward.connected.load(Ordering::Relaxed);
    let (state, says) = match (connected, forward.blocked.load(Ordering::Relaxed)) {
        (false, _) => (
            "away",
            Words::new(
                "未连接消息队列：要送出的消息留在发件箱，诉求照常接收；连上后自行补发。请检查 RabbitMQ 是否在运行、地址与账号",
                "not connected: what is to leave stays in the outbox, complaints are taken all the same, and it goes out once the broker is back. See whether RabbitMQ runs, and compare address and user",
            ),
        ),
        (true, true) => (
            "blocked",
            Words::new(
                "消息队列暂停接收（内存或磁盘不足）：请在 RabbitMQ 那台机器上腾出空间",
                "the broker takes nothing, for want of memory or disk: make room on its machine",
            ),
        ),
        (true, false) => ("connected", Words::new("已连接，消息正常送出", "connected, and messages go out")),
    };
    let last = forward.last_failure();
    BrokerStanding {
        state,
        since: forward.changed_at(),
        says,
        consuming: forward.consuming.load(Ordering::Relaxed),
        published: forward.published.load(Ordering::Relaxed),
        last_published_at: forward.last_published_of_all(),
        last_error_at: last.as_ref().map(|(_, at)| *at),
        last_error: last.map(|(error, _)| Words::parted(&error)),
        alarms: forward.alarms(is_listened_to).into_iter().map(|(zh, en)| Words { zh, en }).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(carrier: &'static str, pending: u64, dead: u64, oldest_age_s: i64) -> FeedStanding {
        let health = DeliveryHealth {
            destination: "county".to_owned(),
            carrier,
            pending,
            dead,
            oldest_age_s,
            alarms: Vec::new(),
        };
        let last = Last { success_at: None, error: Some("拒绝（the other side refuses）13800001111".to_owned()) };
        by_delivery(health, last, pending > 0)
    }

    #[test]
    fn a_feed_says_whether_it_runs_is_late_fails_or_stands() {
        let state = |carrier, pending, dead, age| delivery(carrier, pending, dead, age).state;
        assert_eq!(state("sent", 3, 0, LATE_S - 1), "running");
        assert_eq!(state("http", 3, 0, LATE_S), "late");
        assert_eq!(state("sent", 3, 1, LATE_S), "failing");
        assert_eq!((state("none", 1, 0, 0), state("none", 0, 0, 0)), ("stopped", "running"));
        assert!(delivery("sent", 0, 1, 0).last_error.is_none(), "who may not read it is not shown it");
        assert!(!delivery("sent", 1, 0, 0).last_error.unwrap().zh.contains("13800001111"));
    }

    #[test]
    fn the_broker_says_what_its_state_means_and_what_went_wrong_last() {
        let forward = ForwardState::default();
        assert_eq!((broker(&forward, true).state, broker(&forward, true).since), ("away", None));
        forward.note_connected(Timestamp::UNIX_EPOCH);
        forward.note_lost("连接被拒绝（connection refused: by peer）".to_owned(), Timestamp::UNIX_EPOCH);
        forward.note_connected(Timestamp::UNIX_EPOCH);
        let shown = broker(&forward, true);
        assert_eq!((shown.state, shown.last_error.unwrap().zh.as_str()), ("connected", "连接被拒绝"));
        forward.blocked.store(true, Ordering::Relaxed);
        assert_eq!(broker(&forward, true).state, "blocked");
    }
}
