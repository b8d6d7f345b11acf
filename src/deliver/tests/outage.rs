//! A destination that is down for a day, in every way in which one can be: nothing is lost, nobody else is delayed, it is not asked more
//! often than is of use, and what waited goes out in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use huiliu_adapter_api::Clock;
use jiff::Timestamp;
use tokio::time::sleep;

use super::Site;
use crate::audit::{AuditAction, AuditEntry};
use crate::deliver::sender::{Carry, Sender, Terms};
use crate::destinations::{Failure, Order, Outcome, Parcel, Retry};
use crate::store::DeliveryState;

/// What a destination does with what it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Takes,
    /// Nobody answers.
    Away,
    /// It answers that it is broken.
    Broken,
    /// It answers HTTP 200 with something else than its word for success.
    Strange,
    /// It takes what it is sent, and its answer is lost.
    LosesAnswers,
    /// It takes what it is sent, each after half a minute.
    Slow,
    /// It says nothing until the time for an answer is over.
    Silent,
}

/// A destination that does what a test says.
struct Scripted {
    manner: Mutex<Manner>,
    /// Idempotency key, when it was made and when it was taken.
    taken: Mutex<Vec<(String, Timestamp, Timestamp)>>,
    attempts: Mutex<usize>,
    clock: Arc<dyn Clock>,
}

impl Scripted {
    fn new(manner: Manner, site: &Site) -> Arc<Self> {
        let clock = Arc::clone(&site.clock);
        Arc::new(Self { manner: Mutex::new(manner), taken: Mutex::default(), attempts: Mutex::default(), clock })
    }

    fn taken(&self) -> Vec<(String, Timestamp, Timestamp)> {
        self.taken.lock().unwrap().clone()
    }

    fn keys(&self) -> Vec<String> {
        self.taken().into_iter().map(|(key, ..)| key).collect()
    }
}

#[async_trait]
impl Carry for Scripted {
    async fn carry(&self, parcel: Parcel<'_>, _now: Timestamp) -> Outcome {
        *self.attempts.lock().unwrap() += 1;
        let manner = *self.manner.lock().unwrap();
        let answered = |answer: &str| {
            let answer = Some(answer.to_owned());
            Outcome::Failed(Failure { reason: "no".to_owned(), answer, is_end: false, retry_after: None })
        };
        let unanswered = || Outcome::Failed(Failure::without_answer("no answer".to_owned()));
        match manner {
            Manner::Away => return unanswered(),
            Manner::Broken => return answered("HTTP 500"),
            Manner::Strange => return answered("HTTP 200 {\"code\":-1}"),
            Manner::Silent => {
                sleep(Duration::from_secs(30)).await;
                return unanswered();
            }
            Manner::Slow => sleep(Duration::from_secs(30)).await,
            Manner::Takes | Manner::LosesAnswers => {}
        }
        self.taken.lock().unwrap().push((parcel.message_id.to_owned(), parcel.at, self.clock.now()));
        if manner == Manner::LosesAnswers { unanswered() } else { Outcome::taken("ok".to_owned()) }
    }
}

fn terms(order: Order) -> Terms {
    Terms { order, at_once: 4, per_minute: 600, retry: Retry::default() }
}

/// Events of a day: one in this many seconds.
const EVENTS: u32 = 1_000;
const APART: Duration = Duration::from_millis(86_400);

/// A thousand events of five hundred tickets over a day.
async fn day(site: &Site) {
    for event in 0..EVENTS {
        site.happen(&["down", "here"], i64::from(event / 2) + 1, u64::from(event % 2) + 1).await;
        sleep(APART).await;
    }
}

/// Keys in the order in which they were first taken, by ticket.
fn by_ticket(keys: &[String]) -> BTreeMap<String, Vec<String>> {
    let mut seen = BTreeSet::new();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for key in keys.iter().filter(|key| seen.insert((*key).clone())) {
        let mut parts = key.split('.').map(str::to_owned);
        let (ticket, version) = (parts.next().unwrap(), parts.next().unwrap());
        found.entry(ticket).or_default().push(version);
    }
    found
}

