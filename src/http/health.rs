//! `/healthz`. It and `/readyz` hold no personal data and need no token: keep the listener inside.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Site;
use super::deliveries::{DeliveryHealth, deliveries};
use super::problem::Problem;
use crate::channels::ChannelState;
use crate::store::NodeView;

/// How everything stands.
#[derive(Serialize, JsonSchema)]
pub(super) struct HealthDocument {
    /// Always `ok`.
    #[schemars(example = &"ok")]
    status: &'static str,
    /// The city pack.
    pack: PackHealth,
    /// The broker.
    broker: BrokerHealth,
    /// The channels.
    channels: Vec<ChannelHealth>,
    /// What waits.
    queues: QueueHealth,
    /// What waits for feeds that are pulled and for destinations.
    deliveries: Vec<DeliveryHealth>,
    /// The nodes that share the store, by name; none where the store is of one process.
    nodes: Vec<NodeHealth>,
}

/// How long a node is not heard of before it is missed, in seconds.
pub(super) const MISSED_S: i64 = 15;

/// A node.
#[derive(Serialize, JsonSchema)]
struct NodeHealth {
    /// Name.
    #[schemars(example = &"a")]
    name: String,
    /// Where other nodes reach it; empty where they cannot.
    #[schemars(example = &"http://10.0.0.1:8311")]
    url: String,
    /// Version of its program.
    #[schemars(example = &"0.1.0")]
    version: String,
    /// Whether it is the one that decides.
    #[schemars(example = true)]
    decides: bool,
    /// Seconds since it was heard of.
    #[schemars(example = 2)]
    silent_s: i64,
    /// Whether it is missed: not heard of for more than 15 seconds.
    #[schemars(example = false)]
    missed: bool,
}

/// The nodes, where there are several.
fn nodes(site: &Site) -> Vec<NodeHealth> {
    let Some(right) = &site.right else { return Vec::new() };
    let known = right.nodes.borrow();
    let node = |view: &NodeView| NodeHealth {
        name: view.address.name.clone(),
        url: view.address.url.clone(),
        version: view.address.version.clone(),
        decides: view.decides,
        silent_s: view.silent_ms / 1_000,
        missed: view.silent_ms > MISSED_S * 1_000,
    };
    known.iter().map(node).collect()
}

/// The city pack that is live.
#[derive(Serialize, JsonSchema)]
struct PackHealth {
    /// Name of the city.
    city: String,
    /// Its code, by which exchanges and queues are named.
    #[schemars(example = &"rongcheng")]
    code: String,
    /// Its time zone, by the name of the IANA.
    zone: String,
    /// Version.
    version: String,
    /// Since when.
    live_since: Option<Timestamp>,
    /// When a pack was refused last.
    last_reload_failed_at: Option<Timestamp>,
    /// How many problems it had.
    last_reload_problems: usize,
}

/// The broker.
#[derive(Serialize, JsonSchema)]
pub(super) struct BrokerHealth {
    /// Whether there is a connection and everything is declared.
    connected: bool,
    /// Whether status updates are consumed.
    consuming: bool,
    /// Whether the broker takes nothing for want of memory or disk.
    blocked: bool,
    /// Messages of the public stream that no queue took.
    unrouted: u64,
    /// Messages that platforms gave up.
    dead: u64,
    /// Status updates that were refused.
    refused: u64,
    /// Feeds to which nothing is forwarded.
    stopped_feeds: Vec<String>,
    /// What an operator has to look at.
    alarms: Vec<BrokerAlarm>,
    /// What went wrong last.
    last_error: Option<String>,
}

/// Something about the broker that an operator has to look at.
#[derive(Serialize, JsonSchema)]
struct BrokerAlarm {
    /// In Chinese.
    #[schemars(example = &"RabbitMQ 连接中断")]
    zh: String,
    /// In English.
    #[schemars(example = &"the connection to RabbitMQ is lost")]
    en: String,
}

/// A channel.
#[derive(Serialize, JsonSchema)]
struct ChannelHealth {
    /// Id.
    #[schemars(example = &"generic")]
    id: String,
    /// How it stands.
    state: ChannelState,
    /// Failures in a row.
    failures: u32,
    /// Records delivered since the start.
    records: u64,
    /// Alarms that stand.
    alarms: usize,
}

/// What waits.
#[derive(Serialize, JsonSchema)]
struct QueueHealth {
    /// Messages to be published.
    outbox: u64,
    /// Replies to be sent.
    replies_pending: u64,
    /// Replies that were given up.
    replies_dead: u64,
    /// Replies that wait for a person.
    replies_held: u64,
    /// Replies that a person has to give by hand, to citizens whose data is there.
    replies_by_hand: u64,
    /// When the first of these was made; null for none.
    by_hand_since: Option<Timestamp>,
    /// Open questions.
    reviews: u64,
    /// Records that could not be mapped.
    quarantine: u64,
}

/// Alive, with what an operator wants to see at once.
pub(super) async fn healthz(State(site): State<Arc<Site>>) -> Result<Json<HealthDocument>, Problem> {
    let queues = site.reader.ask(|store| store.queue_counts()).await?;
    let (pack, reload) = (site.supervisor.pack(), site.supervisor.reload_state());
    let channels = site.supervisor.channels().into_iter().map(|running| {
        let health = running.health.snapshot();
        ChannelHealth {
            id: running.channel.id.clone(),
            state: health.state,
            failures: health.failures,
            records: health.records,
            alarms: health.alarms.len(),
        }
    });
    Ok(Json(HealthDocument {
        status: "ok",
        pack: PackHealth {
            city: pack.city.name.clone(),
            code: pack.city.code.clone(),
            zone: pack.city.zone.get_ref().clone(),
            version: pack.version.clone(),
            live_since: reload.live_since,
            last_reload_failed_at: reload.failed.as_ref().map(|(at, _)| *at),
            last_reload_problems: reload.failed.map_or(0, |(_, problems)| problems.len()),
        },
        broker: broker(&site),
        channels: channels.collect(),
        queues: QueueHealth {
            outbox: queues.outbox,
            replies_pending: queues.replies_pending,
            replies_dead: queues.replies_dead,
            replies_held: queues.replies_held,
            replies_by_hand: queues.replies_by_hand,
            by_hand_since: queues.by_hand_since,
            reviews: queues.reviews,
            quarantine: queues.quarantine,
        },
        deliveries: deliveries(&site).await?,
        nodes: nodes(&site),
    }))
}

/// The broker as it is seen from here.
pub(super) fn broker(site: &Site) -> BrokerHealth {
    let lengths = site.forward.lengths();
    let alarms =
        site.forward.alarms(site.rules().feeds.go_by_broker()).into_iter().map(|(zh, en)| BrokerAlarm { zh, en });
    BrokerHealth {
        connected: site.forward.connected.load(Ordering::Relaxed),
        consuming: site.forward.consuming.load(Ordering::Relaxed),
        blocked: site.forward.blocked.load(Ordering::Relaxed),
        unrouted: lengths.unrouted,
        dead: lengths.dead,
        refused: lengths.refused,
        stopped_feeds: site.forward.faults().into_iter().filter_map(|fault| fault.feed).collect(),
        alarms: alarms.collect(),
        last_error: site.forward.last_error(),
    }
}
