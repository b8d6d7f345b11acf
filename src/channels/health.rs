//! What is known of a channel's health.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use huiliu_adapter_api::{AdapterError, SourceAlarm};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::sync::watch;

use super::alarm::{self, Alarm, FAILING_FIELD};
use super::control::Pause;
use super::field_watch::{FieldWatch, Turn};
use crate::mask::mask_text;

/// Failures in a row from which a channel counts as down.
const CIRCUIT_FAILURES: u32 = 5;

/// What is known of a channel's health.
#[derive(Debug, Default)]
pub struct ChannelHealth {
    health: Mutex<Health>,
    fields: Mutex<FieldWatch>,
    /// Records delivered since the start of the gateway; shared with what follows after a reload, while a last batch is finished.
    records: Arc<AtomicU64>,
    paused: watch::Sender<Option<Pause>>,
}

/// How a channel stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(example = Self::Running)]
pub enum ChannelState {
    /// Its source has not answered yet.
    #[default]
    Starting,
    /// The last pull, or the last push, went well.
    Running,
    /// The last one failed; it is tried again.
    Failing,
    /// Many failed in a row.
    Down,
    /// It does not run any more.
    Stopped,
    /// Somebody has paused it.
    Paused,
}

impl ChannelState {
    /// All states with their names.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::Starting, "starting"),
        (Self::Running, "running"),
        (Self::Failing, "failing"),
        (Self::Down, "down"),
        (Self::Stopped, "stopped"),
        (Self::Paused, "paused"),
    ];
}

/// How a standing link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(example = Self::Up)]
pub enum LinkState {
    /// The source has let the gateway in.
    Up,
    /// It broke, or could not be made; it is tried again.
    Down,
    /// The channel has stopped.
    Ended,
}

/// A channel's health as the API shows it.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Health {
    /// How it stands.
    pub state: ChannelState,
    /// The standing link, for channels that have one.
    pub link: Option<LinkState>,
    /// When it was last pulled with success.
    pub last_success_at: Option<Timestamp>,
    /// When it last delivered a record.
    pub last_record_at: Option<Timestamp>,
    /// Records delivered since the start of the gateway; reloads do not change it.
    pub records: u64,
    /// Failures in a row.
    pub failures: u32,
    /// `transient`, `refused` or `gone`.
    pub last_error_kind: Option<String>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When.
    pub last_error_at: Option<Timestamp>,
    /// By whom it is paused, since when and why; null where it is not.
    pub paused: Option<Pause>,
    /// What an operator has to look at although it goes on.
    pub alarms: Vec<Alarm>,
}

impl Health {
    /// How many fields fail for most records.
    #[must_use]
    pub fn failing_fields(&self) -> usize {
        self.alarms.iter().filter(|alarm| alarm.kind == FAILING_FIELD).count()
    }
}

impl ChannelHealth {
    /// The health of the same channel after a reload: what was counted, and what happened last and when, stays; how it stands is found anew.
    #[must_use]
    pub fn after_reload(&self) -> Self {
        let Health { last_success_at, last_record_at, last_error_kind, last_error, last_error_at, .. } =
            self.snapshot();
        let kept =
            Health { last_success_at, last_record_at, last_error_kind, last_error, last_error_at, ..Health::default() };
        Self { health: Mutex::new(kept), records: Arc::clone(&self.records), ..Self::default() }
    }

