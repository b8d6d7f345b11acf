//! A table from numbers to numbers.

use super::part::Part;
use super::place;

/// Parts of a table, a power of two. Each is small enough for the processor's cache when much is added at once, and grows for
/// itself: no complaint waits until what a million others have brought has moved.
pub(in super::super) const PARTS: usize = 256;
/// Groups of parts; what the values stand for may be kept apart by group, so that many threads add to a table.
pub(in super::super) const GROUPS: usize = 4;

/// Numbers by keys, which need not be spread evenly. A value is below `u32::MAX`.
#[derive(Debug)]
pub(in super::super) struct Table {
    parts: Vec<Part>,
}

impl Default for Table {
    fn default() -> Self {
        Self { parts: (0..PARTS).map(|_| Part::default()).collect() }
    }
}

/// The part that holds a key, and its key there: every bit is mixed into every other (the finalizer of `MurmurHash3`, which
/// makes no two keys one).
pub(in super::super) fn split(key: u32) -> (usize, u32) {
    let key = (key ^ (key >> 16)).wrapping_mul(0x85EB_CA6B);
    let key = (key ^ (key >> 13)).wrapping_mul(0xC2B2_AE35);
    let key = key ^ (key >> 16);
    (place(key >> (u32::BITS - PARTS.ilog2())), key << PARTS.ilog2())
}

/// The group whose part holds a key.
pub(in super::super) fn group(key: u32) -> usize {
    split(key).0 / (PARTS / GROUPS)
}

impl Table {
    /// The value of a key.
    pub(in super::super) fn get(&self, key: u32) -> Option<&u32> {
        let (part, rest) = split(key);
        self.parts.get(part)?.get(rest)
    }

    /// A word from where the key stands, if it does.
    pub(in super::super) fn touch(&self, key: u32) -> u32 {
        let (part, rest) = split(key);
        self.parts.get(part).map_or(0, |part| part.touch(rest))
    }

    /// The value of a key, to be changed.
    pub(in super::super) fn get_mut(&mut self, key: u32) -> Option<&mut u32> {
        let (part, rest) = split(key);
        self.parts.get_mut(part)?.get_mut(rest)
    }

    /// The value of a key, to be changed; or the key is added with this value.
    pub(in super::super) fn get_or_insert(&mut self, key: u32, value: u32) -> Option<&mut u32> {
        let (part, rest) = split(key);
        self.parts.get_mut(part)?.get_or_insert(rest, value)
    }

    /// Takes a key out.
    pub(in super::super) fn remove(&mut self, key: u32) {
        let (part, rest) = split(key);
        if let Some(part) = self.parts.get_mut(part) {
            part.remove(rest);
        }
    }

    /// The parts by [`group`].
    pub(in super::super) fn groups_mut(&mut self) -> impl Iterator<Item = &mut [Part]> {
        self.parts.chunks_mut(PARTS / GROUPS)
    }

    /// Heap bytes.
    pub(in super::super) fn heap(&self) -> usize {
        self.parts.iter().map(|part| size_of::<Part>() + part.heap()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in a row are as good as hashes: they once stood in one run, which each search went through.
    #[test]
    fn keys_in_a_row_are_spread() {
        let mut table = Table::default();
        for key in 0..100_000 {
            assert!(table.get_or_insert(key, key).is_none());
        }
        assert!((0..100_000).all(|key| table.get(key) == Some(&key)));
        let longest = table.parts.iter().map(Part::longest_run).max();
        assert!(longest.is_some_and(|longest| longest < 400), "{longest:?}");
    }

    /// Entries that come together leave what they leave one after the other, in as little memory.
    #[test]
    fn many_are_added_as_one_by_one() {
        let (mut table, mut other) = (Table::default(), Table::default());
        let mut waiting = vec![Vec::new(); PARTS];
        let add_all = |table: &mut Table, waiting: &mut [Vec<(u32, u32)>]| {
            for (part, waiting) in table.groups_mut().flatten().zip(waiting) {
                part.add_all(waiting, |count, more| *count += more);
                assert!(waiting.is_empty());
            }
        };
        for key in (0..60_000_u32).map(|number| number % 23_000 * 7) {
            let (part, rest) = split(key);
            waiting[part].push((rest, 1));
            if let Some(count) = other.get_or_insert(key, 1) {
                *count += 1;
            }
            if key % 9_001 == 0 {
                add_all(&mut table, &mut waiting);
            }
        }
        add_all(&mut table, &mut waiting);
        assert!((0..23_000 * 7).all(|key| table.get(key) == other.get(key)));
        assert!(table.heap() < other.heap() * 6 / 5, "{} and {}", table.heap(), other.heap());
        let groups: Vec<usize> = table.groups_mut().map(|parts| parts.len()).collect();
        assert_eq!(groups, [PARTS / GROUPS; GROUPS]);
    }
}
