//! Posting lists: which complaints have a shingle.

mod lists;

use lists::Lists;

use super::super::reading::PREFIXES;
use super::memory::{GROUPS, PARTS, Table, group, split};

/// A complaint's place among the documents.
pub(super) type Slot = u32;

/// Bit that marks an entry as the number of a list; without it the entry is the only complaint itself.
const LIST: u32 = 0x8000_0000;
/// Capacity of a posting list, in complaints. A key that more of them share ranks none above another.
pub(super) const MAX_LIST: usize = 128;

/// A blocking key: a shingle by the hashes of its prefixes, the shortest first (0: the text ends before), with its weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Key {
    pub prefixes: [u32; PREFIXES],
    pub weight: f32,
}

/// Posting lists by key. Most hold one complaint, and take no memory beyond the table.
#[derive(Debug, Default)]
pub(super) struct Postings {
    /// By key: the only complaint, or a list.
    entries: Table,
    /// By groups of the entries.
    lists: Box<[Lists; GROUPS]>,
}

/// Postings that wait to be added together.
#[derive(Debug)]
pub(super) struct Pending {
    /// By parts of the entries: key there and complaint.
    parts: Vec<Vec<(u32, Slot)>>,
    waiting: usize,
}

impl Default for Pending {
    fn default() -> Self {
        Self { parts: vec![Vec::new(); PARTS], waiting: 0 }
    }
}

impl Pending {
    /// Most postings that wait (128 MiB).
    const CAPACITY: usize = 1 << 24;
    /// Postings from which adding them is worth threads of their own.
    const MIN_THREADED: usize = 1 << 16;

    /// Adds a posting.
    pub(super) fn push(&mut self, key: u32, slot: Slot) {
        let (part, rest) = split(key);
        if let Some(part) = self.parts.get_mut(part) {
            part.push((rest, slot));
            self.waiting += 1;
        }
    }

    /// Whether it is at its capacity.
    pub(super) fn is_full(&self) -> bool {
        self.waiting >= Self::CAPACITY
    }
}

impl Postings {
    /// The complaints under a key, in no particular order.
    pub(super) fn get(&self, key: u32) -> &[Slot] {
        match self.entries.get(key) {
            None => &[],
            Some(entry) if *entry & LIST == 0 => std::slice::from_ref(entry),
            Some(entry) => self.lists.get(group(key)).map_or(&[], |lists| lists.get(*entry & !LIST)),
        }
    }

    /// A word of the cache line where a key would stand.
    pub(super) fn touch(&self, key: u32) -> u32 {
        self.entries.touch(key)
    }

    /// Adds a complaint to the list of the first prefix that has capacity left, and returns that prefix; 0 ends the prefixes.
    pub(super) fn insert_first(&mut self, prefixes: &[u32], slot: Slot) -> Option<u32> {
        prefixes.iter().copied().take_while(|prefix| *prefix != 0).find(|prefix| self.insert(*prefix, slot))
    }

    /// Whether the lists of all prefixes are full.
    pub(super) fn all_full(&self, prefixes: &[u32]) -> bool {
        prefixes.iter().take_while(|prefix| **prefix != 0).all(|prefix| self.get(*prefix).len() >= MAX_LIST)
    }

    /// Adds a complaint; false when the list is full.
    pub(super) fn insert(&mut self, key: u32, slot: Slot) -> bool {
        let Some(lists) = self.lists.get_mut(group(key)) else { return false };
        self.entries.get_or_insert(key, slot).is_none_or(|entry| lists.add(entry, slot))
    }

    /// Adds all pending postings, and leaves none.
    pub(super) fn insert_all(&mut self, pending: &mut Pending) {
        let groups = self.entries.groups_mut().zip(self.lists.iter_mut()).zip(pending.parts.chunks_mut(PARTS / GROUPS));
        let groups = groups.map(|((parts, lists), waiting)| {
            move || {
                for (part, waiting) in parts.iter_mut().zip(waiting) {
                    part.add_all(waiting, |entry, slot| _ = lists.add(entry, slot));
                }
            }
        });
        if pending.waiting < Pending::MIN_THREADED {
            groups.for_each(|group| group());
        } else {
            std::thread::scope(|scope| groups.for_each(|group| _ = scope.spawn(group)));
        }
        pending.waiting = 0;
    }

    /// Removes a complaint.
    pub(super) fn remove(&mut self, key: u32, slot: Slot) {
        let Some(lists) = self.lists.get_mut(group(key)) else { return };
        match self.entries.get_mut(key) {
            Some(entry) if *entry & LIST != 0 => match lists.remove(*entry & !LIST, slot) {
                Ok(list) => *entry = list | LIST,
                Err(only) => *entry = only,
            },
            Some(entry) if *entry == slot => self.entries.remove(key),
            _ => {}
        }
    }

    /// Heap bytes.
    pub(super) fn heap(&self) -> usize {
        self.entries.heap() + self.lists.iter().map(Lists::heap).sum::<usize>()
    }
}

/// The lower half of a hash, as the key of a list.
pub(super) fn low(hash: u64) -> u32 {
    u32::try_from(hash & u64::from(u32::MAX)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_grow_shrink_and_fill_up() {
        let mut postings = Postings::default();
        assert_eq!(postings.get(7), [] as [Slot; 0]);
        for slot in 0..u32::try_from(MAX_LIST).unwrap() {
            assert!(postings.insert(7, slot));
        }
        assert!(!postings.insert(7, 9_999), "full");
        for slot in 1..u32::try_from(MAX_LIST).unwrap() {
            postings.remove(7, slot);
        }
        assert_eq!(postings.get(7), [0]);
        postings.insert(8, 1);
        postings.insert(8, 2);
        postings.remove(7, 0);
        postings.remove(7, 0);
        assert_eq!(postings.get(7), [] as [Slot; 0]);
    }

    /// From where threads add them: each list is what it is when they are added one after the other.
    #[test]
    fn pending_postings_are_added_as_one_by_one() {
        let (mut together, mut single, mut pending) = (Postings::default(), Postings::default(), Pending::default());
        let entries = 2 * u32::try_from(Pending::MIN_THREADED).unwrap();
        let entries = (0..entries).map(|number| (number % 9_000 * (number % 7 + 1), number));
        for (key, slot) in entries.clone() {
            pending.push(key, slot);
            single.insert(key, slot);
        }
        assert!(pending.waiting >= Pending::MIN_THREADED);
        together.insert_all(&mut pending);
        assert_eq!(pending.waiting, 0);
        assert!(single.get(0).len() > 1);
        for (key, _) in entries {
            assert_eq!(together.get(key), single.get(key), "{key}");
        }
    }
}
