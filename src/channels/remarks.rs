//! What a batch's records and its source remark: counted, held against what was before, told once.

use huiliu_adapter_api::SourceAlarm;
use jiff::Timestamp;

use super::field_watch::Turn;
use super::health::ChannelHealth;
use crate::desk::Fate;
use crate::mapping::{Channel, Mapped, Normalized};
use crate::telemetry::Metrics;

/// Fields that are evaluated of a record that becomes no complaint.
const REQUIRED: [&str; 3] = ["number", "title", "text"];

/// What the mapping remarked on one record.
#[derive(Debug)]
pub(super) struct Remarks {
    /// Whether all fields of the mapping were evaluated; else only those that a complaint must have, or none.
    evaluated: Evaluated,
    /// Field and place of each warning: no value.
    warned: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy)]
enum Evaluated {
    All,
    Required,
    None,
}

impl Remarks {
    pub(super) fn of(record: &Normalized) -> Self {
        let warnings = &record.applied.warnings;
        let evaluated = match &record.applied.mapped {
            Mapped::Complaint(_) => Evaluated::All,
            // One that could not be read has no fields.
            Mapped::Quarantined if warnings.iter().all(|warning| warning.field != "record") => Evaluated::Required,
            Mapped::Quarantined | Mapped::FollowUp(_) | Mapped::Stated | Mapped::Discarded(_) => Evaluated::None,
        };
        let warned = warnings.iter().map(|warning| {
            let (file, line, column) = &warning.place;
            (warning.field.clone(), format!("{file}:{line}:{column}"))
        });
        Self { evaluated, warned: warned.collect() }
    }
}

/// Counts the warnings of records that are new, and raises or clears the alarms of fields.
pub(super) fn note(
    channel: &Channel,
    (remarks, fates): (&[Remarks], &[Fate]),
    health: &ChannelHealth,
    metrics: &Metrics,
    now: Timestamp,
) {
    let new = || remarks.iter().zip(fates).filter(|(_, fate)| **fate != Fate::Repeated);
    for (remarks, fate) in new() {
        // The problems of what was set aside are counted as records in quarantine.
        let accepted = remarks.warned.iter().filter(|_| *fate != Fate::SetAside);
        accepted.for_each(|(field, _)| metrics.warning(&channel.id, field));
    }
    for (field, place, turn) in health.watch(new().flat_map(|(remarks, _)| remarks.fields(channel)), now) {
        let id = &channel.id;
        match turn {
            Turn::Failing { warned, of } => {
                tracing::error!(channel = id, field, place, warned, of, "A field fails for most records.");
            }
            Turn::Recovered => tracing::info!(channel = id, field, "A field that failed is well again."),
        }
    }
}

impl Remarks {
    /// The fields that were evaluated, each with the place of its warning.
    fn fields<'a>(&'a self, channel: &'a Channel) -> impl Iterator<Item = (&'a str, Option<&'a str>)> {
        let evaluated = self.evaluated;
        let fields = channel.field_names().filter(move |name| match evaluated {
            Evaluated::All => true,
            Evaluated::Required => REQUIRED.contains(name),
            Evaluated::None => false,
        });
        fields.map(|name| {
            let warned = self.warned.iter().find(|(field, _)| field == name);
            (name, warned.map(|(_, place)| place.as_str()))
        })
    }
}

/// Notes what a source has an operator look at; logged now and then.
pub(super) fn note_source(
    channel: &str,
    alarms: &[SourceAlarm],
    health: &ChannelHealth,
    metrics: &Metrics,
    now: Timestamp,
) {
    for alarm in alarms {
        let kind = alarm.kind.name();
        metrics.source_alarm(channel, kind);
        if health.note_alarm(alarm, now) {
            tracing::error!(
                channel,
                kind,
                said = crate::mask::mask_text(&alarm.en),
                "A source needs somebody to look at it."
            );
        }
    }
}
