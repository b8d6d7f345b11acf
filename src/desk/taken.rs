//! What became of a batch: the outcomes that its source is told, and the fates that the gateway counts.

use huiliu_adapter_api::{FileReading, Outcome, OutcomeState, SheetReading};
use jiff::Timestamp;

use super::view::Placed;
use crate::mapping::Normalized;
use crate::store::{FileCounts, FileMark, RawState, RawView, SourceFileRow, SourceFileState, SourceSheet, Vault};

/// What the desk made of a batch, in the order of its records.
#[derive(Debug, Clone, Default)]
pub struct Taken {
    /// What the source is told of each.
    pub outcomes: Vec<Outcome>,
    /// What became of each.
    pub fates: Vec<Fate>,
}

/// What became of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It made a complaint, or said something about an earlier one.
    Taken,
    /// It changed a complaint.
    Amended,
    /// It was there before with the same content; nothing changed.
    Repeated,
    /// It went into quarantine.
    SetAside,
    /// A rule keeps it from being a complaint, or its complaint was erased.
    Discarded,
}

impl Fate {
    pub(super) fn of(placed: &Placed) -> Self {
        match placed.state {
            RawState::Amendment | RawState::FollowUp if placed.unchanged => Self::Repeated,
            RawState::Complaint | RawState::FollowUp => Self::Taken,
            RawState::Amendment => Self::Amended,
            RawState::Quarantined => Self::SetAside,
            RawState::Discarded | RawState::Erased => Self::Discarded,
            RawState::Received => Self::Repeated,
        }
    }
}

/// The mark of a source file of a channel.
pub(super) fn mark(vault: &Vault, channel: &str, file: &FileReading) -> FileMark {
    let FileReading { name, size, modified_ms, .. } = file;
    FileMark(vault.hash("source file", &format!("{channel}\u{0}{name}\u{0}{size}\u{0}{modified_ms}")))
}

/// What reading a file has come to with a batch of these fates.
pub(super) fn source_file(
    channel: &str,
    mark: FileMark,
    file: &FileReading,
    fates: &[Fate],
    at: Timestamp,
) -> SourceFileRow {
    let mut counts = FileCounts::default();
    for fate in fates {
        match fate {
            Fate::Taken => counts.taken += 1,
            Fate::Amended => counts.amended += 1,
            Fate::Repeated => counts.repeated += 1,
            Fate::SetAside => counts.set_aside += 1,
            Fate::Discarded => counts.discarded += 1,
        }
    }
    let sheet = |sheet: &SheetReading| {
        let SheetReading { name, rows, left_out } = sheet.clone();
        SourceSheet { name, rows, left_out }
    };
    let state = match (&file.failure, file.complete) {
        (Some(_), _) => SourceFileState::Failed,
        (None, true) => SourceFileState::Done,
        (None, false) => SourceFileState::Reading,
    };
    SourceFileRow {
        channel: channel.to_owned(),
        mark,
        name: file.name.clone(),
        size_bytes: file.size,
        modified_at: Timestamp::from_millisecond(file.modified_ms).unwrap_or(Timestamp::UNIX_EPOCH),
        at,
        state,
        rows: file.rows,
        counts,
        sheets: file.sheets.iter().map(sheet).collect(),
        failure: file.failure.clone(),
        notices: file.notices.clone(),
    }
}

/// The outcome of a record that is the same as one before it in its batch.
pub(super) fn again(before: Option<&(OutcomeState, Fate)>) -> OutcomeState {
    match before {
        Some((OutcomeState::Accepted { receipt_number } | OutcomeState::Amended { receipt_number }, _)) => {
            OutcomeState::Repeated { receipt_number: Some(receipt_number.clone()) }
        }
        Some((other, _)) => other.clone(),
        None => OutcomeState::Repeated { receipt_number: None },
    }
}

/// The outcome of a record that was placed now.
pub(super) fn outcome(placed: &Placed) -> OutcomeState {
    let receipt = placed.complaint.as_ref().map(|head| head.receipt.clone());
    match (placed.state, receipt) {
        (RawState::Complaint, Some(receipt_number)) => OutcomeState::Accepted { receipt_number },
        (RawState::Quarantined, _) => OutcomeState::Quarantined { reason: placed.reason() },
        (RawState::Discarded, _) => OutcomeState::Discarded { rule: placed.rule.clone().unwrap_or_default() },
        (RawState::Erased, _) => OutcomeState::Discarded { rule: ERASED_RULE.to_owned() },
        (RawState::Amendment, Some(receipt_number)) if !placed.unchanged => OutcomeState::Amended { receipt_number },
        (RawState::FollowUp, Some(receipt_number)) if !placed.unchanged => OutcomeState::FollowUp { receipt_number },
        (_, receipt_number) => OutcomeState::Repeated { receipt_number },
    }
}

/// What a source is told of a record whose complaint was erased.
const ERASED_RULE: &str = "erased";

/// The outcome of a record that was there before with the same content.
pub(super) fn repeated(latest: &RawView, record: &Normalized) -> OutcomeState {
    match latest.state {
        RawState::Quarantined => {
            let told = record.applied.warnings.last().map(|warning| warning.zh.clone());
            let reason = told.unwrap_or_else(|| "内容相同的记录已在待修复中".to_owned());
            OutcomeState::Quarantined { reason }
        }
        RawState::Discarded => OutcomeState::Discarded { rule: latest.rule.clone().unwrap_or_default() },
        RawState::Erased => OutcomeState::Discarded { rule: ERASED_RULE.to_owned() },
        _ => OutcomeState::Repeated { receipt_number: latest.receipt.clone() },
    }
}
