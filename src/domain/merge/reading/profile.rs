//! What merging knows of one complaint. No text of the citizen is kept beyond tokens, names and numbers; identity only as
//! keyed hashes.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::address::Address;
use super::grams::{BREAK, Shingle, Token, mix, sequence, shingles, text_hash};
use super::lexicon::{Words, lexicon, lists};
use super::names::Names;
use super::numbers::Numbers;
use super::text::{flat, normalize, without, without_boilerplate};
use crate::complaint::{Complaint, Division, Point};

/// Most tokens kept of a title.
pub(in crate::merge) const MAX_TITLE: usize = 64;

/// Names of districts. A complaint has its district as a fact of its own; in the text they only make neighbours look alike.
#[derive(Debug, Default)]
pub struct Areas {
    words: Words,
    /// Of all names.
    hash: u64,
}

impl Areas {
    /// The names of a pack's districts.
    #[must_use]
    pub fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let names: Vec<String> = names.map(|name| normalize(name).into_iter().collect()).collect();
        let hash = text_hash(&names.iter().map(String::as_str).collect::<Vec<_>>());
        Self { words: Words::new(names.iter().map(|name| (name.as_str(), 0))), hash }
    }
}

/// Raised with every change of what a profile or a document holds for the same complaint.
const READING: u64 = 3;

/// Whether two readings of a complaint can differ: a number for the program, its word lists, and what a pack adds to them.
/// `default_category` is the code of the category that counts as none, and
/// those that are `confidential` merge with no other.
pub(in crate::merge) fn reading_version(areas: &Areas, default_category: &str, confidential: &BTreeSet<String>) -> u64 {
    let mut categories = vec![default_category];
    categories.extend(confidential.iter().map(String::as_str));
    mix(text_hash(&lists()) ^ mix(areas.hash ^ mix(text_hash(&categories) ^ READING)))
}

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
    /// District code, when the source or the text says it.
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
    /// Names that are no part of the matter.
    pub areas: Option<&'a Areas>,
    /// Whether the citizen asked for secrecy (保密).
    pub confidential: bool,
}

/// What is compared field by field; shared between a profile and the document that it becomes.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(PartialEq))]
pub(in crate::merge) struct Facts {
    pub names: Names,
    pub numbers: Numbers,
    /// Bit i is set when the words of topic i occur in the title, or, when no topic does, in the text.
    pub topics: u64,
    #[serde(with = "division")]
    pub district: Option<Division>,
    /// Hash of the category code.
    pub category: Option<u64>,
    pub address: Option<Box<Address>>,
    #[serde(with = "point")]
    pub point: Option<Point>,
    pub reporters: Box<[u64]>,
    /// Hash of channel and the source's own number.
    pub number: u64,
    #[serde(with = "jiff::fmt::serde::timestamp::nanosecond::required")]
    pub at: Timestamp,
    /// Whether the citizen asked for secrecy (保密), or the kind is confidential.
    pub confidential: bool,
}

/// The domain's nouns say themselves only what they are made of.
mod division {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::complaint::Division;

    pub(super) fn serialize<S: Serializer>(division: &Option<Division>, to: S) -> Result<S::Ok, S::Error> {
        division.map(Division::parts).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Division>, D::Error> {
        Ok(Option::deserialize(from)?.map(Division::from_parts))
    }
}

mod point {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::complaint::Point;

