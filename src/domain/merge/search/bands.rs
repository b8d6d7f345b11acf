//! Keys of several common shingles together.
//!
//! The posting lists of a very common shingle are full and find nothing. Several such shingles together are rare
//! again. Which of them are taken together is drawn by MinHash (Broder, 1997) in bands, as in locality-sensitive hashing:
//! two complaints whose common shingles have the Jaccard similarity J share a band of r rows with probability J^r.

use super::super::reading::{PREFIXES, mix};
use super::postings::{Key, low};

/// Fewest common shingles that bands are drawn from.
const MIN_COMMON: usize = 4;
/// A shingle is common if its weight, about ln(N/n), is below this: more than one complaint in 1,100 has it. The bound does not
/// depend on which lists are full, so that two versions of a text draw the same bands however much was listed in between. A
/// rarer shingle may be a misspelling that only one of them has.
const COMMON_BELOW: f32 = 7.0;
/// Rows of a band's shortest prefix; every longer one has one row more.
const MIN_ROWS: usize = 2;
/// Rows of a band's longest prefix.
const ROWS: usize = MIN_ROWS + PREFIXES - 1;

/// At most `limit` bands, each with prefixes of two to five rows, drawn from the common ones among a complaint's keys. None when
/// fewer than [`MIN_COMMON`] keys are common, or have full posting lists (`full` of them).
pub(super) fn bands(keys: &[Key], full: usize, limit: usize) -> Vec<[u32; PREFIXES]> {
    if full < MIN_COMMON {
        return Vec::new();
    }
    let common = keys.iter().filter(|key| key.weight < COMMON_BELOW);
    let common: Vec<u32> = common.map(|Key { prefixes: [short, ..], .. }| *short).collect();
    if common.len() < MIN_COMMON {
        return Vec::new();
    }
    (0..limit).map(|band| prefixes(&common, band)).collect()
}

fn prefixes(common: &[u32], band: usize) -> [u32; PREFIXES] {
    let mut key = 0;
    let mut prefixes = [0; PREFIXES];
    for row in 0..ROWS {
        let salt = low(mix(u64::try_from(band * ROWS + row + 1).unwrap_or_default()));
        key = mix(key ^ u64::from(first(common, salt)));
        if let Some(prefix) = row.checked_sub(MIN_ROWS - 1).and_then(|at| prefixes.get_mut(at)) {
            *prefix = low(key).max(1);
        }
    }
    prefixes
}

/// The shingle that comes first in one of the orders: shingles are hashes, and an order is that of their exclusive or with
/// a salt.
fn first(common: &[u32], salt: u32) -> u32 {
    common.iter().map(|shingle| shingle ^ salt).min().unwrap_or_default() ^ salt
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(numbers: impl Iterator<Item = u64>) -> Vec<Key> {
        numbers.map(|number| Key { prefixes: [low(mix(number)), 0, 0, 0], weight: 3.0 }).collect()
    }

    /// Both share 40 of 60 shingles: J = 2/3. Of many bands of r rows J^r agree, within four standard errors.
    #[test]
    fn bands_agree_as_often_as_theory_says() {
        let most = 4_000;
        let (ours, theirs) = (bands(&keys(1..51), 50, most), bands(&keys(11..61), 50, most));
        for (prefix, rows) in (2_u8..).zip(0..PREFIXES).map(|(rows, prefix)| (prefix, i32::from(rows))) {
            let agree = ours.iter().zip(&theirs).filter(|(ours, theirs)| ours[prefix] == theirs[prefix]).count();
            let (expected, most) = ((40.0_f64 / 60.0).powi(rows), f64::from(u32::try_from(most).unwrap()));
            let share = f64::from(u32::try_from(agree).unwrap()) / most;
            let error = (expected * (1.0 - expected) / most).sqrt();
            assert!((share - expected).abs() < 4.0 * error, "{rows} rows: {share} of {expected}");
        }
    }

    #[test]
    fn too_few_common_shingles_make_no_bands() {
        assert!(bands(&keys(1..4), 3, 8).is_empty());
        assert!(bands(&keys(1..50), 3, 8).is_empty(), "most lists have capacity");
        assert_eq!(bands(&keys(1..5), 4, 8).len(), 8);
    }

    /// A misspelling that one of two versions has changes nothing.
    #[test]
    fn rare_shingles_are_in_no_band() {
        let slip = Key { prefixes: [1, 0, 0, 0], weight: 9.0 };
        let with_slip: Vec<Key> = keys(1..51).into_iter().chain([slip]).collect();
        assert_eq!(bands(&with_slip, 50, 64), bands(&keys(1..51), 50, 64));
        assert!(bands(&[slip; 9], 9, 8).is_empty());
    }
}
