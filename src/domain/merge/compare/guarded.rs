//! Which guard holds for a pair.

use super::Compared;
use crate::merge::comparison::{NumberLevel, PlaceLevel};
use crate::merge::guard::Guard;

/// Cosine from which two texts count as copies of each other.
const NEAR_COPY_COSINE: f32 = 0.45;
/// Cosine below which two texts of different topics are two matters, whatever they share.
const UNLIKE_COSINE: f32 = 0.1;
/// Cosine from which the text alone is something concrete in common, where it shares [`MIN_RARE_IN_COMMON`] too.
const ANCHOR_COSINE: f32 = 0.4;
/// Fewest rare tokens that two texts must share before their likeness counts: the bare name of a category is no matter.
const MIN_RARE_IN_COMMON: u32 = 2;

/// The first guard of a pair alone, whatever its ticket. What the source itself marks as a repeat has none.
pub(in crate::merge) fn guard_of(pair: &Compared) -> Option<Guard> {
    if pair.source_mark {
        return None;
    }
    if pair.number == Some(NumberLevel::DifferentInTitles) {
        return Some(Guard::DifferentNumbersInTitles);
    }
    if pair.district_differs {
        return Some(Guard::DifferentDistricts);
    }
    if pair.topic_differs && pair.cosine < UNLIKE_COSINE {
        return Some(Guard::AnotherTopic);
    }
    if pair.cosine >= NEAR_COPY_COSINE && (pair.swapped || pair.conflicting_numbers) {
        return Some(Guard::NearCopyOfAnotherPlace);
    }
    (!is_anchored(pair)).then_some(Guard::NothingConcreteInCommon)
}

/// Whether a pair has something concrete in common.
fn is_anchored(pair: &Compared) -> bool {
    matches!(pair.place, Some(PlaceLevel::Mentioned | PlaceLevel::Same | PlaceLevel::SameInTitles))
        || matches!(pair.number, Some(NumberLevel::Same | NumberLevel::SameInTitles))
        || pair.same_reporter
        || pair.titles_agree
        || pair.near
        || (pair.cosine >= ANCHOR_COSINE && pair.rare_in_common >= MIN_RARE_IN_COMMON)
}
