//! Whether records come newest first. Only then does the watermark say that all that follows was read.

use super::State;
use crate::page::{Entry, PageRead};

impl State {
    /// Whether the watermark says nothing.
    pub(super) fn is_disordered(&self) -> bool {
        self.disordered || self.pass.rises
    }

    /// Notes whether a record of the page comes after one of a lower order. Records that were seen have moved, and say nothing;
    /// nor do those that a source pins to the top of its list.
    pub(super) fn judge_order(&mut self, page: &PageRead) {
        let unseen = |entry: &&Entry| !self.was_seen(entry);
        let orders: Vec<i64> = page.entries.iter().filter(unseen).filter_map(|entry| entry.order).collect();
        let pinned = if self.at_front() { pinned(&orders) } else { 0 };
        let after = self.pass.last_order.into_iter().chain(orders.iter().skip(pinned).copied());
        self.pass.rises |= !after.is_sorted_by(|before, after| before >= after);
        self.pass.last_order = orders.last().copied().or(self.pass.last_order);
    }

    /// Whether all that follows the page was read in an earlier pass. The last record decides: an old thread pinned to the top of
    /// the list is not the end of what is new.
    pub(super) fn reaches_watermark(&self, page: &PageRead) -> bool {
        let last = page.entries.iter().rev().find_map(|entry| entry.order);
        !self.pass.tail
            && !self.is_disordered()
            && last.zip(self.watermark).is_some_and(|(last, watermark)| last <= watermark)
    }
}

/// How many records at the top of a list are out of the order of the others, as pinned ones are: those before the only rise, or
/// before the last one if the greater part follows it.
fn pinned(orders: &[i64]) -> usize {
    let rises: Vec<usize> =
        orders.windows(2).enumerate().filter(|(_, pair)| pair.first() < pair.last()).map(|(at, _)| at + 1).collect();
    match rises.last() {
        Some(&last) if rises.len() == 1 || last * 2 <= orders.len() => last,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::pinned;

    #[test]
    fn pinned_records_are_told_from_disorder() {
        let table: &[(&[i64], usize)] = &[
            (&[], 0),
            (&[9, 8, 7], 0),
            (&[3, 9, 8, 7], 1),
            (&[3, 5, 9, 8, 7], 2),
            (&[7, 5, 9, 8], 2),
            (&[1, 2, 3, 4], 0),
            (&[9, 3, 8, 2, 7], 0),
        ];
        for (orders, expected) in table {
            assert_eq!(pinned(orders), *expected, "{orders:?}");
        }
    }
}
