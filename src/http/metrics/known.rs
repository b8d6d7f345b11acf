//! What is looked up when the page is made: queues, ledger, channels, pack, broker, store.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::page::{Page, number, whether};
use super::process;
use crate::channels::ChannelState;
use crate::forward::ForwardState;
use crate::http::Site;
use crate::http::deliveries::{DeliveryHealth, deliveries};
use crate::http::health::MISSED_S;
use crate::http::nodes::Right;
use crate::pack::Pack;
use crate::store::{Ledger, QueueCounts, StoreError, StoreSize};

/// For how long a ledger is believed: counting it reads tables from end to end.
const LEDGER_BELIEVED: Duration = Duration::from_secs(60);

/// The ledger as it was counted last.
#[derive(Debug, Default)]
pub struct LedgerMemory(Mutex<Option<(Instant, Ledger)>>);

impl LedgerMemory {
    async fn ledger(&self, site: &Site) -> Result<Ledger, StoreError> {
        let mut last = self.0.lock().await;
        if let Some((at, ledger)) = *last
            && at.elapsed() < LEDGER_BELIEVED
        {
            return Ok(ledger);
        }
        let ledger = site.reader.ask(|store| store.ledger()).await?;
        *last = Some((Instant::now(), ledger));
        Ok(ledger)
    }
}

/// All that is looked up. A store that cannot be read leaves its own values out, and nothing else.
pub(super) async fn page(site: &Site) -> Page {
    let mut page = Page::new();
    let now = site.clock.now();
    build(&mut page);
    pack(&mut page, site);
    channels(&mut page, site, now);
    broker(&mut page, &site.forward, &site.supervisor.pack());
    nodes(&mut page, site.right.as_ref());
    let stored = stored(site).await;
    page.gauge(
        "store_readable",
        "1 while the store can be read; else its values are missing here",
        whether(stored.is_ok()),
    );
    match stored {
        Ok((counts, size, entries, delivered)) => {
            clocks(&mut page, site, now).await;
            queues(&mut page, &counts, &site.forward, now);
            leaving(&mut page, &delivered);
            ledger(&mut page, &entries);
            page.gauge("database_size_bytes", "Size of the database file", number(size.database_bytes));
            page.gauge("database_wal_size_bytes", "Size of its write-ahead log", number(size.log_bytes));
        }
        Err(error) => tracing::warn!(%error, "The store could not be read for the metrics."),
    }
    process::add(&mut page.process, seconds(site.started_at));
    page
}

type Stored = (QueueCounts, StoreSize, Ledger, Vec<DeliveryHealth>);

async fn stored(site: &Site) -> Result<Stored, StoreError> {
    let (counts, size) = site.reader.ask(|store| Ok((store.queue_counts()?, store.size()?))).await?;
    Ok((counts, size, site.ledger.ledger(site).await?, deliveries(site).await?))
}

/// The nodes on one store; a gateway whose store is its own is the only one.
fn nodes(page: &mut Page, right: Option<&Right>) {
    let epoch = right.map_or(0, |right| right.epoch.0.unsigned_abs());
    let (known, missed) = right.map_or((1, 0), |right| {
        let known = right.nodes.borrow();
        (known.len(), known.iter().filter(|view| view.silent_ms > MISSED_S * 1_000).count())
    });
    page.gauge("node_decides", "1 on the node that decides, 0 on one that stands by", 1.0);
    page.gauge("node_epoch", "How often the right to decide has gone to a node", number(epoch));
    page.gauge("nodes", "Nodes that were heard of within a day", count(known));
    page.gauge("nodes_missed", "Of these, not heard of for 15 seconds", count(missed));
}

fn build(page: &mut Page) {
    let version = [env!("CARGO_PKG_VERSION").to_owned()];
    page.gauges("build_info", "The program, always 1", ["version"], [(version, 1.0)]);
}

