//! Posting lists of two and more complaints, packed.

use super::super::memory::place;
use super::{LIST, MAX_LIST, Slot};

/// Marks what is free in a block, whose complaints stand at its beginning.
const FREE: Slot = Slot::MAX;
/// Capacity of the blocks of each class, in complaints.
const CAPACITIES: [usize; 13] = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, MAX_LIST];
/// Blocks that are reserved at a time.
const CHUNK: usize = 64;
/// Lower bits of a list's number, which tell its block; those above tell its class. Two million complaints fill half of them.
const BLOCK_BITS: u32 = 27;

/// A list: its class and its block, below 2^31.
pub(super) type List = u32;

/// Lists of two complaints and more, each in a block of its class; no list takes memory beyond its block. What a class has
/// reserved stays its own.
#[derive(Debug, Default)]
pub(super) struct Lists {
    classes: [Class; CAPACITIES.len()],
}

/// Blocks of one length.
#[derive(Debug, Default)]
struct Class {
    chunks: Vec<Box<[Slot]>>,
    given: usize,
    /// One more than the first of the free blocks, each of which begins with the same of the next; 0 when there is none.
    free: u32,
}

impl Lists {
    /// The complaints of a list.
    pub(super) fn get(&self, list: List) -> &[Slot] {
        let (class, block) = split(list);
        let block = self.classes.get(class).and_then(|known| known.block(block, class)).unwrap_or_default();
        match block.last() {
            Some(&FREE) => block.get(..taken(block)).unwrap_or_default(),
            _ => block,
        }
    }

    /// Adds a complaint to an entry, which is the only complaint or the number of a list; false when the list is full.
    pub(super) fn add(&mut self, entry: &mut u32, slot: Slot) -> bool {
        let list =
            if *entry & LIST == 0 { Some(self.make(0, &[*entry, slot])) } else { self.push(*entry & !LIST, slot) };
        list.into_iter().for_each(|list| *entry = list | LIST);
        list.is_some()
    }

    /// Adds a complaint, and gives the list's number from now on; `None` when the list is full.
    fn push(&mut self, list: List, slot: Slot) -> Option<List> {
        let (class, number) = split(list);
        let block = self.classes.get_mut(class)?.block_mut(number, class)?;
        if let Some(free) = block.get_mut(taken(block)) {
            *free = slot;
            return Some(list);
        }
        let more = class + 1;
        let [before, after] = self.classes.get_disjoint_mut([class, more]).ok()?;
        let (block, next) = (before.block(number, class)?, after.take(more));
        let (old, new) = after.block_mut(next, more)?.split_at_mut_checked(block.len())?;
        old.copy_from_slice(block);
        new.fill(FREE);
        *new.first_mut()? = slot;
        before.give_back(number, class);
        Some(numbered(more, next))
    }

    /// Takes a complaint out of a list; gives the list's number from now on, or the only complaint that is left.
    pub(super) fn remove(&mut self, list: List, slot: Slot) -> Result<List, Slot> {
        let (class, number) = split(list);
        let Some(block) = self.classes.get_mut(class).and_then(|known| known.block_mut(number, class)) else {
            return Ok(list);
        };
        let length = taken(block);
        if let Some(at) = block.iter().position(|other| *other == slot) {
            block.swap(at, length - 1);
            if let Some(last) = block.get_mut(length - 1) {
                *last = FREE;
            }
        }
        let length = taken(block);
        let fits = CAPACITIES.iter().position(|capacity| *capacity >= length).unwrap_or_default();
        if length > 1 && fits + 2 > class {
            return Ok(list);
        }
        let left = block.get(..length).unwrap_or_default().to_vec();
        if let Some(known) = self.classes.get_mut(class) {
            known.give_back(number, class);
        }
        // One class more than it needs, so that it does not move with every change.
        if let [only] = *left.as_slice() { Err(only) } else { Ok(self.make(fits + 1, &left)) }
    }

    /// Heap bytes.
    pub(super) fn heap(&self) -> usize {
        self.classes
            .iter()
            .zip(CAPACITIES)
            .map(|(class, capacity)| {
                let chunk = size_of::<Slot>() * CHUNK * capacity;
                class.chunks.capacity() * size_of::<Box<[Slot]>>() + class.chunks.len() * chunk
            })
            .sum()
    }

