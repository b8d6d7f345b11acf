//! Which complaints have a shingle.

use super::corpus::NumberMap;

/// A complaint's place among the documents.
pub(super) type Slot = u32;

/// Bit that marks an entry as the number of a list; without it the entry is the only complaint itself.
const LIST: u32 = 0x8000_0000;
/// Longest list. What more complaints share finds none of them better than another.
pub(super) const MAX_LIST: usize = 128;

/// Parts of the lists, a power of two. Each is small enough for the processor's cache when many complaints are listed at once, and
/// grows for itself: no complaint waits until tables of a million others have moved.
const PARTS: usize = 64;

/// Lists of complaints by shingle. Most lists hold one complaint, and take no memory beyond the table.
#[derive(Debug)]
pub(super) struct Postings {
    parts: Vec<Part>,
}

impl Default for Postings {
    fn default() -> Self {
        Self { parts: (0..PARTS).map(|_| Part::default()).collect() }
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
        if let Some(part) = self.parts.get_mut(part_of(key)) {
            part.push((key, slot));
            self.waiting += 1;
        }
    }

    /// Whether no more should wait.
    pub(super) fn is_full(&self) -> bool {
        self.waiting >= Self::MOST
    }
}

/// The part that holds a key: keys are hashes.
fn part_of(key: u32) -> usize {
    place(key >> (u32::BITS - PARTS.ilog2()))
}

impl Postings {
    /// The complaints under a key, in no particular order.
    pub(super) fn get(&self, key: u32) -> &[Slot] {
        self.parts.get(part_of(key)).map(|part| part.get(key)).unwrap_or_default()
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
        self.parts.get_mut(part_of(key)).is_some_and(|part| part.insert(key, slot))
    }

    /// Adds all that wait, and leaves none waiting.
    pub(super) fn insert_all(&mut self, later: &mut Later) {
        for (part, waiting) in self.parts.iter_mut().zip(&mut later.parts) {
            for (key, slot) in waiting.drain(..) {
                part.insert(key, slot);
            }
        }
        later.waiting = 0;
    }

    /// Takes a complaint out.
    pub(super) fn remove(&mut self, key: u32, slot: Slot) {
        if let Some(part) = self.parts.get_mut(part_of(key)) {
            part.remove(key, slot);
        }
    }

    /// Heap bytes, about.
    pub(super) fn heap(&self) -> usize {
        self.parts.iter().map(|part| size_of::<Part>() + part.heap()).sum()
    }
}

/// Some of the lists.
#[derive(Debug, Default)]
struct Part {
    entries: NumberMap<u32, u32>,
    lists: Vec<Vec<Slot>>,
    free: Vec<u32>,
}

impl Part {
    fn get(&self, key: u32) -> &[Slot] {
        match self.entries.get(&key) {
            None => &[],
            Some(entry) if entry & LIST == 0 => std::slice::from_ref(entry),
            Some(entry) => self.lists.get(place(entry & !LIST)).map(Vec::as_slice).unwrap_or_default(),
        }
    }

    fn insert(&mut self, key: u32, slot: Slot) -> bool {
        let Some(entry) = self.entries.get_mut(&key) else {
            self.entries.insert(key, slot);
            return true;
        };
        if *entry & LIST == 0 {
            let pair = vec![*entry, slot];
            let number = self.free.pop().unwrap_or_else(|| {
                self.lists.push(Vec::new());
                u32::try_from(self.lists.len() - 1).unwrap_or_default()
            });
            *entry = number | LIST;
            if let Some(list) = self.lists.get_mut(place(number)) {
                *list = pair;
            }
            return true;
        }
        match self.lists.get_mut(place(*entry & !LIST)) {
            Some(list) if list.len() < MAX_LIST => {
                if list.len() == list.capacity() {
                    // A little more room at a time: a million lists with half their room empty are expensive.
                    list.reserve_exact((list.len() / 4).max(2));
                }
                list.push(slot);
                true
            }
            _ => false,
        }
    }

    fn remove(&mut self, key: u32, slot: Slot) {
        let Some(entry) = self.entries.get_mut(&key) else { return };
        if *entry & LIST == 0 {
            if *entry == slot {
                self.entries.remove(&key);
            }
            return;
        }
        let number = *entry & !LIST;
        let Some(list) = self.lists.get_mut(place(number)) else { return };
        if let Some(at) = list.iter().position(|other| *other == slot) {
            list.swap_remove(at);
        }
        if let [only] = list.as_slice() {
            *entry = *only;
            *list = Vec::new();
            self.free.push(number);
        }
    }

    fn heap(&self) -> usize {
        let lists: usize =
            self.lists.iter().map(|list| size_of::<Vec<Slot>>() + 16 + list.capacity() * size_of::<Slot>()).sum();
        self.entries.capacity() * (size_of::<(u32, u32)>() + 1) + lists
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
        assert_eq!(postings.parts[0].lists.len(), 1, "the emptied list is used again");
        postings.remove(7, 0);
        postings.remove(7, 0);
        assert_eq!(postings.get(7), [] as [Slot; 0]);
    }
}
