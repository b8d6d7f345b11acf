//! Blocking: which open complaints a new one is compared with.

use super::super::reading::{PREFIXES, Profile};
use super::bands::bands;
use super::document::Document;
use super::grid::{cell, cell_key};
use super::index::{MAX_LISTED_KEYS, MergeIndex};
use super::memory::fetch;
use super::postings::{Key, MAX_LIST, Slot, low};
use super::query::{MAX_KEYS, Query, Shared};
use super::sketch::{Sketch, likenesses};
use super::tally::Tally;

const _: () = assert!(MAX_POSTINGS_READ <= Tally::CAPACITY);

/// Most postings read for one complaint, shortest lists first; the signatures of all of them are compared.
const MAX_POSTINGS_READ: usize = 3_072;
/// Complaints whose cosine is computed, highest scores first.
const RESCORED: usize = 64;
/// Complaints whose cosine is computed besides where bands are needed, likest signatures first.
const RESCORED_BY_SKETCH: usize = 32;
/// Factor of a key's weight where its list is full: low, for the list holds only those that arrived before it was full.
const FULL_LIST_WEIGHT: f32 = 0.5;
/// Most candidates from the neighbourhood, the nearest first.
const MAX_NEAR_CANDIDATES: usize = 10;
/// Most candidates from one reporter.
const MAX_REPORTER_CANDIDATES: usize = 10;

/// A posting list that may be read.
struct Listed<'a> {
    list: &'a [Slot],
    /// What each posting adds to a complaint's score.
    key_weight: f32,
    /// Read order: the lowest rank first.
    rank: usize,
}

