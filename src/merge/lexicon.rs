//! The word lists that the comparisons use. They are general Chinese of complaints, not of one city.

use std::sync::OnceLock;

/// A topic with the words that tell it.
pub(super) struct Topic {
    pub name: &'static str,
    pub words: Vec<&'static str>,
}

/// All lists, each sorted longest first where order decides.
pub(super) struct Lexicon {
    pub boilerplate: Vec<Vec<char>>,
    pub place_endings: Vec<Vec<char>>,
    pub place_starts: Vec<Vec<char>>,
    pub place_generic: std::collections::HashSet<&'static str>,
    pub topics: Vec<Topic>,
}

/// The lists, read once.
pub(super) fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(|| Lexicon {
        boilerplate: longest_first(include_str!("lexicon/boilerplate.txt")),
        place_endings: longest_first(include_str!("lexicon/place-endings.txt")),
        place_starts: longest_first(include_str!("lexicon/place-starts.txt")),
        place_generic: words(include_str!("lexicon/place-generic.txt")).collect(),
        topics: lines(include_str!("lexicon/topics.txt"))
            .filter_map(|line| line.split_once(':'))
            .map(|(name, words)| Topic { name, words: words.split_whitespace().collect() })
            .collect(),
    })
}

fn lines(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    lines(list).flat_map(str::split_whitespace)
}

fn longest_first(list: &'static str) -> Vec<Vec<char>> {
    let mut all: Vec<Vec<char>> = words(list).map(|word| word.chars().collect()).collect();
    all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    all
}

/// The longest word of a list that stands at the beginning of `text`.
pub(super) fn word_at(list: &[Vec<char>], text: &[char]) -> Option<usize> {
    list.iter().find(|word| text.starts_with(word)).map(Vec::len)
}
