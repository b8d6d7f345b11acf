//! Which complaints have a token: posting lists of blocks of complaints, in buckets, each of which is sealed as one.
//!
//! A block is [`BLOCK`] consecutive numbers of complaints. A bucket holds, by the hashes of tokens in their order: the difference to
//! the hash before, the length of its list, and the list, as differences of places within the block; from [`DENSE`] places on as
//! one bit for each place. Numbers are LEB128.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::iter::successors;

/// Numbers of complaints in a block.
pub(crate) const BLOCK: i64 = 4_096;
/// Buckets of a block.
pub(crate) const BUCKETS: u8 = u8::MAX;
/// Places from which on a list is kept as bits.
const DENSE: usize = 410;
const BITS: usize = 4_096;
const WORDS: usize = BITS / 64;

/// The block of a complaint.
pub(crate) fn block_of(complaint: i64) -> i64 {
    complaint.div_euclid(BLOCK)
}

/// Places within a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places(Box<[u64; WORDS]>);

impl Places {
    pub(crate) fn none() -> Self {
        Self(Box::new([0; WORDS]))
    }

    /// Adds the place of a complaint in its block.
    pub(crate) fn insert(&mut self, complaint: i64) {
        self.set(usize::try_from(complaint.rem_euclid(BLOCK)).unwrap_or_default());
    }

    /// Takes the place of a complaint away.
    pub(crate) fn remove(&mut self, complaint: i64) {
        let place = usize::try_from(complaint.rem_euclid(BLOCK)).unwrap_or_default();
        if let Some(word) = self.0.get_mut(place / 64) {
            *word &= !(1 << (place % 64));
        }
    }

    fn set(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    /// Keeps what is in the other one, too.
    pub(crate) fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0.iter()).for_each(|(word, other)| *word &= other);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    fn count(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The numbers of complaints of a block, the highest first.
    pub(crate) fn complaints(&self, block: i64) -> Vec<i64> {
        let mut complaints: Vec<i64> =
            self.places().filter_map(|place| Some(block * BLOCK + i64::try_from(place).ok()?)).collect();
        complaints.reverse();
        complaints
    }

    fn places(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(index, word)| {
            // The lowest bit is taken away each time.
            let rests = successors(Some(*word), |rest| Some(rest & rest.checked_sub(1)?));
            rests.take_while(|rest| *rest != 0).map(move |rest| index * 64 + rest.trailing_zeros() as usize)
        })
    }
}

/// The posting lists of a block, by bucket and hash.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Postings(BTreeMap<(u8, u32), Places>);

impl Postings {
    /// Notes that complaints have a token with this bucket and hash. Two tokens may share them.
    pub(crate) fn add(&mut self, at: (u8, u32), places: &Places) {
        let known = self.0.entry(at).or_insert_with(Places::none);
        known.0.iter_mut().zip(places.0.iter()).for_each(|(word, other)| *word |= other);
    }

    /// Takes a complaint out of all lists.
    pub(crate) fn remove(&mut self, complaint: i64) {
        self.0.values_mut().for_each(|places| places.remove(complaint));
        self.0.retain(|_, places| !places.is_empty());
    }

    /// The content of each bucket, also of empty ones.
    pub(crate) fn buckets(&self) -> impl Iterator<Item = (u8, Vec<u8>)> {
        (0..=BUCKETS).map(|bucket| (bucket, self.bucket(bucket)))
    }

    fn bucket(&self, bucket: u8) -> Vec<u8> {
        let (mut bytes, mut before) = (Vec::new(), 0);
        for ((_, hash), places) in self.0.range((bucket, 0)..=(bucket, u32::MAX)) {
            put(u64::from(hash - before), &mut bytes);
            before = *hash;
            let count = places.count();
            put(count as u64, &mut bytes);
            if count >= DENSE {
                bytes.extend(places.0.iter().flat_map(|word| word.to_le_bytes()));
                continue;
            }
            let mut last = 0;
            for place in places.places() {
                put((place - last) as u64, &mut bytes);
                last = place;
            }
        }
        bytes
    }

