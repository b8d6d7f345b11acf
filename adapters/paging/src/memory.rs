//! What was read lately, as digests: small enough to be stored with every batch.

use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

/// Hexadecimal digits of one half of a digest: 40 bits, so that a thousand of them take a stranger for one of their own once in
/// a thousand million times.
const HALF_DIGITS: usize = 10;
/// Hexadecimal digits of a digest.
const DIGITS: usize = 2 * HALF_DIGITS;

/// A record's id and content, as digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark(String);

impl Mark {
    /// The digests of an id and of a content.
    #[must_use]
    pub fn of(id: &str, content: &str) -> Self {
        Self(half(id.as_bytes()) + &half(content.as_bytes()))
    }

    fn id(&self) -> &[u8] {
        self.0.as_bytes().get(..HALF_DIGITS).unwrap_or_default()
    }
}

/// The digest of anything, 40 bits in hexadecimal digits.
pub(crate) fn half(bytes: &[u8]) -> String {
    let hash = digest(&SHA256, bytes);
    hash.as_ref().iter().take(HALF_DIGITS / 2).map(|byte| format!("{byte:02x}")).collect()
}

/// The digest of a page: which records, in which order.
pub(crate) fn page_digest<'a>(marks: impl Iterator<Item = &'a Mark>) -> String {
    let ids: Vec<u8> = marks.flat_map(|mark| mark.id().iter().copied()).collect();
    half(&ids)
}

/// The latest marks, at most as many as whoever adds to it says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Memory(String);

impl Memory {
    /// Marks in it.
    pub(crate) fn len(&self) -> usize {
        self.0.len() / DIGITS
    }

    /// Adds a mark; the oldest goes where there are more than `most`.
    pub(crate) fn add(&mut self, mark: &Mark, most: usize) {
        self.0.push_str(&mark.0);
        let excess = self.len().saturating_sub(most) * DIGITS;
        self.0.drain(..excess);
    }

    /// Whether a record of this id is in it.
    pub(crate) fn has_id(&self, mark: &Mark) -> bool {
        self.marks().any(|known| known.starts_with(mark.id()))
    }

    /// Whether this very record is in it.
    pub(crate) fn has(&self, mark: &Mark) -> bool {
        self.marks().any(|known| known == mark.0.as_bytes())
    }

    /// These marks, and those of another that are not among them, as long as there are at most `most`.
    pub(crate) fn followed_by(mut self, other: Option<&Self>, most: usize) -> Self {
        let new: Vec<String> = other
            .into_iter()
            .flat_map(Self::marks)
            .filter(|mark| !self.marks().any(|own| own == *mark))
            .take(most.saturating_sub(self.len()))
            .map(|mark| String::from_utf8_lossy(mark).into_owned())
            .collect();
        self.0.extend(new);
        self
    }

    /// The ids in it, the latest first.
    pub(crate) fn ids_from_latest(&self) -> impl Iterator<Item = &[u8]> {
        self.0.as_bytes().rchunks_exact(DIGITS).filter_map(|mark| mark.get(..HALF_DIGITS))
    }

    /// Where in a page the latest of it stands that is there at all.
    pub(crate) fn latest_in<'a>(&self, page: impl Iterator<Item = &'a Mark>) -> Option<usize> {
        let page: Vec<&[u8]> = page.map(Mark::id).collect();
        self.ids_from_latest().find_map(|id| page.iter().rposition(|other| *other == id))
    }

    fn marks(&self) -> impl Iterator<Item = &[u8]> {
        self.0.as_bytes().chunks_exact(DIGITS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first_and_content_is_told_from_id() {
        let mut memory = Memory::default();
        for id in ["1", "2", "3"] {
            memory.add(&Mark::of(id, "a"), 2);
        }
        assert_eq!(memory.len(), 2);
        assert!(!memory.has_id(&Mark::of("1", "a")) && memory.has(&Mark::of("3", "a")));
        assert!(memory.has_id(&Mark::of("3", "b")) && !memory.has(&Mark::of("3", "b")));
    }

    #[test]
    fn a_page_is_gone_on_with_behind_the_latest_record_that_is_still_there() {
        let marks = |ids: &[&str]| ids.iter().map(|id| Mark::of(id, "")).collect::<Vec<_>>();
        let mut memory = Memory::default();
        for mark in marks(&["1", "2", "3"]) {
            memory.add(&mark, 9);
        }
        assert_eq!(memory.latest_in(marks(&["0", "1", "2", "4"]).iter()), Some(2));
        assert_eq!(memory.latest_in(marks(&["7"]).iter()), None);
    }
}
