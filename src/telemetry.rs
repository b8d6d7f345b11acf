//! Metrics with a closed set of labels. Names and units follow the OpenMetrics rules.

use std::sync::atomic::{AtomicU64, Ordering};

use huiliu_adapter_api::{Outcome, OutcomeState};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::forward::ForwardState;
use crate::store::{QueueCounts, ReplyState, Verdict};

/// Channel and what became of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    channel: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    channel: String,
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FieldLabels {
    channel: String,
    field: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NameLabels {
    name: &'static str,
}

/// All metrics. Channels and the fields of their mappings are the only label values that come from a file, and a pack has a
/// limited number of them.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    records: Family<OutcomeLabels, Counter>,
    channel_errors: Family<KindLabels, Counter>,
    warnings: Family<FieldLabels, Counter>,
    channel_alarm: Family<KindLabels, Gauge>,
    source_alarms: Family<KindLabels, Counter>,
    status_updates: Family<NameLabels, Counter>,
    replies: Family<NameLabels, Counter>,
    queues: Family<NameLabels, Gauge>,
    published: Gauge,
    returned: Gauge,
    nacked: Gauge,
    broker_connected: Gauge,
    broker_blocked: Gauge,
    broker_faults: Gauge,
    status_consuming: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Metrics, all zero.
    #[must_use]
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("huiliu");
        let records = Family::default();
        registry.register("records", "Records by channel and outcome", records.clone());
        let channel_errors = Family::default();
        registry.register("channel_errors", "Errors of channels by kind", channel_errors.clone());
        let warnings = Family::default();
        registry.register("warnings", "Warnings of accepted records by channel and field", warnings.clone());
        let channel_alarm = Family::default();
        registry.register("channel_alarm", "Alarms that stand, by channel and kind", channel_alarm.clone());
        let source_alarms = Family::default();
        registry.register("source_alarms", "Alarms that sources gave, by channel and kind", source_alarms.clone());
        let status_updates = Family::default();
        registry.register("status_updates", "Status updates by verdict", status_updates.clone());
        let replies = Family::default();
        registry.register("replies", "Attempts to reply by result", replies.clone());
        let queues = Family::default();
        registry.register("queue_length", "Rows waiting, by queue", queues.clone());
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        let published = gauge("messages_published", "Messages confirmed by the broker since the start");
        let returned = gauge("messages_returned", "Messages returned as unroutable since the start");
        let nacked = gauge("messages_nacked", "Messages refused by the broker since the start");
        let broker_connected = gauge("broker_connected", "1 while connected to the broker");
        let broker_blocked = gauge("broker_blocked", "1 while the broker blocks publishing");
        let broker_faults = gauge("broker_faults", "Exchanges and queues that exist with other arguments");
        let status_consuming = gauge("status_consuming", "1 while status updates are consumed");
        Self {
            registry,
            records,
            channel_errors,
            warnings,
            channel_alarm,
            source_alarms,
            status_updates,
            replies,
            queues,
            published,
            returned,
            nacked,
            broker_connected,
            broker_blocked,
            broker_faults,
            status_consuming,
        }
    }

    /// Counts what became of a batch.
    pub fn outcomes(&self, channel: &str, outcomes: &[Outcome]) {
        for outcome in outcomes {
            let outcome = match outcome.state {
                OutcomeState::Accepted { .. } => "accepted",
                OutcomeState::Amended { .. } => "amended",
                OutcomeState::FollowUp { .. } => "follow_up",
                OutcomeState::Repeated { .. } => "repeated",
                OutcomeState::Quarantined { .. } => "quarantined",
                OutcomeState::Discarded { .. } => "discarded",
            };
            self.records.get_or_create(&OutcomeLabels { channel: channel.to_owned(), outcome }).inc();
        }
    }

    /// Counts an error of a channel.
    pub fn channel_error(&self, channel: &str, kind: &'static str) {
        self.channel_errors.get_or_create(&KindLabels { channel: channel.to_owned(), kind }).inc();
    }

    /// Counts a warning of an accepted record.
    pub fn warning(&self, channel: &str, field: &str) {
        self.warnings.get_or_create(&FieldLabels { channel: channel.to_owned(), field: field.to_owned() }).inc();
    }

    /// Says how many fields of a channel fail for most records.
    pub fn failing_fields(&self, channel: &str, fields: usize) {
        let labels = KindLabels { channel: channel.to_owned(), kind: "failing_field" };
        self.channel_alarm.get_or_create(&labels).set(i64::try_from(fields).unwrap_or(i64::MAX));
    }

    /// Counts an alarm of a source.
    pub fn source_alarm(&self, channel: &str, kind: &'static str) {
        self.source_alarms.get_or_create(&KindLabels { channel: channel.to_owned(), kind }).inc();
    }

    /// Counts a status update.
    pub fn status_update(&self, verdict: Option<Verdict>) {
        let name = verdict.map_or("refused", Verdict::name);
        self.status_updates.get_or_create(&NameLabels { name }).inc();
    }

    /// Counts an attempt to reply.
    pub fn reply(&self, state: ReplyState) {
        self.replies.get_or_create(&NameLabels { name: state.name() }).inc();
    }

    /// The metrics as text, with queues and broker as they are now.
    #[must_use]
    pub fn encode(&self, queues: QueueCounts, forward: &ForwardState) -> String {
        let set_aside = forward.lengths().named();
        let lengths = [
            ("outbox", queues.outbox),
            ("replies_pending", queues.replies_pending),
            ("replies_dead", queues.replies_dead),
            ("replies_held", queues.replies_held),
            ("reviews", queues.reviews),
            ("quarantine", queues.quarantine),
        ];
        for (name, length) in lengths.into_iter().chain(set_aside) {
            self.queues.get_or_create(&NameLabels { name }).set(i64::try_from(length).unwrap_or(i64::MAX));
        }
        let copy = |gauge: &Gauge, counter: &AtomicU64| {
            gauge.set(i64::try_from(counter.load(Ordering::Relaxed)).unwrap_or(i64::MAX));
        };
        copy(&self.published, &forward.published);
        copy(&self.returned, &forward.returned);
        copy(&self.nacked, &forward.nacked);
        self.broker_connected.set(i64::from(forward.connected.load(Ordering::Relaxed)));
        self.broker_blocked.set(i64::from(forward.blocked.load(Ordering::Relaxed)));
        self.broker_faults.set(i64::try_from(forward.faults().len()).unwrap_or(i64::MAX));
        self.status_consuming.set(i64::from(forward.consuming.load(Ordering::Relaxed)));
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}
