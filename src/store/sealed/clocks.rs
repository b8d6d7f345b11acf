//! The clocks of a ticket as its sealed document has them. Renaming a member here is a migration of the store.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use huiliu_domain::ticket::{ClockBook, ClockRun, DayEnd, RunEnd, Status, TimeLimit, TimeUnit};

/// The runs, and the status that was seen last.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ClocksDocument {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    seen: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty", default)]
    facts: String,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    runs: Vec<RunDocument>,
}

#[derive(Debug, Serialize, Deserialize)]
struct RunDocument {
    clock: String,
    started_at: Timestamp,
    amount: u32,
    unit: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    until: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    counts_first_day: bool,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pauses: Vec<(Timestamp, Timestamp)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    paused_at: Option<Timestamp>,
    due_at: Timestamp,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    told: Vec<(u16, u16)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ended_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    ended: Option<String>,
    #[serde(default)]
    reasons: Vec<String>,
}

impl ClocksDocument {
    pub(super) fn of(book: &ClockBook) -> Self {
        Self {
            seen: book.seen.map(|status| status.wire().to_owned()),
            facts: book.facts.clone(),
            runs: book.runs.iter().map(RunDocument::of).collect(),
        }
    }

    /// The clocks; else what of them is none that this version knows.
    pub(super) fn into_book(self) -> Result<ClockBook, String> {
        let seen = self.seen.map(|name| Status::from_wire(&name).ok_or_else(|| unknown("status", &name)));
        Ok(ClockBook {
            seen: seen.transpose()?,
            facts: self.facts,
            runs: self.runs.into_iter().map(RunDocument::into_run).collect::<Result<_, _>>()?,
        })
    }
}

impl RunDocument {
    fn of(run: &ClockRun) -> Self {
        let TimeLimit { amount, unit, until, counts_first_day } = run.limit;
        Self {
            clock: run.clock.clone(),
            started_at: run.started_at,
            amount,
            unit: unit.name().to_owned(),
            until: (until != DayEnd::SameTime).then(|| until.name().to_owned()),
            counts_first_day,
            pauses: run.pauses.clone(),
            paused_at: run.paused_at,
            due_at: run.due_at,
            told: run.told.clone(),
            ended_at: run.ended.map(|(at, _)| at),
            ended: run.ended.map(|(_, end)| end.name().to_owned()),
            reasons: run.reasons.clone(),
        }
    }

    fn into_run(self) -> Result<ClockRun, String> {
        let unit = TimeUnit::from_name(&self.unit).ok_or_else(|| unknown("unit", &self.unit))?;
        let until = match &self.until {
            Some(name) => DayEnd::from_name(name).ok_or_else(|| unknown("end of a day", name))?,
            None => DayEnd::SameTime,
        };
        let ended = match (self.ended_at, &self.ended) {
            (Some(at), Some(name)) => Some((at, RunEnd::from_name(name).ok_or_else(|| unknown("end of a run", name))?)),
            _ => None,
        };
        Ok(ClockRun {
            clock: self.clock,
            started_at: self.started_at,
            limit: TimeLimit { amount: self.amount, unit, until, counts_first_day: self.counts_first_day },
            pauses: self.pauses,
            paused_at: self.paused_at,
            due_at: self.due_at,
            told: self.told,
            ended,
            reasons: self.reasons,
        })
    }
}

fn unknown(what: &str, name: &str) -> String {
    format!("{name:?} is not a {what} this version knows")
}
