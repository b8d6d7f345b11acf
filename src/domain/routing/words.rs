//! Many words found in a text in one pass, however many there are (Aho and Corasick, 1975).

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, BuildError};

/// Words, each of which belongs to an owner: a keyword to its category, a name to its district. A word is known by its place
/// among all words.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    automaton: Option<AhoCorasick>,
    /// The owner of each word, by its place among the owners.
    owners: Vec<usize>,
}

impl Words {
    /// Reads the words of each owner, in order.
    ///
    /// # Errors
    /// There are too many of them.
    pub(super) fn new<'a>(owners: impl Iterator<Item = &'a [String]>) -> Result<Self, BuildError> {
        let (owners, words): (Vec<usize>, Vec<&str>) =
            owners.enumerate().flat_map(|(at, words)| words.iter().map(move |word| (at, word.as_str()))).unzip();
        Ok(Self { automaton: Some(AhoCorasick::new(words)?), owners })
    }

    /// The place of a word's owner, and which of the owner's words it is.
    pub(super) fn owner(&self, word: usize) -> Option<(usize, usize)> {
        let owner = *self.owners.get(word)?;
        Some((owner, word - self.owners.partition_point(|other| *other < owner)))
    }

    /// The words that stand in a text, and where each begins first, in bytes.
    pub(super) fn found_in(&self, text: &str) -> BTreeMap<usize, usize> {
        let mut found = BTreeMap::new();
        let hits = self.automaton.iter().flat_map(|words| words.find_overlapping_iter(text));
        for hit in hits.filter(|hit| !hit.is_empty()) {
            found.entry(hit.pattern().as_usize()).or_insert(hit.start());
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_inside_words_are_found_and_the_first_place_counts() {
        let of = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let owners = [of(&["路灯", "灯", "路灯不亮"]), of(&[]), of(&["噪音", "灯"])];
        let words = Words::new(owners.iter().map(Vec::as_slice)).unwrap();
        let found = words.found_in("红绿灯和路灯不亮");
        assert_eq!(found, BTreeMap::from([(0, 12), (1, 6), (2, 12), (4, 6)]));
        assert_eq!(
            found.keys().map(|word| words.owner(*word).unwrap()).collect::<Vec<_>>(),
            [(0, 0), (0, 1), (0, 2), (2, 1)]
        );
        assert_eq!(words.found_in(""), BTreeMap::new());
        assert_eq!(Words::default().found_in("路灯"), BTreeMap::new());
    }
}
