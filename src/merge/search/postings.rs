//! Which complaints have a shingle.

mod lists;
mod table;

use lists::Lists;
use table::Table;

/// A complaint's place among the documents.
pub(super) type Slot = u32;

/// Bit that marks an entry as the number of a list; without it the entry is the only complaint itself.
const LIST: u32 = 0x8000_0000;
/// Longest list. What more complaints share finds none of them better than another.
pub(super) const MAX_LIST: usize = 128;

/// Parts of the lists, a power of two. Each is small enough for the processor's cache when many complaints are listed at once, and
/// grows for itself: no complaint waits until tables of a million others have moved.
const PARTS: usize = 256;

/// Lists of complaints by shingle. Most lists hold one complaint, and take no memory beyond the table.
#[derive(Debug)]
pub(super) struct Postings {
    /// By the rest of a key: the only complaint, or a list.
    parts: Vec<Table>,
    lists: Lists,
}

impl Default for Postings {
    fn default() -> Self {
        Self { parts: (0..PARTS).map(|_| Table::default()).collect(), lists: Lists::default() }
    }
}

/// Complaints to be listed together.
#[derive(Debug, Default)]
pub(super) struct Later {
    /// By parts of the lists: key and complaint.
    parts: Vec<Vec<(u32, Slot)>>,
    waiting: usize,
}

impl Later {
    /// Most that wait, 128 MiB of them.
    const MOST: usize = 1 << 24;

    /// Notes a complaint for a key.
    pub(super) fn push(&mut self, key: u32, slot: Slot) {
        self.parts.resize_with(PARTS, Vec::new);
        if let Some(part) = self.parts.get_mut(split(key).0) {
            part.push((key, slot));
            self.waiting += 1;
        }
    }

    /// Whether no more should wait.
    pub(super) fn is_full(&self) -> bool {
        self.waiting >= Self::MOST
    }
}

/// The part that holds a key, and its key there. Keys need not be spread evenly: every bit of them is mixed into every other
/// (the finalizer of `MurmurHash3`, which makes no two keys one).
fn split(key: u32) -> (usize, u32) {
    let key = (key ^ (key >> 16)).wrapping_mul(0x85EB_CA6B);
    let key = (key ^ (key >> 13)).wrapping_mul(0xC2B2_AE35);
    let key = key ^ (key >> 16);
    (place(key >> (u32::BITS - PARTS.ilog2())), key << PARTS.ilog2())
}

impl Postings {
    /// The complaints under a key, in no particular order.
    pub(super) fn get(&self, key: u32) -> &[Slot] {
        let (part, rest) = split(key);
        match self.parts.get(part).and_then(|part| part.get(rest)) {
            None => &[],
            Some(entry) if *entry & LIST == 0 => std::slice::from_ref(entry),
            Some(entry) => self.lists.get(*entry & !LIST),
        }
    }

    /// A word from where a key stands, if it does.
    pub(super) fn touch(&self, key: u32) -> u32 {
        let (part, rest) = split(key);
        self.parts.get(part).map_or(0, |part| part.touch(rest))
    }

    /// Adds a complaint under the first form whose list has room, and tells which; a form of 0 ends the forms.
    pub(super) fn insert_first(&mut self, forms: &[u32], slot: Slot) -> Option<u32> {
        forms.iter().copied().take_while(|form| *form != 0).find(|form| self.insert(*form, slot))
    }

    /// Whether no form has room.
    pub(super) fn all_full(&self, forms: &[u32]) -> bool {
        forms.iter().take_while(|form| **form != 0).all(|form| self.get(*form).len() >= MAX_LIST)
    }

    /// Adds a complaint; false when the list is full.
    pub(super) fn insert(&mut self, key: u32, slot: Slot) -> bool {
        let (part, rest) = split(key);
        let Some(part) = self.parts.get_mut(part) else { return false };
        match part.get_or_insert(rest, slot) {
            None => {}
            Some(entry) if *entry & LIST == 0 => *entry = self.lists.pair(*entry, slot) | LIST,
            Some(entry) => match self.lists.push(*entry & !LIST, slot) {
                Some(list) => *entry = list | LIST,
                None => return false,
            },
        }
        true
    }

    /// Adds all that wait, and leaves none waiting.
    pub(super) fn insert_all(&mut self, later: &mut Later) {
        for waiting in &mut later.parts {
            for (key, slot) in waiting.drain(..) {
                self.insert(key, slot);
            }
        }
        later.waiting = 0;
    }

    /// Takes a complaint out.
    pub(super) fn remove(&mut self, key: u32, slot: Slot) {
        let (part, rest) = split(key);
        let Some(part) = self.parts.get_mut(part) else { return };
        match part.get_mut(rest) {
            Some(entry) if *entry & LIST != 0 => match self.lists.remove(*entry & !LIST, slot) {
                Ok(list) => *entry = list | LIST,
                Err(only) => *entry = only,
            },
            Some(entry) if *entry == slot => part.remove(rest),
            _ => {}
        }
    }

    /// Heap bytes.
    pub(super) fn heap(&self) -> usize {
        self.parts.iter().map(|part| size_of::<Table>() + part.heap()).sum::<usize>() + self.lists.heap()
    }
}

/// A number as a place in memory.
pub(super) fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
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

    /// Numbers in a row are as good as hashes: they once stood in one run, which each search went through.
    #[test]
    fn keys_in_a_row_are_spread() {
        let mut postings = Postings::default();
        for key in 0..100_000 {
            assert!(postings.insert(key, key));
        }
        assert!((0..100_000).all(|key| postings.get(key) == [key]));
        let longest = postings.parts.iter().map(Table::longest_run).max();
        assert!(longest.is_some_and(|longest| longest < 400), "{longest:?}");
    }
}