    /// Adds what a bucket holds; none where it cannot be read.
    pub(crate) fn read(&mut self, bucket: u8, mut bytes: &[u8]) -> Option<()> {
        let mut hash = 0;
        while !bytes.is_empty() {
            hash = u32::try_from(take(&mut bytes)?).ok()?.checked_add(hash)?;
            self.0.insert((bucket, hash), list(&mut bytes)?);
        }
        Some(())
    }

    /// The places of one hash in the content of its bucket; none where it cannot be read.
    pub(crate) fn places(mut bytes: &[u8], wanted: u32) -> Option<Places> {
        let mut hash = 0;
        while !bytes.is_empty() {
            hash = u32::try_from(take(&mut bytes)?).ok()?.checked_add(hash)?;
            match hash.cmp(&wanted) {
                Ordering::Less => pass_over(&mut bytes)?,
                Ordering::Equal => return list(&mut bytes),
                Ordering::Greater => break,
            }
        }
        Some(Places::none())
    }
}

fn list(bytes: &mut &[u8]) -> Option<Places> {
    let count = usize::try_from(take(bytes)?).ok()?;
    let mut places = Places::none();
    if count >= DENSE {
        let (bits, rest) = bytes.split_at_checked(BITS / 8)?;
        places.0.iter_mut().zip(bits.as_chunks().0).for_each(|(word, bits)| *word = u64::from_le_bytes(*bits));
        *bytes = rest;
        return Some(places);
    }
    let mut place = 0;
    for _ in 0..count {
        place = usize::try_from(take(bytes)?).ok()?.checked_add(place)?;
        places.set(place);
    }
    Some(places)
}

fn pass_over(bytes: &mut &[u8]) -> Option<()> {
    let count = usize::try_from(take(bytes)?).ok()?;
    if count >= DENSE {
        *bytes = bytes.get(BITS / 8..)?;
        return Some(());
    }
    // Each number ends with the first byte that has no high bit.
    let mut left = count;
    while left > 0 {
        let (byte, rest) = bytes.split_first()?;
        left -= usize::from(*byte < 0x80);
        *bytes = rest;
    }
    Some(())
}

fn put(mut number: u64, bytes: &mut Vec<u8>) {
    loop {
        let low = (number & 0x7F) as u8;
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

fn take(bytes: &mut &[u8]) -> Option<u64> {
    let (mut number, mut shift) = (0, 0);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F).checked_shl(shift)?;
        if *byte < 0x80 {
            return Some(number);
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_come_back_as_they_were() {
        let some = |wanted: fn(i64) -> bool| {
            let mut places = Places::none();
            (BLOCK * 7..BLOCK * 8).filter(|id| wanted(*id)).for_each(|id| places.insert(id));
            places
        };
        let mut postings = Postings::default();
        postings.add((3, 0), &some(|_| true));
        postings.add((3, 0x00FF_FFFF), &some(|id| id % 7 == 0));
        postings.add((3, 77), &some(|id| id % 1_000 == 1));
        postings.add((255, 1), &some(|id| id == BLOCK * 8 - 1));
        let mut read = Postings::default();
        for (bucket, bytes) in postings.buckets() {
            read.read(bucket, &bytes).unwrap();
        }
        assert_eq!(read, postings);
        let bytes = postings.bucket(3);
        let some = Postings::places(&bytes, 77).unwrap();
        assert_eq!(some.complaints(7), (BLOCK * 7..BLOCK * 8).rev().filter(|id| id % 1_000 == 1).collect::<Vec<_>>());
        assert_eq!(Postings::places(&bytes, 0).unwrap().count(), BITS, "the first hash may be zero");
        assert!(Postings::places(&bytes, 78).unwrap().is_empty());
        assert!(Postings::places(bytes.get(..bytes.len() - 1).unwrap(), 0x00FF_FFFF).is_none(), "cut off");
        read.remove(BLOCK * 8 - 1);
        assert!(read.bucket(255).is_empty());
    }

    #[test]
    fn numbers_below_zero_have_a_block_of_their_own() {
        assert_eq!([-1, 0, BLOCK - 1, BLOCK].map(block_of), [-1, 0, 0, 1]);
    }
}