    /// The health as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Health {
        let health = self.with(|health| health.clone());
        let paused = self.paused();
        let state = if paused.is_some() { ChannelState::Paused } else { health.state };
        Health { records: self.records.load(Ordering::Relaxed), state, paused, ..health }
    }

    /// By whom it is paused, since when and why.
    #[must_use]
    pub fn paused(&self) -> Option<Pause> {
        self.paused.borrow().clone()
    }

    /// Pauses it, or lets it go on.
    pub(super) fn pause(&self, pause: Option<Pause>) {
        self.paused.send_replace(pause);
    }

    /// Follows whether it is paused.
    pub(super) fn follow_pauses(&self) -> watch::Receiver<Option<Pause>> {
        self.paused.subscribe()
    }

    /// A source that pushes is ready at once; one that is pulled has to answer first, and one with a link has to let us in.
    pub(super) fn starting(&self, ready: bool) {
        self.with(|health| health.state = if ready { ChannelState::Running } else { ChannelState::Starting });
    }

    pub(super) fn succeeded(&self, records: usize, now: Timestamp) {
        self.with(|health| {
            // What came before the link broke says nothing about the link.
            if health.link != Some(LinkState::Down) {
                health.state = ChannelState::Running;
                health.failures = 0;
            }
            health.last_success_at = Some(now);
            if records > 0 {
                health.last_record_at = Some(now);
                self.records.fetch_add(u64::try_from(records).unwrap_or(u64::MAX), Ordering::Relaxed);
            }
        });
    }

    /// Whether the channel has failed with this error just before: that is in the log already.
    pub(super) fn is_repeated(&self, error: &AdapterError) -> bool {
        self.with(|health| health.failures > 0 && health.last_error.as_ref() == Some(&mask_text(&error.to_string())))
    }

    pub(super) fn failed(&self, error: &AdapterError, now: Timestamp) -> u32 {
        self.failed_because(error.kind(), &error.to_string(), now)
    }

    pub(super) fn failed_because(&self, kind: &str, reason: &str, now: Timestamp) -> u32 {
        self.with(|health| {
            health.failures += 1;
            let many = health.failures >= CIRCUIT_FAILURES;
            health.state = if many { ChannelState::Down } else { ChannelState::Failing };
            health.last_error_kind = Some(kind.to_owned());
            health.last_error = Some(mask_text(reason));
            health.last_error_at = Some(now);
            health.failures
        })
    }

    pub(super) fn link_up(&self) {
        self.with(|health| {
            health.link = Some(LinkState::Up);
            health.state = ChannelState::Running;
            health.failures = 0;
        });
    }

    pub(super) fn link_failed(&self, error: &AdapterError, now: Timestamp) -> u32 {
        self.with(|health| health.link = Some(LinkState::Down));
        self.failed(error, now)
    }

    pub(super) fn link_ended(&self) {
        self.with(|health| health.link = Some(LinkState::Ended));
    }

    /// Notes an alarm of the source. Whether it is to be logged now.
    pub(super) fn note_alarm(&self, met: &SourceAlarm, now: Timestamp) -> bool {
        self.with(|health| alarm::note(&mut health.alarms, met, now))
    }

    /// Holds the fields of records, each with the place of its warning, against those before; gives the fields that fail now, or
    /// are well again, with the place of the warning.
    pub(super) fn watch<'a>(
        &self,
        evaluated: impl Iterator<Item = (&'a str, Option<&'a str>)>,
        now: Timestamp,
    ) -> Vec<(&'a str, &'a str, Turn)> {
        let mut turns = Vec::new();
        let mut fields = self.fields.lock().unwrap_or_else(PoisonError::into_inner);
        for (field, place) in evaluated {
            let Some(turn) = fields.note(field, place.is_some()) else { continue };
            let place = place.unwrap_or_default();
            turns.push((field, place, turn));
            self.with(|health| {
                health.alarms.retain(|alarm| alarm.field.as_deref() != Some(field));
                if let Turn::Failing { warned, of } = turn {
                    health.alarms.push(Alarm::failing_field(field, place, (warned, of), now));
                }
            });
        }
        turns
    }

    pub(super) fn stopped(&self) {
        self.with(|health| health.state = ChannelState::Stopped);
    }

    fn with<T>(&self, act: impl FnOnce(&mut Health) -> T) -> T {
        act(&mut self.health.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_stays_after_a_reload_and_how_it_stands_is_found_anew() {
        let (before, now) = (ChannelHealth::default(), Timestamp::UNIX_EPOCH);
        before.succeeded(3, now);
        before.failed(&AdapterError::transient("busy"), now);
        let after = before.after_reload();
        // The last batch of the old worker.
        before.succeeded(2, now);
        after.succeeded(1, now);
        let shown = after.snapshot();
        assert_eq!((shown.records, shown.last_error.as_deref(), shown.failures), (6, Some("busy"), 0));
        assert_eq!(before.after_reload().snapshot().state, ChannelState::Starting);
    }

    #[test]
    fn one_that_is_paused_says_so_and_stands_as_it_stood_when_it_goes_on() {
        let (health, now) = (ChannelHealth::default(), Timestamp::UNIX_EPOCH);
        health.succeeded(1, now);
        let pause = Pause { since: now, by: "ann".to_owned(), reason: "upgrade".to_owned() };
        health.pause(Some(pause.clone()));
        let shown = health.snapshot();
        assert_eq!((shown.state, shown.paused, shown.last_success_at), (ChannelState::Paused, Some(pause), Some(now)));
        health.pause(None);
        assert_eq!((health.snapshot().state, health.paused()), (ChannelState::Running, None));
    }

    #[test]
    fn the_same_error_again_is_known_until_something_else_happens() {
        let (health, now) = (ChannelHealth::default(), Timestamp::UNIX_EPOCH);
        let refused = AdapterError::misconfigured("the login did not succeed: 13800001111");
        assert!(!health.is_repeated(&refused));
        health.failed(&refused, now);
        assert!(health.is_repeated(&refused) && !health.is_repeated(&AdapterError::transient("busy")));
        health.succeeded(1, now);
        assert!(!health.is_repeated(&refused), "it worked in between");
    }
}
