//! Which complaints have a shingle.

mod lists;

use lists::Lists;

use super::super::reading::FORMS;
use super::memory::{GROUPS, PARTS, Table, group, split};

/// A complaint's place among the documents.
pub(super) type Slot = u32;

/// Bit that marks an entry as the number of a list; without it the entry is the only complaint itself.
const LIST: u32 = 0x8000_0000;
/// Longest list. What more complaints share finds none of them better than another.
pub(super) const MAX_LIST: usize = 128;

/// A shingle chosen as key, with its weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Key {
    pub forms: [u32; FORMS],
    pub weight: f32,
}

/// Lists of complaints by shingle. Most lists hold one complaint, and take no memory beyond the table.
#[derive(Debug, Default)]
pub(super) struct Postings {
    /// By key: the only complaint, or a list.
    entries: Table,
    /// By groups of the entries.
    lists: Box<[Lists; GROUPS]>,
}

/// Complaints to be listed together.
#[derive(Debug)]
pub(super) struct Later {
    /// By parts of the entries: key there and complaint.
    parts: Vec<Vec<(u32, Slot)>>,
    waiting: usize,
}

impl Default for Later {
    fn default() -> Self {
        Self { parts: vec![Vec::new(); PARTS], waiting: 0 }
    }
}

impl Later {
    /// Most that wait, 128 MiB of them.
    const MOST: usize = 1 << 24;
    /// So many are worth threads of their own.
    const MANY: usize = 1 << 16;

    /// Notes a complaint for a key.
    pub(super) fn push(&mut self, key: u32, slot: Slot) {
        let (part, rest) = split(key);
        if let Some(part) = self.parts.get_mut(part) {
            part.push((rest, slot));
            self.waiting += 1;
        }
    }

    /// Whether no more should wait.
    pub(super) fn is_full(&self) -> bool {
        self.waiting >= Self::MOST
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

    /// A word from where a key stands, if it does.
    pub(super) fn touch(&self, key: u32) -> u32 {
        self.entries.touch(key)
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
        let Some(lists) = self.lists.get_mut(group(key)) else { return false };
        self.entries.get_or_insert(key, slot).is_none_or(|entry| lists.add(entry, slot))
    }

    /// Adds all that wait, and leaves none waiting.
    pub(super) fn insert_all(&mut self, later: &mut Later) {
        let groups = self.entries.groups_mut().zip(self.lists.iter_mut()).zip(later.parts.chunks_mut(PARTS / GROUPS));
        let groups = groups.map(|((parts, lists), waiting)| {
            move || {
                for (part, waiting) in parts.iter_mut().zip(waiting) {
                    part.add_all(waiting, |entry, slot| _ = lists.add(entry, slot));
                }
            }
        });
        if later.waiting < Later::MANY {
            groups.for_each(|group| group());
        } else {
            std::thread::scope(|scope| groups.for_each(|group| _ = scope.spawn(group)));
        }
        later.waiting = 0;
    }

    /// Takes a complaint out.
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

    /// So many that threads of their own add them: each list is what it is when they come one after the other.
    #[test]
    fn many_are_listed_as_one_by_one() {
        let (mut together, mut single, mut later) = (Postings::default(), Postings::default(), Later::default());
        let entries = 2 * u32::try_from(Later::MANY).unwrap();
        let entries = (0..entries).map(|number| (number % 9_000 * (number % 7 + 1), number));
        for (key, slot) in entries.clone() {
            later.push(key, slot);
            single.insert(key, slot);
        }
        assert!(later.waiting >= Later::MANY);
        together.insert_all(&mut later);
        assert_eq!(later.waiting, 0);
        assert!(single.get(0).len() > 1);
        for (key, _) in entries {
            assert_eq!(together.get(key), single.get(key), "{key}");
        }
    }
}
