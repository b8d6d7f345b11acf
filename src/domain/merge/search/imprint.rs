//! The imprint of a complaint: what is stored of it so that the index can be made again without reading the complaint again.
//! It holds the document as it was when the complaint came, and all tokens, which the corpus counts.

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::reading::{BREAK, Facts, MAX_TITLE, Profile, Token, fingerprint};
use super::document::{Document, Parts, halves};
use super::index::{MAX_GRAMS, MergeIndex};
use super::sketch::Sketch;
use crate::key::{ComplaintKey, TicketKey};

/// An imprint as it is stored, encoded by postcard. Lists of numbers are their bytes, the lowest first: most are hashes, which no
/// encoding makes shorter.
#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    /// Of 32 bits, sorted.
    tokens: &'a [u8],
    /// Whether it stood in the index, under these keys.
    listed: bool,
    /// Of 32 bits.
    keys: &'a [u8],
    /// Fingerprints of 16 bits, where those of all tokens are too many.
    grams: &'a [u8],
    /// Of 16 bits, by tokens of the title: one more than its place among the tokens, 0 for a break.
    title: &'a [u8],
    repeated: u64,
    norm: f32,
    total: f32,
    facts: Cow<'a, Facts>,
}

/// An imprint that was read: a complaint ready to be put into the index.
#[derive(Debug)]
pub struct Imprint {
    pub(super) tokens: Vec<Token>,
    listed: bool,
    pub(super) sketch: Sketch,
    pub(super) document: Document,
}

impl Imprint {
    /// Reads the imprint of a complaint that now belongs to a ticket; `None` when the bytes are no imprint.
    #[must_use]
    pub fn read(key: ComplaintKey, ticket: TicketKey, bytes: &[u8]) -> Option<Self> {
        let stored: Stored<'_> = postcard::from_bytes(bytes).ok()?;
        let tokens = numbers_of(stored.tokens, u32::from_le_bytes);
        let title = numbers_of(stored.title, u16::from_le_bytes).into_iter().map(|at| match at.checked_sub(1) {
            None => Some(BREAK),
            Some(at) => tokens.get(usize::from(at)).copied(),
        });
        let title = title.collect::<Option<Vec<_>>>()?;
        let sketch = Sketch::new(tokens.iter().copied().map(fingerprint));
        let grams = match stored.grams {
            [] => fingerprints(&tokens),
            grams => numbers_of(grams, u16::from_le_bytes),
        };
        if grams.len() > MAX_GRAMS || title.len() > MAX_TITLE {
            return None;
        }
        let keys = numbers_of(stored.keys, u32::from_le_bytes);
        let (parts, facts) = (Parts { grams: &grams, title: &title, keys: &keys }, Arc::new(stored.facts.into_owned()));
        let sums = (stored.norm, stored.total);
        let document = Document::packed(key, ticket, facts, &parts, stored.repeated, sums);
        Some(Self { tokens, listed: stored.listed, sketch, document })
    }

    /// Whether it can be found by what it says: it stood in the index when the imprint was made.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        self.listed
    }
}

impl MergeIndex {
    /// The imprint of a complaint in the index, which was made from this profile; `None` when it is not there.
    #[must_use]
    pub fn imprint(&self, key: ComplaintKey, profile: &Profile) -> Option<Vec<u8>> {
        Some(imprint_of(self.document(key)?, profile, true))
    }
}

/// The imprint of a document that was made from this profile.
pub(super) fn imprint_of(document: &Document, profile: &Profile, listed: bool) -> Vec<u8> {
    let at = |token: &Token| profile.tokens.binary_search(token).ok().and_then(|at| u16::try_from(at + 1).ok());
    let title = document.title().iter().map(|token| at(token).unwrap_or_default());
    let (pairs, odd) = document.grams();
    let grams = pairs.iter().flat_map(|pair| <[u16; 2]>::from(halves(*pair))).chain(odd);
    let grams = grams.filter(|_| profile.tokens.len() > MAX_GRAMS);
    let stored = Stored {
        tokens: &bytes_of(profile.tokens.iter().copied().map(u32::to_le_bytes)),
        listed,
        keys: &bytes_of(document.keys().iter().copied().map(u32::to_le_bytes)),
        grams: &bytes_of(grams.map(u16::to_le_bytes)),
        title: &bytes_of(title.map(u16::to_le_bytes)),
        repeated: document.repeated,
        norm: document.norm,
        total: document.total,
        facts: Cow::Borrowed(&document.facts),
    };
    // Serializing fails only for sequences of unknown length, and there is none.
    postcard::to_stdvec(&stored).unwrap_or_default()
}

