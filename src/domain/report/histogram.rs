//! How durations are spread: counts in buckets whose width grows with the value, so that medians stay right when the values are gone.
//!
//! Each power of two has 32 buckets of equal width (the layout of HDR histograms with five bits), and a value is told as the
//! middle of its bucket: below 64 exactly, else at most 1/64 off. Whole numbers only: the same on every machine.

use std::collections::BTreeMap;

/// Bits of a value that its bucket keeps behind the first.
const BITS: u32 = 5;
/// Buckets of one power of two.
const SUB: u32 = 1 << BITS;
/// Number of the bucket of the largest value.
pub(super) const LAST_BUCKET: u32 = (32 - BITS) * SUB + SUB - 1;

/// Counts of values by bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram(BTreeMap<u32, u64>);

impl Histogram {
    /// Largest relative error of a quantile.
    pub const RELATIVE_ERROR: f64 = 1.0 / 64.0;

    /// Counts a value.
    pub fn add(&mut self, value: u32) {
        *self.0.entry(bucket(value)).or_default() += 1;
    }

    /// Counts everything that another has counted.
    pub fn merge(&mut self, other: &Self) {
        for (bucket, count) in &other.0 {
            let own = self.0.entry(*bucket).or_default();
            *own = own.saturating_add(*count);
        }
    }

    /// How many values were counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().fold(0, |total, count| total.saturating_add(*count))
    }

    /// The smallest value that `percent` of all values do not exceed (nearest rank), within [`Histogram::RELATIVE_ERROR`]; none
    /// of an empty one.
    #[must_use]
    pub fn quantile(&self, percent: u8) -> Option<u32> {
        let rank = (u128::from(self.total()) * u128::from(percent)).div_ceil(100).max(1);
        let mut passed = 0_u128;
        let reached = |(_, count): &(&u32, &u64)| {
            passed += u128::from(**count);
            passed >= rank
        };
        self.0.iter().find(reached).map(|(bucket, _)| middle(*bucket))
    }

    /// Its buckets that are not empty, in order, each with its count.
    pub(super) fn buckets(&self) -> impl ExactSizeIterator<Item = (u32, u64)> {
        self.0.iter().map(|(bucket, count)| (*bucket, *count))
    }

    /// One of these buckets.
    pub(super) fn of_buckets(buckets: BTreeMap<u32, u64>) -> Self {
        Self(buckets)
    }
}

fn bucket(value: u32) -> u32 {
    let Some(shift) = value.checked_ilog2().and_then(|power| power.checked_sub(BITS)) else { return value };
    shift * SUB + (value >> shift)
}

fn middle(bucket: u32) -> u32 {
    let Some(shift) = (bucket / SUB).checked_sub(1) else { return bucket };
    let lowest = (bucket % SUB + SUB) << shift;
    lowest + ((1 << shift) - 1) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_told_within_the_stated_error() {
        let mut values: Vec<u32> = (0..5_000).collect();
        values.extend((0..32).flat_map(|power| [1_u32 << power, (1 << power) - 1, (1 << power) + 1]));
        values.extend([u32::MAX, u32::MAX - 1, 86_400, 259_200]);
        for value in values {
            let (told, exact) = (f64::from(middle(bucket(value))), f64::from(value));
            assert!((told - exact).abs() <= exact * Histogram::RELATIVE_ERROR, "{value} is told as {told}");
            assert!(value >= 64 || told.total_cmp(&exact).is_eq(), "{value} is small and exact");
        }
        assert_eq!(bucket(u32::MAX), LAST_BUCKET);
    }

    #[test]
    fn buckets_are_in_the_order_of_their_values() {
        let mut before = 0;
        for value in (0..1_000_000).step_by(7) {
            assert!(bucket(value) >= before);
            before = bucket(value);
        }
    }

    #[test]
    fn quantiles_are_those_of_the_values_themselves() {
        // A fixed walk over many magnitudes.
        let mut state = 17_u64;
        let mut values: Vec<u32> = Vec::new();
        for _ in 0..10_001 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            values.push(u32::try_from((state >> 33) % (1 << (state >> 59))).unwrap());
        }
        let mut parts = [Histogram::default(), Histogram::default(), Histogram::default()];
        for (at, value) in values.iter().enumerate() {
            parts[at % 3].add(*value);
        }
        let mut whole = Histogram::default();
        parts.iter().for_each(|part| whole.merge(part));
        values.sort_unstable();
        for percent in [1, 50, 90, 99, 100] {
            let exact = f64::from(values[(values.len() * usize::from(percent)).div_ceil(100) - 1]);
            let told = f64::from(whole.quantile(percent).unwrap());
            assert!((told - exact).abs() <= exact * Histogram::RELATIVE_ERROR, "{percent} %: {told} for {exact}");
        }
        assert_eq!(whole.total(), 10_001);
        assert_eq!(Histogram::default().quantile(50), None);
    }
}
