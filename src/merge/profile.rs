//! What merging knows of one complaint. No text of the citizen is kept beyond tokens, names and numbers; identity only as
//! keyed hashes.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::lexicon::lexicon;
use super::names::{Name, names};
use super::numbers::{Numbers, numbers};
use super::text::{flat, normalize, tokens};
use crate::complaint::Point;

/// What a profile is made from.
#[derive(Debug, Clone, Default)]
pub struct ProfileInput<'a> {
    /// Channel and the source's own number.
    pub number: (&'a str, &'a str),
    /// Title.
    pub title: &'a str,
    /// Text.
    pub text: &'a str,
    /// Address as given, with street and community.
    pub address: Option<&'a str>,
    /// District code, when the source or the text tells it.
    pub district: Option<&'a str>,
    /// Category code, when it is not the default.
    pub category: Option<&'a str>,
    /// Point.
    pub point: Option<Point>,
    /// Keyed hashes of telephone, identity number and account.
    pub reporter_hashes: Vec<u64>,
    /// The source's own mark of the first complaint.
    pub duplicate_mark: Option<&'a str>,
    /// When the complaint was made.
    pub at: Timestamp,
}

/// What merging knows of one complaint.
#[derive(Debug, Clone)]
pub struct Profile {
    pub(super) number: (String, String),
    pub(super) tokens: BTreeMap<String, u32>,
    pub(super) title_tokens: Vec<String>,
    pub(super) flat: String,
    pub(super) names: Vec<Name>,
    pub(super) specific: Vec<Name>,
    pub(super) specific_in_title: bool,
    pub(super) title_numbers: Numbers,
    pub(super) numbers: Numbers,
    pub(super) topics: Vec<usize>,
    pub(super) district: Option<String>,
    pub(super) category: Option<String>,
    pub(super) address: Option<String>,
    pub(super) point: Option<Point>,
    pub(super) reporter_hashes: Vec<u64>,
    pub(super) duplicate_mark: Option<String>,
    pub(super) at: Timestamp,
}

/// Names taken from a text when the title has none.
const NAMES_FROM_TEXT: usize = 3;

impl Profile {
    /// Makes a profile.
    #[must_use]
    pub fn new(input: &ProfileInput<'_>) -> Self {
        let title = normalize(input.title);
        let text = normalize(input.text);
        let address = normalize(input.address.unwrap_or_default());
        let whole: Vec<char> = [&title[..], &text[..], &address[..]].join(&'。');
        let title_tokens = unique(tokens(&title));
        let mut counts = BTreeMap::new();
        for token in tokens(&text).into_iter().chain(tokens(&address)) {
            *counts.entry(token).or_insert(0) += 1;
        }
        for token in tokens(&title) {
            *counts.entry(token).or_insert(0) += 2;
        }
        let title_names = names(&title);
        let text_names: Vec<Name> = names(&address).into_iter().chain(names(&text)).collect();
        let named_in_title: Vec<Name> = title_names.iter().filter(|name| !name.is_area()).cloned().collect();
        let specific_in_title = !named_in_title.is_empty();
        let specific = if specific_in_title {
            named_in_title
        } else {
            text_names.iter().filter(|name| !name.is_area()).take(NAMES_FROM_TEXT).cloned().collect()
        };
        let title_topics = topics(&title);
        Self {
            number: (input.number.0.to_owned(), input.number.1.to_owned()),
            tokens: counts,
            title_tokens,
            flat: flat(&whole),
            names: title_names.into_iter().chain(text_names).collect(),
            specific,
            specific_in_title,
            title_numbers: numbers(&title),
            numbers: numbers(&whole),
            topics: if title_topics.is_empty() { topics(&text) } else { title_topics },
            district: input.district.map(str::to_owned),
            category: input.category.map(str::to_owned),
            address: input.address.map(|_| flat(&address)).filter(|address| address.chars().count() >= 4),
            point: input.point,
            reporter_hashes: input.reporter_hashes.clone(),
            duplicate_mark: input.duplicate_mark.map(str::to_owned),
            at: input.at,
        }
    }
}

fn unique(mut tokens: Vec<String>) -> Vec<String> {
    tokens.sort_unstable();
    tokens.dedup();
    tokens
}

fn topics(text: &[char]) -> Vec<usize> {
    let text: String = text.iter().collect();
    let tells = |words: &[&str]| words.iter().any(|word| text.contains(word));
    lexicon().topics.iter().enumerate().filter(|(_, topic)| tells(&topic.words)).map(|(index, _)| index).collect()
}