fn bytes_of<const N: usize>(numbers: impl Iterator<Item = [u8; N]>) -> Vec<u8> {
    numbers.flatten().collect()
}

fn numbers_of<T, const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
    let (numbers, _rest) = bytes.as_chunks();
    numbers.iter().map(|bytes| number(*bytes)).collect()
}

/// The distinct fingerprints of tokens, sorted.
fn fingerprints(tokens: &[Token]) -> Vec<u16> {
    let mut grams: Vec<u16> = tokens.iter().copied().map(fingerprint).collect();
    grams.sort_unstable();
    grams.dedup();
    grams
}

#[cfg(test)]
mod tests {
    use super::super::super::reading::{ProfileInput, mix};
    use super::*;
    use crate::complaint::Point;

    const KEY: ComplaintKey = ComplaintKey(5);
    const TICKET: TicketKey = TicketKey(9);

    fn complaint(text: &str) -> Profile {
        Profile::new(&ProfileInput {
            number: ("hotline", "1"),
            title: "丽景花园3栋电梯停运，老人出不了门",
            text,
            address: Some("青鱼滩路12号丽景花园"),
            district: Some("371002"),
            category: Some("housing"),
            point: Some(Point { lat: 37.16, lng: 122.48 }),
            reporter_hashes: vec![7, u64::MAX],
            at: jiff::Timestamp::from_nanosecond(1_700_000_000_123_456_789).unwrap(),
            ..ProfileInput::default()
        })
    }

    #[test]
    fn an_imprint_gives_the_document_back() {
        let long: String = ('一'..='龥').step_by(29).collect();
        for text in ["丽景花园三栋二单元的电梯从上周起一直停运", long.as_str(), ""] {
            let (mut index, profile) = (MergeIndex::new(), complaint(text));
            index.learn(&profile);
            index.insert(KEY, TICKET, &profile);
            let bytes = index.imprint(KEY, &profile).unwrap();
            let (lived, read) = (index.document(KEY).unwrap(), Imprint::read(KEY, TICKET, &bytes).unwrap());
            assert_eq!(read.tokens, profile.tokens);
            assert_eq!((read.document.keys(), &read.document.facts), (lived.keys(), &lived.facts));
            assert_eq!((read.document.grams(), read.document.title()), (lived.grams(), lived.title()));
            let numbers = |document: &Document| (document.repeated, document.norm, document.total);
            assert_eq!(numbers(&read.document), numbers(lived));
            assert!(bytes.len() < 4 * (profile.tokens.len() + lived.keys().len()) + 800, "{} bytes", bytes.len());
        }
    }

    #[test]
    fn what_is_no_imprint_is_none() {
        let (mut index, profile) = (MergeIndex::new(), complaint("停水"));
        index.insert(KEY, TICKET, &profile);
        let bytes = index.imprint(KEY, &profile).unwrap();
        assert!(Imprint::read(KEY, TICKET, bytes.get(..bytes.len() / 2).unwrap()).is_none());
        assert!(Imprint::read(KEY, TICKET, &[0xFF; 64]).is_none());
        assert!(index.imprint(KEY.next(), &profile).is_none());
    }

    /// What a complaint is read as is stored. Where this number changes, `READING` is to be raised, so that what is stored is
    /// read again.
    #[test]
    fn a_change_of_reading_needs_a_new_version() {
        let profile = complaint("物业收费不透明，2026年11月起每月多收30元，Ｐ2Ｐ平臺也不退款，望核查。");
        let shingles: Vec<_> = profile.shingles.iter().map(|shingle| (shingle.prefixes, shingle.pairs)).collect();
        let read = (&profile.tokens, &profile.title, profile.repeated, shingles, &*profile.facts);
        let bytes = postcard::to_stdvec(&read).unwrap();
        assert_eq!(bytes.iter().fold(0, |state, byte| mix(state ^ u64::from(*byte))), 14_181_098_275_054_264_373);
    }
}
