//! Keeping much in little memory, and reaching it without waiting for every word.

mod chunked;
mod part;
mod table;

pub(super) use chunked::Chunked;
pub(super) use table::{GROUPS, PARTS, Table, group, split};

/// Reads words far apart in memory before what is around them is needed: a processor that waits for none of them fetches many
/// at a time, and one that has to know the first before it can go on to the second does not.
pub(super) fn fetch(words: impl Iterator<Item = u32>) {
    std::hint::black_box(words.fold(0_u32, u32::wrapping_add));
}

/// A number as a place in memory.
pub(super) fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