fn pack(page: &mut Page, site: &Site) {
    let (pack, reload) = (site.supervisor.pack(), site.supervisor.reload_state());
    let labels = [pack.city.code.clone(), pack.version.clone()];
    page.gauges("pack_info", "The city pack that is live, always 1", ["city", "version"], [(labels, 1.0)]);
    let at = |time: Option<Timestamp>| time.map_or(0.0, seconds);
    page.gauge("pack_live_since_timestamp_seconds", "When the live pack went live", at(reload.live_since));
    let failed = reload.failed.as_ref();
    page.gauge("pack_last_reload_successful", "1 unless the last reload was refused", whether(failed.is_none()));
    let last = failed.map(|(at, _)| *at).or(reload.live_since);
    page.gauge("pack_last_reload_timestamp_seconds", "When a pack was last loaded or refused", at(last));
    let problems = failed.map_or(0, |(_, problems)| problems.len());
    page.gauge("pack_last_reload_problems", "Problems of the pack that was refused last", count(problems));
}

fn channels(page: &mut Page, site: &Site, now: Timestamp) {
    let live_since = site.supervisor.reload_state().live_since.unwrap_or(now);
    let running = site.supervisor.channels();
    let known: Vec<_> = running.iter().map(|running| (running.channel.id.clone(), running.health.snapshot())).collect();
    let states = known.iter().flat_map(|(id, health)| {
        let is = |state: ChannelState| whether(health.state == state);
        ChannelState::ALL.map(|(state, name)| ([id.clone(), name.to_owned()], is(state)))
    });
    page.gauges("channel_state", "1 for the state that a channel is in", ["channel", "state"], states);
    let mut of = |name, help, value: &dyn Fn(&crate::channels::Health) -> f64| {
        page.gauges(name, help, ["channel"], known.iter().map(|(id, health)| ([id.clone()], value(health))));
    };
    of(
        "channel_last_success_timestamp_seconds",
        "When a channel last worked, 0 for never since its start",
        &|health| health.last_success_at.map_or(0.0, seconds),
    );
    of("channel_lag_seconds", "Time since a channel last worked, or since its start", &|health| {
        age(now, health.last_success_at.unwrap_or(live_since))
    });
    of("channel_failures", "Failures of a channel in a row", &|health| f64::from(health.failures));
    of("channel_alarms", "Alarms of a channel that stand", &|health| count(health.alarms.len()));
    of("channel_failing_fields", "Fields that fail for most records of a channel", &|health| {
        count(health.failing_fields())
    });
}

fn broker(page: &mut Page, forward: &ForwardState, pack: &Arc<Pack>) {
    let is = |state: &std::sync::atomic::AtomicBool| whether(state.load(Ordering::Relaxed));
    page.gauge("broker_connected", "1 while connected to the broker, with everything declared", is(&forward.connected));
    page.gauge("broker_blocked", "1 while the broker blocks publishing", is(&forward.blocked));
    page.gauge("status_consuming", "1 while status updates are consumed", is(&forward.consuming));
    let faults = forward.faults();
    page.gauge("broker_faults", "Exchanges and queues that exist with other arguments", count(faults.len()));
    let stopped = |feed: &str| faults.iter().any(|fault| fault.feed.as_deref() == Some(feed));
    let feeds = pack.rules.feeds.queues().map(|feed| ([feed.to_owned()], whether(stopped(feed))));
    page.gauges("feed_stopped", "1 while nothing is forwarded to a feed", ["feed"], feeds);
    let so_far = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    page.counter("messages_published", "Messages confirmed by the broker", so_far(&forward.published));
    page.counter("messages_returned", "Messages returned as unroutable", so_far(&forward.returned));
    page.counter("messages_nacked", "Messages refused by the broker", so_far(&forward.nacked));
}