async fn a_day(manner: Manner, order: Order) {
    let site = Site::new("2026-11-26T08:00");
    let (down, here) = (Scripted::new(manner, &site), Scripted::new(Manner::Takes, &site));
    let carriers: [(&str, Arc<Scripted>); 2] = [("down", Arc::clone(&down)), ("here", Arc::clone(&here))];
    for (name, carrier) in carriers {
        site.deliver(name, Sender::new(terms(order), carrier, site.clock.now()));
    }
    day(&site).await;
    let slowest = here.taken().iter().map(|(_, made, taken)| taken.duration_since(*made)).max().unwrap();
    assert_eq!(here.taken().len(), 1_000, "{manner:?}");
    assert!(slowest.as_secs() < 1, "{manner:?}: another destination was delayed by {slowest:?}");
    assert!(site.standing("down", DeliveryState::Dead).await.is_empty(), "{manner:?}: nothing is given up");
    if manner != Manner::Slow {
        let attempts = *down.attempts.lock().unwrap();
        assert!((24..100).contains(&attempts), "{manner:?}: asked {attempts} times in a day");
        assert_eq!(site.standing("down", DeliveryState::Pending).await.len(), 1_000, "{manner:?}");
    }
    *down.manner.lock().unwrap() = Manner::Takes;
    // A probe comes at most an hour after the last, and two of a ticket go one after the other.
    sleep(Duration::from_secs(3 * 3_600)).await;
    assert_eq!(site.standing("down", DeliveryState::Sent).await.len(), 1_000, "{manner:?}: nothing is lost");
    let keys = down.keys();
    let tickets = by_ticket(&keys);
    assert_eq!(tickets.len(), 500, "{manner:?}");
    assert!(tickets.values().all(|versions| versions == &["1", "2"]), "{manner:?}: in the order of each ticket");
    if manner != Manner::LosesAnswers {
        assert_eq!(keys.len(), 1_000, "{manner:?}: each once");
    }
    if order == Order::Destination && manner != Manner::LosesAnswers {
        let numbers: Vec<(u32, u32)> = keys
            .iter()
            .map(|key| {
                let mut parts = key.trim_start_matches('T').split('.').map(|part| part.parse().unwrap_or(0));
                (parts.next().unwrap(), parts.next().unwrap())
            })
            .collect();
        assert!(numbers.is_sorted(), "{manner:?}: in the order of all");
    }
}

#[tokio::test(start_paused = true)]
async fn a_day_without_an_answer_loses_nothing_and_delays_nobody() {
    a_day(Manner::Away, Order::Ticket).await;
    a_day(Manner::Silent, Order::Destination).await;
}

#[tokio::test(start_paused = true)]
async fn a_day_of_errors_and_of_strange_answers_gives_nothing_up() {
    a_day(Manner::Broken, Order::Destination).await;
    a_day(Manner::Strange, Order::Ticket).await;
}

#[tokio::test(start_paused = true)]
async fn a_day_of_lost_answers_repeats_keys_and_not_events() {
    a_day(Manner::LosesAnswers, Order::Ticket).await;
}

#[tokio::test(start_paused = true)]
async fn a_slow_destination_is_behind_and_alone_with_it() {
    a_day(Manner::Slow, Order::Ticket).await;
}

#[tokio::test(start_paused = true)]
async fn a_destination_that_counts_as_away_is_tried_at_once_when_somebody_asks() {
    let site = Site::new("2026-11-26T08:00");
    let down = Scripted::new(Manner::Away, &site);
    let carrier: Arc<dyn Carry> = down.clone();
    site.deliver("down", Sender::new(terms(Order::Ticket), carrier, site.clock.now()));
    for ticket in 1..=20 {
        site.happen(&["down"], ticket, 1).await;
    }
    sleep(Duration::from_secs(6 * 3_600)).await;
    *down.manner.lock().unwrap() = Manner::Takes;
    let before = *down.attempts.lock().unwrap();
    let now = site.clock.now();
    let entry = AuditEntry::done(AuditAction::RetryDelivery, "tester".into(), now);
    let retried = site.store.ask(move |store| store.retry_deliveries(Some("down"), None, now, &entry)).await.unwrap();
    assert_eq!(retried, BTreeMap::from([("down".to_owned(), 20)]), "what waits is tried as well as what was given up");
    site.retries.ask(retried.keys());
    sleep(Duration::from_secs(10)).await;
    assert_eq!(*down.attempts.lock().unwrap() - before, 20);
    assert_eq!(site.standing("down", DeliveryState::Sent).await.len(), 20);
}
