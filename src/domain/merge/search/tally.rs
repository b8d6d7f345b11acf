//! Scores by complaint, for as many complaints as one search reads.

use super::memory::place;
use super::postings::Slot;

/// Places of the table, a power of two: twice as many as a search reads.
const PLACES: usize = 8_192;

/// A table of scores small enough for the processor's cache, whatever the number of complaints; used again for the next search.
#[derive(Debug, Default)]
pub(in crate::merge) struct Tally {
    /// A complaint's slot plus one (0: free), and its score; empty before the first search.
    places: Vec<(u32, f32)>,
    taken: Vec<usize>,
}

impl Tally {
    /// Capacity: most postings that may be added in one search.
    pub(super) const CAPACITY: usize = PLACES / 2;

    /// Reserves the table for a search.
    pub(super) fn begin(&mut self) {
        self.places.resize(PLACES, (0, 0.0));
    }

    /// Adds to a complaint's score.
    pub(super) fn add(&mut self, slot: Slot, score: f32) {
        let name = slot.wrapping_add(1);
        let mut at = place(name.wrapping_mul(0x9E37_79B1) >> (u32::BITS - PLACES.ilog2()));
        loop {
            match self.places.get_mut(at) {
                Some((known, sum)) if *known == name => return *sum += score,
                Some(place) if place.0 == 0 => {
                    *place = (name, score);
                    self.taken.push(at);
                    return;
                }
                _ => at = (at + 1) % PLACES,
            }
        }
    }

    /// The scores, and an empty table.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (f32, Slot)> {
        let places = &mut self.places;
        self.taken.drain(..).map(move |at| {
            let (name, score) = places.get_mut(at).map(std::mem::take).unwrap_or_default();
            (score, name.wrapping_sub(1))
        })
    }

    /// Heap bytes.
    pub(super) fn heap(&self) -> usize {
        self.places.capacity() * size_of::<(u32, f32)>() + self.taken.capacity() * size_of::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_added_up_and_taken_out() {
        let mut tally = Tally::default();
        for _ in 0..2 {
            tally.begin();
            // As many as may be, and a first and a last slot.
            let slots =
                (0..u32::try_from(Tally::CAPACITY).unwrap() - 1).map(|number| number * 97).chain([u32::MAX - 1]);
            let slots: Vec<Slot> = slots.collect();
            for slot in slots.iter().chain(&slots) {
                tally.add(*slot, 1.5);
            }
            let mut found: Vec<(f32, Slot)> = tally.drain().collect();
            found.sort_unstable_by_key(|(_, slot)| *slot);
            assert_eq!(found, slots.iter().map(|slot| (3.0, *slot)).collect::<Vec<_>>());
        }
    }
}
