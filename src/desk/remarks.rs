//! What the mapping remarked on records that were accepted all the same, as it is kept.

use jiff::Timestamp;

use super::view::{Origin, Placed};
use crate::mapping::Warning;
use crate::mask::mask_sample;
use crate::store::{RawState, WarningRow};

/// Most warnings kept of one record.
const MAX_WARNINGS: usize = 32;
/// Longest value kept with a warning, in characters, digits masked; the raw record has all of it.
const MAX_VALUE_CHARS: usize = 200;

/// The warnings to keep of a record that was placed: none where its problems are kept with the quarantine, or where nothing of
/// it may stay.
pub(super) fn kept(
    of: Origin<'_>,
    placed: &Placed,
    warnings: &[Warning],
    at: Timestamp,
) -> impl Iterator<Item = WarningRow> {
    let most = match placed.state {
        RawState::Quarantined | RawState::Erased => 0,
        _ => MAX_WARNINGS,
    };
    warnings.iter().take(most).map(move |warning| {
        let (file, line, column) = &warning.place;
        WarningRow {
            raw_id: of.raw_id,
            channel: of.channel.to_owned(),
            at,
            field: warning.field.clone(),
            place: format!("{file}:{line}:{column}"),
            zh: warning.zh.clone(),
            en: warning.en.clone(),
            value: warning.value.as_ref().map(|value| {
                // Masked before it is cut, so that no number is shown as two shorter ones.
                mask_sample(&warning.field, value).chars().take(MAX_VALUE_CHARS).collect()
            }),
        }
    })
}
