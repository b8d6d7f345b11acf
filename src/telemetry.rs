//! What is counted as it happens, with a closed set of labels. What can be looked up at any time (queues, ledger, channels, the
//! process) is not counted here: the page of metrics looks it up. Every series stands at zero before its first event.

use huiliu_adapter_api::{AdapterError, AlarmKind, Outcome, OutcomeState};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::store::{ReplyState, Verdict};

/// The prefix of every name that is the gateway's own.
pub const PREFIX: &str = "huiliu";

/// Upper bounds of the durations of requests, in seconds: from what a health page takes to the limit of an API call.
const REQUEST_SECONDS: [f64; 12] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 120.0];

/// Outcomes of records, in the order of [`outcome`].
const OUTCOMES: [&str; 6] = ["accepted", "amended", "follow_up", "repeated", "quarantined", "discarded"];

/// What a status update is counted as that is not taken.
const REFUSED: &str = "refused";

/// Classes of answers that a route is expected to give; others are there from their first answer on.
const CLASSES: [&str; 3] = ["2xx", "4xx", "5xx"];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    channel: String,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ErrorLabels {
    channel: String,
    error: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FieldLabels {
    channel: String,
    field: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AlarmLabels {
    channel: String,
    alarm: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct VerdictLabels {
    verdict: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabels {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

/// All counters. Channels and the fields of their mappings are the only label values that come from a file, and a pack has a
/// limited number of them.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    records: Family<OutcomeLabels, Counter>,
    channel_errors: Family<ErrorLabels, Counter>,
    warnings: Family<FieldLabels, Counter>,
    source_alarms: Family<AlarmLabels, Counter>,
    status_updates: Family<VerdictLabels, Counter>,
    replies: Family<StateLabels, Counter>,
    reloads: Family<ResultLabels, Counter>,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

fn request_durations() -> Histogram {
    Histogram::new(REQUEST_SECONDS)
}

impl Metrics {
    /// Counters, all zero.
    #[must_use]
    pub fn new() -> Self {
        let new = Self {
            registry: Registry::with_prefix(PREFIX),
            records: Family::default(),
            channel_errors: Family::default(),
            warnings: Family::default(),
            source_alarms: Family::default(),
            status_updates: Family::default(),
            replies: Family::default(),
            reloads: Family::default(),
            requests: Family::default(),
            durations: Family::new_with_constructor(request_durations),
        };
        new.registered().at_zero()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("records", "Records by channel and outcome", self.records.clone());
        registry.register("channel_errors", "Errors of channels by kind", self.channel_errors.clone());
        registry.register("warnings", "Warnings of accepted records by channel and field", self.warnings.clone());
        registry.register("source_alarms", "Alarms that sources gave, by channel and kind", self.source_alarms.clone());
        registry.register("status_updates", "Status updates by verdict", self.status_updates.clone());
        registry.register("replies", "Attempts to reply by the state they ended in", self.replies.clone());
        registry.register("reloads", "Reloads of the city pack by result", self.reloads.clone());
        registry.register("http_requests", "Requests by method, route and class of status", self.requests.clone());
        let help = "Time from the head of a request to the head of its answer, by route";
        registry.register("http_request_duration_seconds", help, self.durations.clone());
        self
    }

    /// Makes the series of which all label values are known beforehand.
    fn at_zero(self) -> Self {
        for verdict in [Verdict::Accepted, Verdict::Submitted, Verdict::Repeated, Verdict::Late]
            .map(Verdict::name)
            .into_iter()
            .chain([REFUSED])
        {
            drop(self.status_updates.get_or_create(&VerdictLabels { verdict }));
        }
        for (_, state) in ReplyState::ALL {
            drop(self.replies.get_or_create(&StateLabels { state }));
        }
        for result in ["success", "failure"] {
            drop(self.reloads.get_or_create(&ResultLabels { result }));
        }
        self
    }

    /// The counters as they are registered.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Makes the series of a channel whose mapping gives these fields.
    pub fn channel<'a>(&self, id: &str, fields: impl Iterator<Item = &'a str>) {
        let channel = || id.to_owned();
        for outcome in OUTCOMES {
            drop(self.records.get_or_create(&OutcomeLabels { channel: channel(), outcome }));
        }
        for error in AdapterError::KINDS {
            drop(self.channel_errors.get_or_create(&ErrorLabels { channel: channel(), error }));
        }
        for alarm in AlarmKind::ALL.map(AlarmKind::name) {
            drop(self.source_alarms.get_or_create(&AlarmLabels { channel: channel(), alarm }));
        }
        for field in fields {
            drop(self.warnings.get_or_create(&FieldLabels { channel: channel(), field: field.to_owned() }));
        }
    }

    /// Makes the series of a route.
    pub fn route(&self, method: &'static str, route: &str) {
        for status in CLASSES {
            drop(self.requests.get_or_create(&RequestLabels { method, route: route.to_owned(), status }));
        }
        drop(self.durations.get_or_create(&RouteLabels { route: route.to_owned() }));
    }

    /// Counts what became of a batch.
    pub fn outcomes(&self, channel: &str, outcomes: &[Outcome]) {
        for state in outcomes.iter().map(|outcome| &outcome.state) {
            let labels = OutcomeLabels { channel: channel.to_owned(), outcome: outcome(state) };
            self.records.get_or_create(&labels).inc();
        }
    }

    /// Counts an error of a channel.
    pub fn channel_error(&self, channel: &str, error: &'static str) {
        self.channel_errors.get_or_create(&ErrorLabels { channel: channel.to_owned(), error }).inc();
    }

    /// Counts a warning of an accepted record.
    pub fn warning(&self, channel: &str, field: &str) {
        self.warnings.get_or_create(&FieldLabels { channel: channel.to_owned(), field: field.to_owned() }).inc();
    }

    /// Counts an alarm of a source.
    pub fn source_alarm(&self, channel: &str, alarm: &'static str) {
        self.source_alarms.get_or_create(&AlarmLabels { channel: channel.to_owned(), alarm }).inc();
    }

    /// Counts a status update.
    pub fn status_update(&self, verdict: Option<Verdict>) {
        let verdict = verdict.map_or(REFUSED, Verdict::name);
        self.status_updates.get_or_create(&VerdictLabels { verdict }).inc();
    }

    /// Counts an attempt to reply.
    pub fn reply(&self, state: ReplyState) {
        self.replies.get_or_create(&StateLabels { state: state.name() }).inc();
    }

    /// Counts a reload of the pack.
    pub fn reload(&self, succeeded: bool) {
        let result = if succeeded { "success" } else { "failure" };
        self.reloads.get_or_create(&ResultLabels { result }).inc();
    }

    /// Counts a request that was answered with a class of status (`2xx`) after so many seconds.
    pub fn request(&self, (method, route): (&'static str, &str), status: &'static str, seconds: f64) {
        self.requests.get_or_create(&RequestLabels { method, route: route.to_owned(), status }).inc();
        self.durations.get_or_create(&RouteLabels { route: route.to_owned() }).observe(seconds);
    }
}

fn outcome(state: &OutcomeState) -> &'static str {
    match state {
        OutcomeState::Accepted { .. } => "accepted",
        OutcomeState::Amended { .. } => "amended",
        OutcomeState::FollowUp { .. } => "follow_up",
        OutcomeState::Repeated { .. } => "repeated",
        OutcomeState::Quarantined { .. } => "quarantined",
        OutcomeState::Discarded { .. } => "discarded",
    }
}
