//! The word lists that the comparisons use. They are general Chinese of complaints, not of one city.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

/// Most topics: a complaint's topics are the bits of one number.
const MAX_TOPICS: usize = 64;

/// Words that are looked for at a place in a text, each with a tag.
#[derive(Debug, Default)]
pub(super) struct Words {
    by_first: HashMap<char, Vec<(Vec<char>, usize)>>,
}

impl Words {
    pub(super) fn new<'a>(words: impl Iterator<Item = (&'a str, usize)>) -> Self {
        let mut by_first: HashMap<char, Vec<(Vec<char>, usize)>> = HashMap::new();
        for (word, tag) in words {
            let word: Vec<char> = word.chars().collect();
            if let Some(first) = word.first() {
                by_first.entry(*first).or_default().push((word, tag));
            }
        }
        for words in by_first.values_mut() {
            words.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.cmp(b)));
        }
        Self { by_first }
    }

    /// Length of the longest word at the beginning of `text`.
    pub(super) fn longest_at(&self, text: &[char]) -> Option<usize> {
        self.all_at(text).next().map(|(length, _)| length)
    }

    /// Lengths and tags of the words at the beginning of `text`, the longest first.
    pub(super) fn all_at<'a>(&'a self, text: &'a [char]) -> impl Iterator<Item = (usize, usize)> + 'a {
        let words = text.first().and_then(|first| self.by_first.get(first)).map(Vec::as_slice).unwrap_or_default();
        words.iter().filter(|(word, _)| text.starts_with(word)).map(|(word, tag)| (word.len(), *tag))
    }
}

/// All lists.
pub(super) struct Lexicon {
    pub boilerplate: Words,
    pub place_endings: Words,
    pub place_starts: Words,
    pub place_generic: HashSet<&'static str>,
    pub topics: Words,
    pub topic_names: Vec<&'static str>,
}

const BOILERPLATE: &str = include_str!("lexicon/boilerplate.txt");
const PLACE_ENDINGS: &str = include_str!("lexicon/place-endings.txt");
const PLACE_STARTS: &str = include_str!("lexicon/place-starts.txt");
const PLACE_GENERIC: &str = include_str!("lexicon/place-generic.txt");
const TOPICS: &str = include_str!("lexicon/topics.txt");

/// The lists as they are written.
pub(super) fn lists() -> [&'static str; 5] {
    [BOILERPLATE, PLACE_ENDINGS, PLACE_STARTS, PLACE_GENERIC, TOPICS]
}

/// The lists, read once.
pub(super) fn lexicon() -> &'static Lexicon {
    static LEXICON: OnceLock<Lexicon> = OnceLock::new();
    LEXICON.get_or_init(|| {
        let topics: Vec<(&str, &str)> =
            lines(TOPICS).filter_map(|line| line.split_once(':')).take(MAX_TOPICS).collect();
        let topic_words = topics
            .iter()
            .enumerate()
            .flat_map(|(tag, (_, words))| words.split_whitespace().map(move |word| (word, tag)));
        Lexicon {
            boilerplate: Words::new(words(BOILERPLATE).map(|word| (word, 0))),
            place_endings: Words::new(words(PLACE_ENDINGS).map(|word| (word, 0))),
            place_starts: Words::new(words(PLACE_STARTS).map(|word| (word, 0))),
            place_generic: words(PLACE_GENERIC).collect(),
            topics: Words::new(topic_words),
            topic_names: topics.iter().map(|(name, _)| *name).collect(),
        }
    })
}

fn lines(list: &'static str) -> impl Iterator<Item = &'static str> {
    list.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

fn words(list: &'static str) -> impl Iterator<Item = &'static str> {
    lines(list).flat_map(str::split_whitespace)
}