    pub(super) fn serialize<S: Serializer>(point: &Option<Point>, to: S) -> Result<S::Ok, S::Error> {
        point.map(|point| (point.lat, point.lng)).serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Point>, D::Error> {
        Ok(Option::deserialize(from)?.map(|(lat, lng)| Point { lat, lng }))
    }
}

/// What merging knows of one complaint.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Distinct tokens of title, text and address.
    pub(in crate::merge) tokens: Vec<Token>,
    /// Tokens of the title, in order, with breaks.
    pub(in crate::merge) title: Vec<Token>,
    /// Bit i is set when the title's token i stands in the text too.
    pub(in crate::merge) repeated: u64,
    /// Distinct shingles of title, text and address.
    pub(in crate::merge) shingles: Vec<Shingle>,
    /// Chinese characters, letters and digits of everything.
    pub(in crate::merge) flat: String,
    pub(in crate::merge) facts: Arc<Facts>,
    /// Hash of the number that the source marks it as a repeat of.
    pub(in crate::merge) repeat_of: Option<u64>,
}

impl Profile {
    /// Makes a profile.
    #[must_use]
    pub fn new(input: &ProfileInput<'_>) -> Self {
        let title = normalize(input.title);
        let text = normalize(input.text);
        let address = normalize(input.address.unwrap_or_default());
        let numbers = Numbers::new(&title, &[&text[..], &address[..]].join(&'。'));
        let title_topics = topics(&title);
        let topics = if title_topics == 0 { topics(&text) } else { title_topics };
        let whole: Vec<char> = [&title[..], &text[..], &address[..]].join(&'。');
        let cut = |text: &[char]| {
            let text = without_boilerplate(text);
            input.areas.map_or_else(|| text.clone(), |areas| without(&text, &areas.words))
        };
        let (title, text, address) = (cut(&title), cut(&text), cut(&address));
        let title_tokens: Vec<Token> = sequence(&title).into_iter().take(MAX_TITLE).collect();
        let text_tokens = unique([&sequence(&text)[..], &sequence(&address)[..]].concat());
        let is_repeated = |token: &Token| *token != BREAK && text_tokens.binary_search(token).is_ok();
        let repeated = title_tokens.iter().take(64).enumerate();
        let repeated = repeated.fold(0, |bits, (at, token)| bits | (u64::from(is_repeated(token)) << at));
        let mut all_tokens = unique([&title_tokens[..], &text_tokens[..]].concat());
        all_tokens.retain(|token| *token != BREAK);
        let all_shingles = [shingles(&title), shingles(&text), shingles(&address)].concat();
        Self {
            tokens: all_tokens,
            title: title_tokens,
            repeated,
            shingles: unique(all_shingles),
            flat: flat(&whole),
            facts: Arc::new(Facts {
                names: Names::new(&title, &address, &text),
                numbers,
                topics,
                district: input.district.map(Division::of),
                category: input.category.map(|code| text_hash(&[code])),
                address: Address::read(&address).map(Box::new),
                point: input.point,
                reporters: input.reporter_hashes.clone().into(),
                number: text_hash(&[input.number.0, input.number.1]),
                at: input.at,
                confidential: input.confidential,
            }),
            repeat_of: input.duplicate_mark.map(|mark| text_hash(&[input.number.0, mark])),
        }
    }
}

impl Profile {
    /// The profile of a complaint; `category` is `None` for the default one.
    pub(in crate::merge) fn of(
        complaint: &Complaint,
        district: Option<&str>,
        category: Option<&str>,
        reporter_hashes: Vec<u64>,
        received_at: Timestamp,
        areas: &Areas,
    ) -> Self {
        let place = &complaint.place;
        let parts = [&place.street, &place.community, &place.address];
        let address = parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        Self::new(&ProfileInput {
            number: (&complaint.channel, &complaint.number),
            title: &complaint.title,
            text: &complaint.text,
            address: (!address.is_empty()).then_some(address.as_str()),
            district,
            category,
            point: place.point,
            reporter_hashes,
            duplicate_mark: complaint.duplicate_mark.as_deref(),
            at: complaint.occurred_at.or(complaint.received_at).unwrap_or(received_at),
            areas: Some(areas),
            confidential: complaint.reporter.confidential,
        })
    }

    /// The same of a complaint whose kind is confidential.
    #[must_use]
    pub(in crate::merge) fn confidential(mut self) -> Self {
        Arc::make_mut(&mut self.facts).confidential = true;
        self
    }
}

impl Facts {
    /// Whether the category is the one with this code.
    pub(in crate::merge) fn has_category(&self, code: &str) -> bool {
        self.category == Some(text_hash(&[code]))
    }

    /// Heap bytes.
    pub(in crate::merge) fn heap(&self) -> usize {
        let address = self.address.as_ref().map_or(0, |address| size_of::<Address>() + address.heap());
        self.names.heap() + self.numbers.heap() + address + size_of_val(&*self.reporters)
    }
}

fn unique<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort_unstable();
    items.dedup();
    items
}

fn topics(text: &[char]) -> u64 {
    let words = &lexicon().topics;
    (0..text.len())
        .flat_map(|at| words.all_at(text.get(at..).unwrap_or_default()))
        .fold(0, |topics, (_, topic)| topics | (1 << topic))
}

/// The names of the topics whose bits are set.
pub(in crate::merge) fn topic_names(topics: u64) -> String {
    let names = lexicon().topic_names.iter().enumerate().filter(|(topic, _)| topics & (1 << topic) != 0);
    names.map(|(_, name)| *name).collect::<Vec<_>>().join("、")
}