impl MergeIndex {
    /// Blocking: the open complaints that a new one is compared with, best text match first, ties to the older one; then
    /// those of the same reporter and the one that the source marks.
    pub(in crate::merge) fn candidates(
        &self,
        query: &Query<'_>,
        limit: usize,
        tally: &mut Tally,
    ) -> Vec<(&Document, Shared)> {
        let found = self.found_by_shingles(query, tally);
        let found: Vec<&Document> = found.into_iter().filter_map(|slot| self.at(slot)).collect();
        fetch(found.iter().map(|document| document.touch()));
        let mut best: Vec<(f32, &Document, Shared)> = Vec::with_capacity(found.len());
        for document in found {
            let shared = query.shared_with(document);
            best.push((query.rank_score(document, &shared), document, shared));
        }
        best.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.key.cmp(&b.1.key)));
        best.truncate(limit);
        let mut best: Vec<_> = best.into_iter().map(|(_, document, shared)| (document, shared)).collect();
        for document in self.found_by_key(query.profile) {
            if !best.iter().any(|(known, _)| known.key == document.key) {
                best.push((document, query.shared_with(document)));
            }
        }
        best
    }

    fn found_by_shingles(&self, query: &Query<'_>, tally: &mut Tally) -> Vec<Slot> {
        let mut lists: Vec<Listed<'_>> = Vec::with_capacity(MAX_KEYS * 2);
        let (mut full, mut full_weight) = (0, 0.0);
        let keys = query.keys(&self.corpus);
        fetch(keys.iter().flat_map(|key| key.prefixes).map(|prefix| self.shingles.touch(prefix)));
        for Key { prefixes, weight } in keys {
            if !self.add_lists(prefixes, *weight, &mut lists) {
                full += 1;
                full_weight += weight;
            }
        }
        // A band weighs what one of the full keys weighs on average.
        let together = bands(keys, full, MAX_LISTED_KEYS);
        fetch(together.iter().flatten().map(|prefix| self.shingles.touch(*prefix)));
        for prefixes in &together {
            self.add_lists(prefixes, full_weight / length(full), &mut lists);
        }
        // Stable: lists of one rank stay in the order of the draw.
        lists.sort_by_key(|listed| listed.rank);
        tally.begin();
        let mut read = 0;
        for Listed { list, key_weight, .. } in lists {
            read += list.len();
            if read > MAX_POSTINGS_READ {
                break;
            }
            list.iter().for_each(|slot| tally.add(*slot, key_weight));
        }
        let mut found: Vec<Ranked> = tally.drain().map(|(score, slot)| ranked(score, slot)).collect();
        let alike = if together.is_empty() { Vec::new() } else { self.most_alike(query, &found) };
        keep_best(&mut found, RESCORED);
        found.extend(alike);
        let mut found: Vec<Slot> = found.into_iter().map(slot_of).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Those whose sketches are most like the query's.
    fn most_alike(&self, query: &Query<'_>, found: &[Ranked]) -> Vec<Ranked> {
        let own = query.sketch();
        let sketches =
            found.iter().map(|found| slot_of(*found)).filter_map(|slot| Some((slot, self.sketches.get(slot)?)));
        let (slots, sketches): (Vec<Slot>, Vec<&Sketch>) = sketches.unzip();
        fetch(sketches.iter().map(|sketch| sketch.count()));
        let alike = likenesses(&own, &sketches).into_iter().zip(slots);
        let mut alike: Vec<Ranked> = alike.map(|(likeness, slot)| ranked(likeness, slot)).collect();
        keep_best(&mut alike, RESCORED_BY_SKETCH);
        alike
    }

    /// Adds the posting lists of a key's prefixes, up to the first that never was full; whether there was such a one.
    fn add_lists<'a>(&'a self, prefixes: &[u32; PREFIXES], weight: f32, lists: &mut Vec<Listed<'a>>) -> bool {
        let first = lists.len();
        let mut has_capacity = false;
        for prefix in prefixes.iter().take_while(|prefix| **prefix != 0) {
            let list = self.shingles.get(*prefix);
            // Inverse document frequency: ln(N / n).
            let rarity = (length(self.slots.len() + 1) / length(list.len())).ln();
            let key_weight = weight * if list.len() < MAX_LIST { rarity } else { FULL_LIST_WEIGHT };
            lists.push(Listed { list, key_weight, rank: list.len() });
            // A list that was full may have lost a few since; later arrivals are listed under the longer prefix.
            has_capacity = list.len() < MAX_LIST / 2;
            if has_capacity {
                break;
            }
        }
        // A full list of a longer prefix holds a larger share of those that have it: read the longest first.
        let longer = if has_capacity { 0 } else { 2 };
        for (longer, listed) in (longer..).zip(lists.iter_mut().skip(first).rev()) {
            if listed.list.len() >= MAX_LIST {
                listed.rank = MAX_LIST + longer;
            }
        }
        has_capacity
    }

    /// The nearest complaints of the cells around a point; photographs with a place have hardly any words.
    fn found_nearby(&self, profile: &Profile) -> Vec<&Document> {
        let Some(here) = profile.facts.point else { return Vec::new() };
        let (row, column) = cell(here);
        let mut near: Vec<(f64, &Document)> = Vec::new();
        for (rows, columns) in (-1..=1).flat_map(|rows| (-1..=1).map(move |columns| (rows, columns))) {
            let list = self.cells.get(cell_key((row.saturating_add(rows), column.saturating_add(columns))));
            for document in list.iter().filter_map(|slot| self.at(*slot)) {
                if let Some(there) = document.facts.point {
                    near.push((here.metres_to(there), document));
                }
            }
        }
        near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(b.1.key.cmp(&a.1.key)));
        near.truncate(MAX_NEAR_CANDIDATES);
        near.into_iter().map(|(_, document)| document).collect()
    }

    fn found_by_key(&self, profile: &Profile) -> Vec<&Document> {
        let same_reporter = profile.facts.reporters.iter().flat_map(|reporter| {
            let list = self.reporters.get(low(*reporter)).iter().filter_map(|slot| self.at(*slot));
            let mut documents: Vec<&Document> =
                list.filter(|document| document.facts.reporters.contains(reporter)).collect();
            documents.sort_unstable_by_key(|document| std::cmp::Reverse(document.key));
            documents.truncate(MAX_REPORTER_CANDIDATES);
            documents
        });
        let marked = profile.repeat_of.into_iter().flat_map(|number| {
            let list = self.numbers.get(low(number)).iter().filter_map(|slot| self.at(*slot));
            list.filter(move |document| document.facts.number == number)
        });
        let mut documents: Vec<&Document> = same_reporter.chain(marked).chain(self.found_nearby(profile)).collect();
        documents.sort_unstable_by_key(|document| document.key);
        documents.dedup_by_key(|document| document.key);
        documents
    }
}

/// A score and a slot as one number that is quick to compare: the higher the score the smaller, and of one score the older
/// place first.
type Ranked = u64;

fn ranked(score: f32, slot: Slot) -> Ranked {
    // The order of `f32::total_cmp`: of negative numbers the greater bits are less.
    let bits = score.to_bits();
    let rising = bits ^ ((bits.cast_signed() >> 31).cast_unsigned() | 1 << 31);
    u64::from(!rising) << u32::BITS | u64::from(slot)
}

fn slot_of(ranked: Ranked) -> Slot {
    low(ranked)
}

/// Those with the highest scores.
fn keep_best(found: &mut Vec<Ranked>, most: usize) {
    if found.len() > most {
        found.select_nth_unstable(most);
        found.truncate(most);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a weight needs no more than 24 bits")]
fn length(count: usize) -> f32 {
    count.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_score_comes_first_and_of_one_score_the_older_place() {
        let scores = [(-2.0, 1), (0.0, 9), (3.5, 7), (3.5, 2), (-0.5, 0), (f32::MAX, u32::MAX), (0.25, 3)];
        let mut found: Vec<Ranked> = scores.into_iter().map(|(score, slot)| ranked(score, slot)).collect();
        keep_best(&mut found, 5);
        found.sort_unstable();
        assert_eq!(found.into_iter().map(slot_of).collect::<Vec<_>>(), [u32::MAX, 2, 7, 3, 9]);
    }
}
