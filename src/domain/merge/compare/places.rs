//! The places of a pair: names, addresses, districts, points.

use super::super::comparison::{Comparison, DistrictLevel, PlaceLevel};
use super::super::finding::{Finding, Shown};
use super::super::reading::{Facts, NameView};
use super::super::search::{Document, Query};
use super::super::weights::Weights;
use crate::complaint::Division;

/// Distance (m) from which two points are two places, whatever the words say.
const APART_M: f64 = 500.0;

/// Which names of each side the other side mentions.
pub(super) struct NamesInCommon<'a> {
    ours: Vec<(NameView<'a>, bool)>,
    theirs: Vec<(NameView<'a>, bool)>,
}

impl<'a> NamesInCommon<'a> {
    pub(super) fn new(query: &Query<'a>, document: &'a Document) -> Self {
        let profile = query.profile;
        let ours = profile.facts.names.iter().zip(&query.name_tokens);
        let ours = ours.map(|(name, tokens)| (name, document.mentions(tokens))).collect();
        let theirs = document.facts.names.iter().map(|name| (name, profile.flat.contains(name.called()))).collect();
        Self { ours, theirs }
    }

    /// Where both sides name places; `None` where that is no evidence.
    pub(super) fn place_level(&self) -> Option<PlaceLevel> {
        let of = |names: &[(NameView<'a>, bool)]| {
            names.iter().filter(|(name, _)| name.specific).copied().collect::<Vec<_>>()
        };
        let (ours, theirs) = (of(&self.ours), of(&self.theirs));
        let in_title = |names: &[(NameView<'a>, bool)]| names.iter().any(|(name, _)| name.in_title);
        let mentioned = |names: &[(NameView<'a>, bool)]| names.iter().any(|(_, mentioned)| *mentioned);
        if ours.is_empty() || theirs.is_empty() {
            let named = if ours.is_empty() { &theirs } else { &ours };
            return (in_title(named) && mentioned(named)).then_some(PlaceLevel::Mentioned);
        }
        let titles = in_title(&ours) && in_title(&theirs);
        if ours.iter().any(|(x, _)| theirs.iter().any(|(y, _)| x.is_same(y))) {
            return Some(if titles { PlaceLevel::SameInTitles } else { PlaceLevel::Same });
        }
        Some(match (mentioned(&ours), mentioned(&theirs)) {
            (true, true) => PlaceLevel::Same,
            (true, false) | (false, true) => PlaceLevel::Mentioned,
            (false, false) if titles => PlaceLevel::DifferentInTitles,
            (false, false) => PlaceLevel::Different,
        })
    }

    /// Whether each title names something that the other complaint does not mention, and the two names have little in common.
    pub(super) fn swapped(&self) -> bool {
        let foreign = |names: &[(NameView<'a>, bool)]| -> Vec<&'a str> {
            names.iter().filter(|(name, mentioned)| name.in_title && !mentioned).map(|(name, _)| name.core).collect()
        };
        let (ours, theirs) = (foreign(&self.ours), foreign(&self.theirs));
        ours.iter().any(|a| theirs.iter().any(|b| unlike(a, b)))
    }
}

/// Whether two names share less than half of the characters of the shorter one.
fn unlike(a: &str, b: &str) -> bool {
    let shared = a.chars().filter(|c| b.contains(*c)).count();
    shared * 2 < a.chars().count().min(b.chars().count())
}

pub(super) fn place(level: PlaceLevel, weights: &Weights) -> Option<Finding> {
    let shown = match level {
        PlaceLevel::DifferentInTitles | PlaceLevel::Different => Shown::BothNames,
        PlaceLevel::Mentioned | PlaceLevel::Same | PlaceLevel::SameInTitles => Shown::OneName,
    };
    Finding::new(Comparison::Place, level as usize, weights, shown)
}

pub(super) fn district(level: DistrictLevel, weights: &Weights) -> Option<Finding> {
    Finding::new(Comparison::District, level as usize, weights, Shown::Nothing)
}

pub(super) fn address(ours: &Facts, theirs: &Facts, weights: &Weights) -> Option<Finding> {
    let level = ours.address.as_deref()?.compare(theirs.address.as_deref()?)?;
    Finding::new(Comparison::Address, level as usize, weights, Shown::Nothing)
}

pub(super) fn distance(metres: f64, weights: &Weights) -> Option<Finding> {
    Finding::measured(Comparison::Distance, metres, weights, Shown::Metres(metres))
}

/// How far apart two points are, in metres; `None` where a side has none.
pub(super) fn metres(ours: &Facts, theirs: &Facts) -> Option<f64> {
    ours.point.zip(theirs.point).map(|(here, there)| here.metres_to(there))
}

/// Whether both complaints have points, and these are two places whatever the words say.
pub(in crate::merge) fn far_apart(ours: &Facts, theirs: &Facts) -> bool {
    metres(ours, theirs).is_some_and(|metres| metres >= APART_M)
}

/// Whether two complaints' districts are the same; `None` where one is unknown, or holds the other: the one complaint then
/// only says more than the other.
pub(in crate::merge) fn district_level(ours: &Facts, theirs: &Facts) -> Option<DistrictLevel> {
    ours.district.zip(theirs.district).and_then(|(ours, theirs)| between(ours, theirs))
}

fn between(a: Division, b: Division) -> Option<DistrictLevel> {
    match (a.holds(b), b.holds(a)) {
        (true, true) => Some(DistrictLevel::Same),
        (false, false) => Some(DistrictLevel::Different),
        _ => None,
    }
}
