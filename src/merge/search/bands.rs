//! Keys of several common shingles together.
//!
//! A shingle that so many complaints have that its lists are full finds nobody. Several such shingles together are rare
//! again. Which of them are taken together is drawn by MinHash (Broder, 1997) in bands, as in locality-sensitive hashing:
//! two complaints whose common shingles have the Jaccard similarity J share a band of r rows with probability J^r.

use super::super::reading::{FORMS, mix};
use super::postings::low;

/// Fewest common shingles that are taken together.
const FEWEST_COMMON: usize = 4;
/// Rows of the shortest form of a band; every longer form has one more.
const FEWEST_ROWS: usize = 2;
/// Rows of the longest form.
const ROWS: usize = FEWEST_ROWS + FORMS - 1;

/// `most` keys, each with forms of two to five rows, from a complaint's common shingles; none when they are too few.
pub(super) fn bands(common: &[[u32; FORMS]], most: usize) -> Vec<[u32; FORMS]> {
    if common.len() < FEWEST_COMMON {
        return Vec::new();
    }
    let common: Vec<u32> = common.iter().map(|[short, ..]| *short).collect();
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

    fn shingles(numbers: impl Iterator<Item = u64>) -> Vec<[u32; FORMS]> {
        numbers.map(|number| [low(mix(number)), 0, 0, 0]).collect()
    }

    /// Both share 40 of 60 shingles: J = 2/3. Of many bands of r rows J^r agree, within four standard errors.
    #[test]
    fn bands_agree_as_often_as_theory_says() {
        let most = 4_000;
        let (ours, theirs) = (bands(&shingles(1..51), most), bands(&shingles(11..61), most));
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
        assert!(bands(&shingles(1..4), 8).is_empty());
        assert_eq!(bands(&shingles(1..5), 8).len(), 8);
    }
}
