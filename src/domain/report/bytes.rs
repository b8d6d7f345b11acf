//! A tally as bytes: a version, how many counts there are, the counts, and of each histogram the buckets that are not empty. Numbers are
//! LEB128. Counts are added at the end alone: a tally that was written before has fewer of them, and those it lacks are 0.

use std::collections::BTreeMap;

use super::histogram::LAST_BUCKET;
use super::{Histogram, Tally};

/// What the bytes begin with; another layout has another number.
const VERSION: u64 = 2;
/// The first layout did not say how many counts it has.
const FIRST_VERSION: u64 = 1;
const FIRST_COUNTS: usize = 16;

/// Bytes that are no tally of a known version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no tally of a version up to {VERSION}")]
pub struct NotATally;

impl Tally {
    /// It as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put(&mut bytes, VERSION);
        put(&mut bytes, u64::try_from(self.counts.len()).unwrap_or(u64::MAX));
        self.counts.iter().for_each(|count| put(&mut bytes, count.cast_unsigned()));
        for histogram in [&self.to_sign, &self.to_finish] {
            let buckets = histogram.buckets();
            put(&mut bytes, u64::try_from(buckets.len()).unwrap_or(u64::MAX));
            for (bucket, count) in buckets {
                put(&mut bytes, u64::from(bucket));
                put(&mut bytes, count);
            }
        }
        bytes
    }

    /// Reads the bytes.
    ///
    /// # Errors
    /// They are no tally, not whole, or have something behind them.
    pub fn from_bytes(mut bytes: &[u8]) -> Result<Self, NotATally> {
        let counts = match take(&mut bytes)? {
            FIRST_VERSION => FIRST_COUNTS,
            VERSION => usize::try_from(take(&mut bytes)?).map_err(|_too_many| NotATally)?,
            _ => return Err(NotATally),
        };
        let mut tally = Self::default();
        for count in tally.counts.get_mut(..counts).ok_or(NotATally)? {
            *count = take(&mut bytes)?.cast_signed();
        }
        tally.to_sign = take_histogram(&mut bytes)?;
        tally.to_finish = take_histogram(&mut bytes)?;
        if bytes.is_empty() { Ok(tally) } else { Err(NotATally) }
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        bytes.push(if number == 0 { low } else { low | 0x80 });
        if number == 0 {
            return;
        }
    }
}

fn take(bytes: &mut &[u8]) -> Result<u64, NotATally> {
    let mut number = 0_u64;
    for shift in (0..u64::BITS).step_by(7) {
        let (first, rest) = bytes.split_first().ok_or(NotATally)?;
        *bytes = rest;
        let part = u64::from(first & 0x7f);
        let placed = part << shift;
        if placed >> shift != part {
            return Err(NotATally);
        }
        number |= placed;
        if first & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(NotATally)
}

fn take_histogram(bytes: &mut &[u8]) -> Result<Histogram, NotATally> {
    let mut buckets = BTreeMap::new();
    for _ in 0..take(bytes)? {
        let bucket = u32::try_from(take(bytes)?).ok().filter(|bucket| *bucket <= LAST_BUCKET).ok_or(NotATally)?;
        buckets.insert(bucket, take(bytes)?);
    }
    Ok(Histogram::of_buckets(buckets))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_of_the_former_layout_has_the_first_counts() {
        let former = [&[1][..], &[7; FIRST_COUNTS], &[0, 0]].concat();
        let tally = Tally::from_bytes(&former).unwrap();
        let mut counts = [0; super::super::tally::COUNTS];
        counts[..FIRST_COUNTS].fill(7);
        assert_eq!(tally.counts, counts);
    }

    #[test]
    fn a_tally_comes_back_and_a_damaged_one_is_none() {
        let mut tally = Tally::default();
        for (at, count) in tally.counts.iter_mut().enumerate() {
            *count = (i64::try_from(at).unwrap() - 3) * 1_000_003;
        }
        [0, 5, 77, 86_400, u32::MAX].iter().for_each(|seconds| tally.to_sign.add(*seconds));
        (0..300).for_each(|seconds| tally.to_finish.add(seconds * 977));
        let bytes = tally.to_bytes();
        assert_eq!(Tally::from_bytes(&bytes), Ok(tally));
        for end in 0..bytes.len() {
            assert_eq!(Tally::from_bytes(&bytes[..end]), Err(NotATally), "cut after {end} bytes");
        }
        assert_eq!(Tally::from_bytes(&[&bytes[..], &[0]].concat()), Err(NotATally));
        assert_eq!(Tally::from_bytes(&[3]), Err(NotATally), "another version");
        assert_eq!(Tally::from_bytes(&[2, 99]), Err(NotATally), "more counts than are known");
        assert_eq!(Tally::from_bytes(&[0xff; 40]), Err(NotATally), "a number that is too large");
    }

    #[test]
    fn tallies_that_were_written_before_lack_what_is_counted_since() {
        let first: Vec<u8> = [vec![1], (1..=16).collect(), vec![0, 0]].concat();
        let tally = Tally::from_bytes(&first).unwrap();
        assert_eq!(tally.counts[..16], (1..=16).collect::<Vec<i64>>()[..]);
        let (fewer, none) = ([2, 3, 7, 8, 9, 0, 0], [2, 0, 0, 0]);
        assert_eq!(Tally::from_bytes(&fewer).unwrap().counts[..4], [7, 8, 9, 0]);
        assert_eq!(Tally::from_bytes(&none), Ok(Tally::default()));
    }
}
