//! Keys of several common shingles together.
//!
//! A shingle that so many complaints have that its lists are full finds nobody. Several such shingles together are rare
//! again. Which of them are taken together is drawn by MinHash (Broder, 1997) in bands, as in locality-sensitive hashing:
//! two complaints whose common shingles have the Jaccard similarity J share a band of r rows with probability J^r.

use super::super::reading::{FORMS, mix};
use super::postings::{Key, low};

/// Fewest common shingles that are taken together.
const FEWEST_COMMON: usize = 4;
/// Common is what tells less. It does not depend on which lists are full: a complaint that came when few were is drawn from as
/// one that comes when many are. What tells more has fewer than one complaint in a thousand (ln 1,100), and only one of two
/// versions, when it is a slip.
const COMMON_TELLS: f32 = 7.0;
/// Rows of the shortest form of a band; every longer form has one more.
const FEWEST_ROWS: usize = 2;
/// Rows of the longest form.
const ROWS: usize = FEWEST_ROWS + FORMS - 1;

/// `most` keys, each with forms of two to five rows, from a complaint's keys, of which so many found no room; none when these
/// are too few.
pub(super) fn bands(keys: &[Key], without_room: usize, most: usize) -> Vec<[u32; FORMS]> {
    if without_room < FEWEST_COMMON {
        return Vec::new();
    }
    let common = keys.iter().filter(|key| key.weight < COMMON_TELLS);
    let common: Vec<u32> = common.map(|Key { forms: [short, ..], .. }| *short).collect();
    if common.len() < FEWEST_COMMON {
        return Vec::new();
    }
    (0..most).map(|band| forms(&common, band)).collect()
}

fn forms(common: &[u32], band: usize) -> [u32; FORMS] {
    let mut key = 0;
    let mut forms = [0; FORMS];
    for row in 0..ROWS {
        let salt = low(mix(u64::try_from(band * ROWS + row + 1).unwrap_or_default()));
        key = mix(key ^ u64::from(first(common, salt)));
        if let Some(form) = row.checked_sub(FEWEST_ROWS - 1).and_then(|at| forms.get_mut(at)) {
            *form = low(key).max(1);
        }
    }
    forms
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
        numbers.map(|number| Key { forms: [low(mix(number)), 0, 0, 0], weight: 3.0 }).collect()
    }

    /// Both share 40 of 60 shingles: J = 2/3. Of many bands of r rows J^r agree, within four standard errors.
    #[test]
    fn bands_agree_as_often_as_theory_says() {
        let most = 4_000;
        let (ours, theirs) = (bands(&keys(1..51), 50, most), bands(&keys(11..61), 50, most));
        for (form, rows) in (2_u8..).zip(0..FORMS).map(|(rows, form)| (form, i32::from(rows))) {
            let agree = ours.iter().zip(&theirs).filter(|(ours, theirs)| ours[form] == theirs[form]).count();
            let (expected, most) = ((40.0_f64 / 60.0).powi(rows), f64::from(u32::try_from(most).unwrap()));
            let share = f64::from(u32::try_from(agree).unwrap()) / most;
            let error = (expected * (1.0 - expected) / most).sqrt();
            assert!((share - expected).abs() < 4.0 * error, "{rows} rows: {share} of {expected}");
        }
    }

    #[test]
    fn too_few_are_not_taken_together() {
        assert!(bands(&keys(1..4), 3, 8).is_empty());
        assert!(bands(&keys(1..50), 3, 8).is_empty(), "most have room");
        assert_eq!(bands(&keys(1..5), 4, 8).len(), 8);
    }

    /// What one of two versions has because of a slip changes nothing.
    #[test]
    fn what_tells_much_is_not_taken_together() {
        let slip = Key { forms: [1, 0, 0, 0], weight: 9.0 };
        let with_slip: Vec<Key> = keys(1..51).into_iter().chain([slip]).collect();
        assert_eq!(bands(&with_slip, 50, 64), bands(&keys(1..51), 50, 64));
        assert!(bands(&[slip; 9], 9, 8).is_empty());
    }
}
