//! Series of values that are looked up at the moment, each given whole when the page is made.

use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::telemetry::PREFIX;

/// The labels of one value, with their names.
type Labels = Vec<(&'static str, String)>;

/// What one request for the page is shown besides the counters.
pub(super) struct Page {
    /// Names that begin with the program's.
    pub(super) own: Registry,
    /// Names that every program has.
    pub(super) process: Registry,
}

impl Page {
    pub(super) fn new() -> Self {
        Self { own: Registry::with_prefix(PREFIX), process: Registry::default() }
    }

    /// One value of the gateway.
    pub(super) fn gauge(&mut self, name: &'static str, help: &str, value: f64) {
        let gauge = Gauge::<f64, AtomicU64>::default();
        gauge.set(value);
        self.own.register(name, help, gauge);
    }

    /// Values of the gateway, told apart by their labels.
    pub(super) fn gauges<const N: usize>(
        &mut self,
        name: &'static str,
        help: &str,
        labels: [&'static str; N],
        values: impl IntoIterator<Item = ([String; N], f64)>,
    ) {
        let family = Family::<Labels, Gauge<f64, AtomicU64>>::default();
        for (names, value) in values {
            family.get_or_create(&labels.into_iter().zip(names).collect()).set(value);
        }
        self.own.register(name, help, family);
    }

    /// A counter of the gateway that somebody else keeps.
    pub(super) fn counter(&mut self, name: &'static str, help: &str, value: u64) {
        self.own.register(name, help, ConstCounter::new(value));
    }
}

/// 1 for what holds, else 0.
pub(super) fn whether(holds: bool) -> f64 {
    if holds { 1.0 } else { 0.0 }
}

/// A count as a value.
#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
pub(super) fn number(count: u64) -> f64 {
    count as f64
}
