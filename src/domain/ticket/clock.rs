//! Clocks (时钟): named time limits of a ticket, each run of one with what became of it.

use jiff::Timestamp;

use super::Status;

/// What a time limit is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeUnit {
    /// Minutes by the clock.
    Minutes,
    /// Minutes of office hours on working days.
    OfficeMinutes,
    /// Calendar days.
    NaturalDays,
    /// Working days, with holidays and make-up workdays.
    WorkingDays,
    /// Until the ticket's deadline (办理时限), whatever that becomes.
    Deadline,
}

impl TimeUnit {
    /// All units with their names in stored documents.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Minutes, "minutes"),
        (Self::OfficeMinutes, "office_minutes"),
        (Self::NaturalDays, "natural_days"),
        (Self::WorkingDays, "working_days"),
        (Self::Deadline, "deadline"),
    ];

    /// Its name in stored documents.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(unit, _)| *unit == self).map_or("minutes", |(_, name)| name)
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(unit, _)| *unit)
    }

    /// Whether it counts days.
    #[must_use]
    pub fn is_days(self) -> bool {
        matches!(self, Self::NaturalDays | Self::WorkingDays)
    }
}

/// When on its last day a limit in days ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DayEnd {
    /// At the time of day at which it began.
    #[default]
    SameTime,
    /// At the end of the day, 23:59:59.
    Midnight,
    /// When the office closes; where no office hours are set, at the end of the day.
    Office,
}

impl DayEnd {
    /// All with their names in settings and stored documents.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::SameTime, "same_time"), (Self::Midnight, "day"), (Self::Office, "office")];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(end, _)| *end == self).map_or("same_time", |(_, name)| name)
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(end, _)| *end)
    }
}

/// How long something may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeLimit {
    /// How many of the unit; 0 minutes are "at once", 0 days (with an end of day) the same day.
    pub amount: u32,
    /// The unit.
    pub unit: TimeUnit,
    /// When on the last day it ends; of limits in days.
    pub until: DayEnd,
    /// Whether the day on which it begins is the first day counted (含当日); of limits in days.
    pub counts_first_day: bool,
}

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunEnd {
    /// What it waited for happened.
    Stopped,
    /// The clock began anew before that.
    Restarted,
    /// Its clock is no longer among the city's, or would have begun anew and is not for such a matter any more.
    Dropped,
}

impl RunEnd {
    /// All with their names in documents.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Stopped, "stopped"), (Self::Restarted, "restarted"), (Self::Dropped, "dropped")];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(end, _)| *end == self).map_or("stopped", |(_, name)| name)
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(end, _)| *end)
    }
}

/// One run of a clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClockRun {
    /// Code of the clock.
    pub clock: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The limit by which it counts.
    pub limit: TimeLimit,
    /// From when to when it stood still, in order; at most [`ClockRun::MAX_PAUSES`].
    pub pauses: Vec<(Timestamp, Timestamp)>,
    /// Since when it stands still, waiting for something.
    pub paused_at: Option<Timestamp>,
    /// When it is due; while it stands still, when it would have been.
    pub due_at: Timestamp,
    /// Alarms that were told: each by its place in the settings and which time it was told.
    pub told: Vec<(u16, u16)>,
    /// When it ended and how; none while it runs.
    pub ended: Option<(Timestamp, RunEnd)>,
    /// How the due time came about, one sentence for each turn, in Chinese.
    pub reasons: Vec<String>,
}

impl ClockRun {
    /// Most pauses that are kept apart; later ones make the last one longer.
    pub const MAX_PAUSES: usize = 100;

    /// Whether it was stopped in time; none where it was not stopped. What stood still was in time where it began to stand still in
    /// time.
    #[must_use]
    pub fn was_kept(&self) -> Option<bool> {
        let (at, end) = self.ended?;
        (end == RunEnd::Stopped).then(|| self.paused_at.unwrap_or(at) <= self.due_at)
    }

    /// Notes that it goes on after a pause.
    pub fn resume(&mut self, now: Timestamp) {
        let Some(paused_at) = self.paused_at.take() else { return };
        let is_full = self.pauses.len() >= Self::MAX_PAUSES;
        match self.pauses.last_mut().filter(|_| is_full) {
            Some(last) => last.1 = now,
            None => self.pauses.push((paused_at, now)),
        }
    }

    /// Whether it still runs, or stands still.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
    }
}

/// The clocks of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ClockBook {
    /// The runs, the earliest first; of those that ended the last [`ClockBook::MAX_ENDED`].
    pub runs: Vec<ClockRun>,
    /// The status that the clocks saw last; none before the first event.
    pub seen: Option<Status>,
    /// What else of the ticket they saw last, by which limits are chosen: where that stays, so do the limits.
    pub facts: String,
}

impl ClockBook {
    /// Most runs that have ended and are kept with the ticket. Its life tells of all.
    pub const MAX_ENDED: usize = 48;

    /// The open run of a clock.
    #[must_use]
    pub fn open(&self, clock: &str) -> Option<&ClockRun> {
        self.runs.iter().find(|run| run.clock == clock && run.is_open())
    }

    /// Whether nothing was ever noted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty() && self.seen.is_none()
    }

    /// Lets the earliest of those that ended go where there are too many.
    pub fn trim(&mut self) {
        let ended = self.runs.iter().filter(|run| !run.is_open()).count();
        let mut surplus = ended.saturating_sub(Self::MAX_ENDED);
        self.runs.retain(|run| {
            let goes = surplus > 0 && !run.is_open();
            surplus -= usize::from(goes);
            !goes
        });
    }
}