    fn make(&mut self, class: usize, slots: &[Slot]) -> List {
        let Some(known) = self.classes.get_mut(class) else { return 0 };
        let number = known.take(class);
        if let Some(block) = known.block_mut(number, class) {
            block.fill(FREE);
            block.iter_mut().zip(slots).for_each(|(free, slot)| *free = *slot);
        }
        numbered(class, number)
    }
}

impl Class {
    fn block(&self, number: usize, class: usize) -> Option<&[Slot]> {
        let capacity = *CAPACITIES.get(class)?;
        self.chunks.get(number / CHUNK)?.get(number % CHUNK * capacity..)?.get(..capacity)
    }

    fn block_mut(&mut self, number: usize, class: usize) -> Option<&mut [Slot]> {
        let capacity = *CAPACITIES.get(class)?;
        self.chunks.get_mut(number / CHUNK)?.get_mut(number % CHUNK * capacity..)?.get_mut(..capacity)
    }

    fn give_back(&mut self, number: usize, class: usize) {
        let next = std::mem::replace(&mut self.free, u32::try_from(number + 1).unwrap_or_default());
        if let Some(first) = self.block_mut(number, class).and_then(|block| block.first_mut()) {
            *first = next;
        }
    }

    /// A block that is free.
    fn take(&mut self, class: usize) -> usize {
        if let Some(number) = self.free.checked_sub(1).map(place) {
            self.free = self.block(number, class).and_then(|block| block.first().copied()).unwrap_or_default();
            return number;
        }
        if self.given == self.chunks.len() * CHUNK {
            let capacity = CAPACITIES.get(class).copied().unwrap_or_default();
            self.chunks.push(vec![FREE; CHUNK * capacity].into());
        }
        self.given += 1;
        self.given - 1
    }
}

/// How many complaints stand in a block.
fn taken(block: &[Slot]) -> usize {
    block.partition_point(|slot| *slot != FREE)
}

fn numbered(class: usize, number: usize) -> List {
    u32::try_from((class << BLOCK_BITS) | number).unwrap_or_default()
}

fn split(list: List) -> (usize, usize) {
    (place(list >> BLOCK_BITS), place(list & ((1 << BLOCK_BITS) - 1)))
}

#[cfg(test)]
mod tests {
    use super::super::low;
    use super::*;
    use crate::merge::reading::mix;

    /// A few lists that grow and shrink hold what they should, and the blocks that are free are used again.
    #[test]
    fn lists_hold_what_they_are_given() {
        let mut lists = Lists::default();
        let mut known: [Vec<Slot>; 3] = [(); 3].map(|()| vec![900, 901]);
        let mut numbers = [(); 3].map(|()| lists.make(0, &[900, 901]));
        let mut refused = 0;
        for step in 0..20_000 {
            let dice = mix(step);
            let (which, slot) = (place(low(dice >> 8) % 3), low(dice >> 20) % 170);
            // Now they mostly grow, now they mostly shrink.
            let is_there = (dice >> 50) % 8 < if step / 2_000 % 2 == 0 { 7 } else { 1 };
            let expected = &mut known[which];
            match (is_there, expected.iter().position(|other| *other == slot)) {
                (true, None) => match lists.push(numbers[which], slot) {
                    Some(list) => {
                        numbers[which] = list;
                        expected.push(slot);
                    }
                    None => {
                        assert_eq!(expected.len(), MAX_LIST);
                        refused += 1;
                    }
                },
                (false, Some(at)) => {
                    numbers[which] = lists.remove(numbers[which], slot).unwrap();
                    expected.swap_remove(at);
                }
                _ => {}
            }
            assert_eq!(lists.get(numbers[which]), expected.as_slice());
        }
        assert!(refused > 100, "{refused}");
        for (mut number, expected) in numbers.into_iter().zip(known) {
            let [.., one, last] = expected.as_slice() else { panic!("two never leave") };
            for slot in &expected[..expected.len() - 2] {
                number = lists.remove(number, *slot).unwrap();
            }
            assert_eq!(lists.remove(number, *one), Err(*last));
        }
        for (class, known) in lists.classes.iter_mut().enumerate() {
            let (given, chunks) = (known.given, known.chunks.len());
            let mut blocks: Vec<usize> = (0..given).map(|_| known.take(class)).collect();
            blocks.sort_unstable();
            assert!(blocks.into_iter().eq(0..given), "each block is free once");
            assert_eq!(known.chunks.len(), chunks);
        }
    }
}
