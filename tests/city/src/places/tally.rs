//! Figures, counted from what the city sent and received.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::civil::Date;

use super::book::By;

/// What is counted of a unit, a level, a channel, or the whole place.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tally {
    pub complaints: u32,
    pub tickets: i32,
    /// Tickets that went to another unit.
    pub left: i32,
    pub signs: u32,
    pub signed: u32,
    pub finishes: u32,
    pub in_time: u32,
    pub returns: u32,
    pub restarts: u32,
    pub ratings: u32,
    pub pleased: u32,
    pub sent_back: u32,
    pub contacts: u32,
    pub contacted: u32,
    /// Seconds that each signing and each result took.
    pub sign_seconds: Vec<i64>,
    pub finish_seconds: Vec<i64>,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.complaints += other.complaints;
        self.tickets += other.tickets;
        self.left += other.left;
        self.signs += other.signs;
        self.signed += other.signed;
        self.finishes += other.finishes;
        self.in_time += other.in_time;
        self.returns += other.returns;
        self.restarts += other.restarts;
        self.ratings += other.ratings;
        self.pleased += other.pleased;
        self.sent_back += other.sent_back;
        self.contacts += other.contacts;
        self.contacted += other.contacted;
        self.sign_seconds.extend(&other.sign_seconds);
        self.finish_seconds.extend(&other.finish_seconds);
    }

    /// A figure by its name; `None` where there is nothing to say.
    pub(super) fn figure(&self, name: &str, whole: &Self) -> Option<f64> {
        let ratio = |part: f64, of: f64| (of > 0.0).then(|| part / of);
        let share = |part: u32, of: u32| ratio(f64::from(part), f64::from(of));
        let tickets = f64::from(self.tickets);
        match name {
            "complaints" => Some(f64::from(self.complaints)),
            "share" => share(self.complaints, whole.complaints),
            "tickets" => Some(tickets),
            "merged" => ratio(tickets, f64::from(self.complaints)).map(|kept| 1.0 - kept),
            "signed" => share(self.signed, self.signs),
            "finishes" => Some(f64::from(self.finishes)),
            "finished_share" => share(self.finishes, whole.finishes),
            "in_time" => share(self.in_time, self.finishes),
            "closed" => ratio(f64::from(self.finishes), tickets + f64::from(self.restarts)),
            "returned" => ratio(f64::from(self.returns), tickets + f64::from(self.left)),
            "restarts" => Some(f64::from(self.restarts)),
            "restarted" => share(self.restarts, self.finishes),
            "ratings" => Some(f64::from(self.ratings)),
            "satisfaction" => share(self.pleased, self.ratings),
            "contacts" => Some(f64::from(self.contacts)),
            "contacted" => share(self.contacted, self.contacts),
            "sent_back" => share(self.sent_back, self.sent_back + self.finishes),
            "sign_median" => hours(&self.sign_seconds, 50),
            "sign_p90" => hours(&self.sign_seconds, 90),
            "finish_median" => hours(&self.finish_seconds, 50),
            "finish_p90" => hours(&self.finish_seconds, 90),
            _ => None,
        }
    }
}

/// The least time that so many percent did not exceed, in hours.
fn hours(seconds: &[i64], percent: usize) -> Option<f64> {
    let mut sorted = seconds.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).map(|seconds| SignedDuration::from_secs(*seconds).as_secs_f64() / 3_600.0)
}

/// Of what something is counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Where<'a> {
    pub day: Date,
    pub unit: &'a str,
    pub level: &'a str,
    pub channel: &'a str,
}

/// The figures of a place, day by day.
#[derive(Debug, Default)]
pub(super) struct Tallies {
    rows: BTreeMap<(By, String, Date), Tally>,
}

impl Tallies {
    /// Counts for a unit, its level, a channel, and the place.
    pub(super) fn count(&mut self, of: Where<'_>, count: impl Fn(&mut Tally)) {
        for (by, code) in [(By::Unit, of.unit), (By::Level, of.level), (By::Channel, of.channel), (By::Place, "")] {
            count(self.rows.entry((by, code.to_owned(), of.day)).or_default());
        }
    }

    /// The figures of one row of a report.
    pub(super) fn row(&self, by: By, code: &str, from: Date, to: Date) -> Tally {
        let mut sum = Tally::default();
        let days = self.rows.range((by, code.to_owned(), from)..=(by, code.to_owned(), to));
        days.for_each(|(_, tally)| sum.add(tally));
        sum
    }

    /// The days of a dimension on which anything happened.
    pub(super) fn days(&self, by: By) -> BTreeSet<Date> {
        self.rows.keys().filter(|(of, ..)| *of == by).map(|(.., day)| *day).collect()
    }

    /// The codes of a dimension that have anything between two days.
    pub(super) fn codes(&self, by: By, from: Date, to: Date) -> BTreeSet<&str> {
        let rows = self.rows.keys().filter(|(of, _, day)| *of == by && (from..=to).contains(day));
        rows.map(|(_, code, _)| code.as_str()).collect()
    }
}
