//! A list that grows without moving what it holds.

use super::place;

/// Items that are reserved at a time.
const CHUNK: usize = 512;

/// Items by their place. No insertion waits until a million others have moved, and no more than a chunk is empty.
#[derive(Debug)]
pub(in super::super) struct Chunked<T> {
    chunks: Vec<Vec<T>>,
}

impl<T> Default for Chunked<T> {
    fn default() -> Self {
        Self { chunks: Vec::new() }
    }
}

impl<T> Chunked<T> {
    /// The item at a place.
    pub(in super::super) fn get(&self, at: u32) -> Option<&T> {
        let at = place(at);
        self.chunks.get(at / CHUNK)?.get(at % CHUNK)
    }

    /// The item at a place, to be changed.
    pub(in super::super) fn get_mut(&mut self, at: u32) -> Option<&mut T> {
        let at = place(at);
        self.chunks.get_mut(at / CHUNK)?.get_mut(at % CHUNK)
    }

    /// Adds an item, and returns its place.
    pub(in super::super) fn push(&mut self, item: T) -> u32 {
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            self.chunks.push(Vec::with_capacity(CHUNK));
        }
        let full = (self.chunks.len() - 1) * CHUNK;
        let last = self.chunks.last_mut().map_or(0, |chunk| {
            chunk.push(item);
            chunk.len() - 1
        });
        u32::try_from(full + last).unwrap_or(u32::MAX)
    }

    /// All items.
    pub(in super::super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flatten()
    }

    /// Heap bytes, without what the items have on the heap.
    pub(in super::super) fn heap(&self) -> usize {
        self.chunks.capacity() * size_of::<Vec<T>>() + self.chunks.len() * CHUNK * size_of::<T>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_at_its_place() {
        let mut items = Chunked::default();
        for number in 0..2_000 {
            assert_eq!(items.push(number), number);
        }
        *items.get_mut(512).unwrap() = 9_999;
        assert_eq!(
            [items.get(511), items.get(512), items.get(1_999), items.get(2_000)],
            [Some(&511), Some(&9_999), Some(&1_999), None]
        );
        assert_eq!(items.iter().count(), 2_000);
        assert!(items.heap() < 4 * 2_600);
    }
}