fn queues(page: &mut Page, counts: &QueueCounts, forward: &ForwardState, now: Timestamp) {
    let rows = [
        ("outbox", counts.outbox),
        ("replies_pending", counts.replies_pending),
        ("replies_dead", counts.replies_dead),
        ("replies_held", counts.replies_held),
        ("replies_by_hand", counts.replies_by_hand),
        ("reviews", counts.reviews),
        ("quarantine", counts.quarantine),
    ];
    let lengths =
        rows.into_iter().chain(forward.lengths().named()).map(|(name, length)| ([name.to_owned()], number(length)));
    page.gauges("queue_length", "What waits, by queue", ["queue"], lengths);
    let age = |since: Option<Timestamp>| since.map_or(0.0, |since| age(now, since));
    page.gauge(
        "outbox_oldest_age_seconds",
        "Age of the oldest message that waits, 0 for none",
        age(counts.outbox_since),
    );
    page.gauge(
        "replies_oldest_age_seconds",
        "Age of the oldest reply that waits, 0 for none",
        age(counts.replies_since),
    );
    page.gauge(
        "by_hand_oldest_age_seconds",
        "Age of the oldest reply that a person has to give by hand, 0 for none",
        age(counts.by_hand_since),
    );
}

/// Clocks that go on although they are past due, also those of which there are none.
async fn clocks(page: &mut Page, site: &Site, now: Timestamp) {
    let overdue = match site.reader.ask(move |store| store.overdue_clocks(now)).await {
        Ok(overdue) => overdue,
        Err(error) => return tracing::warn!(%error, "The clocks could not be counted for the metrics."),
    };
    let rules = site.rules();
    let mut all: BTreeMap<String, u64> = rules.names.clocks.keys().map(|code| (code.clone(), 0)).collect();
    all.extend(overdue);
    let rows = all.into_iter().map(|(clock, tickets)| ([clock], number(tickets)));
    page.gauges("clocks_overdue", "Clocks of tickets that go on although they are past due, by clock", ["clock"], rows);
}

/// Deliveries that do not go by AMQP.
fn leaving(page: &mut Page, delivered: &[DeliveryHealth]) {
    let mut of = |name, help, value: &dyn Fn(&DeliveryHealth) -> f64| {
        page.gauges(name, help, ["destination"], delivered.iter().map(|one| ([one.destination.clone()], value(one))));
    };
    of("deliveries_pending", "Events that are not delivered yet to a pulled feed or a destination", &|one| {
        number(one.pending)
    });
    of("deliveries_dead", "Deliveries to a destination that were given up", &|one| number(one.dead));
    of(
        "deliveries_oldest_age_seconds",
        "Age of the oldest event that waits for a pulled feed or a destination, 0 for none",
        &|one| number(one.oldest_age_s.unsigned_abs()),
    );
}

fn ledger(page: &mut Page, ledger: &Ledger) {
    page.gauge("ledger_balanced", "1 while every record is accounted for", whether(ledger.balances()));
    page.gauge("ledger_received", "Records received", number(ledger.received));
    let states = [
        ("complaint", ledger.complaint_records),
        ("amendment", ledger.amendments),
        ("follow_up", ledger.follow_ups),
        ("quarantined", ledger.quarantined),
        ("discarded", ledger.discarded),
        ("erased", ledger.erased),
        ("undecided", ledger.undecided),
    ];
    let states = states.map(|(state, records)| ([state.to_owned()], number(records)));
    page.gauges("ledger_records", "Records by what they came to", ["state"], states);
    page.gauge("ledger_complaints", "Complaints stored", number(ledger.complaints));
    page.gauge("ledger_tickets", "Tickets that were not absorbed", number(ledger.tickets));
}

/// How long ago something was, in seconds.
fn age(now: Timestamp, since: Timestamp) -> f64 {
    now.duration_since(since).as_secs_f64().max(0.0)
}

/// A time as seconds since 1970.
#[expect(clippy::cast_precision_loss, reason = "exact to the millisecond for times that are met")]
fn seconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1_000.0
}

fn count(number_of: usize) -> f64 {
    number(u64::try_from(number_of).unwrap_or(u64::MAX))
}
