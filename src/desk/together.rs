//! Records that came at once, in one file, one call or one page: the order in which they are decided, and the mark of those that
//! share a number without sharing their content.

use std::collections::{HashMap, VecDeque};

use super::intake::Intake;
use crate::complaint::Complaint;
use crate::mapping::{Mapped, Normalized};
use crate::store::{FileMark, RawState, RawView, Vault};

/// How the records of a batch came.
pub(super) struct Together {
    /// The order in which they are decided.
    pub order: Vec<usize>,
    /// By record: the file that it is a row of, or the records of its call or page with which it shares a number.
    marks: Vec<Option<FileMark>>,
}

impl Together {
    /// Reads a batch that came in a file, or else in calls or in one page.
    pub(super) fn of(intake: &Intake, file: Option<FileMark>, vault: &Vault) -> Self {
        let count = intake.records.len();
        if file.is_some() {
            // The rows of a file have an order of their own.
            return Self { order: contents_first((0..count).collect(), intake), marks: vec![file; count] };
        }
        let mut marks = vec![None; count];
        for (from, to) in calls(&intake.calls, count) {
            mark_clashes(intake, (from, to), vault, &mut marks);
        }
        Self { order: contents_first(order(&intake.records), intake), marks }
    }

    /// What one record came with.
    pub(super) fn mark(&self, at: usize) -> Option<FileMark> {
        self.marks.get(at).copied().flatten()
    }
}

/// What is stated later of complaints comes after all that is their content: a source lists both in any order.
fn contents_first(order: Vec<usize>, intake: &Intake) -> Vec<usize> {
    let states = |at: &usize| intake.records.get(*at).is_some_and(|record| record.applied.mapped == Mapped::Stated);
    let (stated, contents): (Vec<usize>, Vec<usize>) = order.into_iter().partition(states);
    contents.into_iter().chain(stated).collect()
}

/// The calls of a batch, each as the range of its records; a batch that was pulled is one page.
fn calls(counts: &[usize], records: usize) -> Vec<(usize, usize)> {
    if counts.is_empty() {
        return vec![(0, records)];
    }
    let mut from = 0;
    let ranges = counts.iter().map(|count| {
        let range = (from, (from + count).min(records));
        from = range.1;
        range
    });
    ranges.collect()
}

/// In the order of their ids, so that the order of arrival within a batch decides nothing; records of one id or about one number keep
/// theirs, in the places that they have together.
fn order(records: &[Normalized]) -> Vec<usize> {
    let about = |at: &usize| match &records.get(*at)?.applied.mapped {
        Mapped::Complaint(complaint) => Some(complaint.number.as_str()),
        Mapped::FollowUp(said) => Some(said.about.as_str()),
        Mapped::Stated | Mapped::Quarantined | Mapped::Discarded(_) => None,
    };
    let mut arrived: HashMap<&str, VecDeque<usize>> = HashMap::new();
    for at in 0..records.len() {
        if let Some(number) = about(&at) {
            arrived.entry(number).or_default().push_back(at);
        }
    }
    let mut order: Vec<usize> = (0..records.len()).collect();
    order.sort_by_key(|at| records.get(*at).map(|record| &record.record_id));
    let in_turn = |at: usize| about(&at).and_then(|number| arrived.get_mut(number)?.pop_front()).unwrap_or(at);
    order.into_iter().map(in_turn).collect()
}

/// Marks the records of one call that have one number and different content, by all of that: the same records that are delivered again
/// have the same mark.
fn mark_clashes(intake: &Intake, (from, to): (usize, usize), vault: &Vault, marks: &mut [Option<FileMark>]) {
    let mut of_number: HashMap<&str, Vec<usize>> = HashMap::new();
    for at in from..to {
        if let Some(complaint) = intake.records.get(at).and_then(number) {
            of_number.entry(&complaint.number).or_default().push(at);
        }
    }
    for (number_of_all, places) in of_number {
        let records: Vec<&Normalized> = places.iter().filter_map(|at| intake.records.get(*at)).collect();
        let mut contents = records.iter().filter_map(|record| number(record));
        let first = contents.next();
        if contents.all(|other| Some(other) == first) {
            continue;
        }
        let mut text = format!("{}\u{0}{number_of_all}", intake.channel);
        for byte in records.iter().flat_map(|record| record.digest) {
            text.push_str(&format!("{byte:02x}"));
        }
        let mark = FileMark(vault.hash("at once", &text));
        for at in places {
            if let Some(place) = marks.get_mut(at) {
                *place = Some(mark);
            }
        }
    }
}

/// The complaint that a record is mapped to. A word about an earlier one, or what is set aside or discarded, has no number that
/// could clash.
pub(super) fn number(record: &Normalized) -> Option<&Complaint> {
    match &record.applied.mapped {
        Mapped::Complaint(complaint) => Some(complaint),
        Mapped::FollowUp(_) | Mapped::Stated | Mapped::Quarantined | Mapped::Discarded(_) => None,
    }
}

/// Whether a record that was set aside because of what it came with now comes without that: then it is what its source says of its
/// number, and is decided again.
pub(super) fn comes_alone_now(latest: &RawView, record: &Normalized, mark: Option<FileMark>) -> bool {
    let was_marked = latest.state == RawState::Quarantined && latest.source_file.is_some();
    was_marked && mark.is_none() && !latest.erased && matches!(record.applied.mapped, Mapped::Complaint(_))
}

/// Whether a record that was set aside because its complaint was not there comes again: by now that may have come.
pub(super) fn waits_for_its_complaint(latest: &RawView, record: &Normalized) -> bool {
    latest.state == RawState::Quarantined && !latest.erased && record.applied.mapped == Mapped::Stated
}
