//! Measuring masking on labelled texts: what `huiliu evaluate masking` does. A label is an exact piece of a text that must be hidden.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use serde::Deserialize;

use crate::mask::{Found, PersonalData, find};

/// A text to be masked.
#[derive(Debug, Clone, Deserialize)]
pub struct MaskedText {
    /// Its id.
    pub id: String,
    /// Name of the reporter, as a source gives it in a field of its own; may be empty.
    #[serde(default)]
    pub reporter_name: String,
    /// The text.
    pub text: String,
}

/// A piece of a text that is personal data.
#[derive(Debug, Clone, Deserialize)]
pub struct MaskLabel {
    /// Id of the text.
    pub id: String,
    /// Its kind: one of [`PersonalData::name`]; `own_name` counts as `name`; others are measured under their own name.
    pub kind: String,
    /// The piece; where it stands several times in the text, one label each.
    pub text: String,
}

/// Figures of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MaskFigures {
    /// Labels.
    pub labels: usize,
    /// Labels that were hidden, at least half of each.
    pub hidden: usize,
    /// Pieces that were hidden as this kind.
    pub found: usize,
    /// Of those, pieces that no label covers.
    pub unlabelled: usize,
}

impl MaskFigures {
    /// Share of the labels that were hidden, 0 to 1; `None` without labels.
    #[must_use]
    pub fn recall(&self) -> Option<f64> {
        share(self.hidden, self.labels)
    }

    /// Share of what was hidden that is labelled, 0 to 1; `None` where nothing was hidden.
    #[must_use]
    pub fn precision(&self) -> Option<f64> {
        share(self.found - self.unlabelled, self.found)
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    let float = |count: usize| u32::try_from(count).map_or(f64::MAX, f64::from);
    (whole > 0).then(|| float(part) / float(whole))
}

/// What masking did on labelled texts.
#[derive(Debug, Clone, Default)]
pub struct MaskMeasured {
    /// Figures by kind.
    pub kinds: BTreeMap<String, MaskFigures>,
    /// Labels that were not hidden: id, kind, piece.
    pub missed: Vec<MaskLabel>,
    /// Pieces that were hidden without a label.
    pub unlabelled: Vec<MaskLabel>,
    /// Labels whose piece does not stand in their text: mistakes of the list.
    pub strange: Vec<MaskLabel>,
}

/// Reads a CSV file with a heading.
///
/// # Errors
/// The file cannot be read, or a row lacks a column.
pub fn read_masking_rows<T: for<'de> Deserialize<'de>>(file: &Path) -> Result<Vec<T>, csv::Error> {
    csv::Reader::from_path(file)?.deserialize().collect()
}

/// Masks every text and compares with the labels.
#[must_use]
pub fn measure_masking(texts: &[MaskedText], labels: &[MaskLabel]) -> MaskMeasured {
    let mut measured = MaskMeasured::default();
    for text in texts {
        let found = find(&text.text, &[text.reporter_name.trim()]);
        let mut covered: Vec<Range<usize>> = Vec::new();
        let mut after: BTreeMap<&str, usize> = BTreeMap::new();
        for label in labels.iter().filter(|label| label.id == text.id) {
            let from = after.get(label.text.as_str()).copied().unwrap_or_default();
            let place =
                text.text.get(from..).and_then(|rest| rest.find(&label.text)).filter(|_| !label.text.is_empty());
            let Some(start) = place.map(|at| from + at) else {
                measured.strange.push(label.clone());
                continue;
            };
            let range = start..start + label.text.len();
            after.insert(&label.text, range.end);
            let hidden: usize = found.iter().map(|found| overlap(&found.range, &range)).sum();
            let figures = measured.kinds.entry(kind_of(&label.kind)).or_default();
            figures.labels += 1;
            if hidden * 2 >= range.len() {
                figures.hidden += 1;
            } else {
                measured.missed.push(label.clone());
            }
            covered.push(range);
        }
        for Found { kind, range } in found {
            let figures = measured.kinds.entry(kind.name().to_owned()).or_default();
            figures.found += 1;
            if covered.iter().all(|label| overlap(label, &range) == 0) {
                figures.unlabelled += 1;
                let piece = text.text.get(range).unwrap_or_default().to_owned();
                measured.unlabelled.push(MaskLabel { id: text.id.clone(), kind: kind.name().to_owned(), text: piece });
            }
        }
    }
    measured
}

/// The reporter's own name is a name like any other to whoever masks it.
fn kind_of(kind: &str) -> String {
    if kind == "own_name" { PersonalData::Name.name().to_owned() } else { kind.to_owned() }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> usize {
    a.end.min(b.end).saturating_sub(a.start.max(b.start))
}
