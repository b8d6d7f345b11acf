//! The index of words: which complaints of a block have which tokens, sealed by bucket. Outside the seal stands only which bucket of
//! which block it is; a bucket holds tokens by a keyed hash.

use std::collections::HashMap;

use super::{ComplaintCells, Kind, Place, Sealer};
use crate::StoreError;
use crate::words::{Places, Postings, Spelling, Token, Words, each_token};
use huiliu_domain::complaint::Complaint;

/// The bucket of a token, and its hash there.
type At = (u8, u32);

/// A bucket of a block.
pub(crate) struct SealedBucket {
    pub bucket: u8,
    pub body: Vec<u8>,
}

/// Reads the complaints of one block.
#[derive(Default)]
pub(crate) struct BlockReading {
    tokens: HashMap<Token, Places>,
    /// How many complaints were read.
    pub complaints: u64,
    /// Those that could not be opened.
    pub damaged: Vec<i64>,
}

impl BlockReading {
    fn read(&mut self, id: i64, complaint: &Complaint) {
        self.complaints += 1;
        let mut note = |token| self.tokens.entry(token).or_insert_with(Places::none).insert(id);
        Spelling::of_complaint(complaint).iter().for_each(|spelling| each_token(spelling, false, &mut note));
        Spelling::of_place(complaint).iter().for_each(|spelling| each_token(spelling, true, &mut note));
    }
}

impl Sealer {
    /// Where a token stands. The first byte of a keyed hash is the bucket, the next three are the hash in it.
    fn token_at(&self, token: Token) -> At {
        let [bucket, a, b, c, ..] = self.0.hash(token.kind(), &token.text()).to_be_bytes();
        (bucket, u32::from_be_bytes([0, a, b, c]))
    }

    /// Where the tokens of words, and of words of a place, stand, each once.
    pub(crate) fn tokens_at(&self, words: &Words, place: &Words) -> Vec<At> {
        let tokens = words.tokens(false).chain(place.tokens(true));
        let mut all: Vec<At> = tokens.map(|token| self.token_at(token)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Reads what one complaint of a block tells.
    pub(crate) fn read_words(&self, cells: ComplaintCells<'_>, reading: &mut BlockReading) {
        let id = cells.id;
        match self.complaint(cells) {
            Ok(view) => reading.read(id, &view.complaint),
            Err(_damaged) => reading.damaged.push(id),
        }
    }

    /// The posting lists of what was read.
    pub(crate) fn postings(&self, reading: &BlockReading) -> Postings {
        let mut postings = Postings::default();
        for (token, places) in &reading.tokens {
            postings.add(self.token_at(*token), places);
        }
        postings
    }

    /// All buckets of a block.
    pub(crate) fn buckets(&self, reading: &BlockReading) -> Result<Vec<SealedBucket>, StoreError> {
        let postings = self.postings(reading);
        let sealed = postings.buckets().map(|(bucket, content)| {
            // Mostly hashes and small differences, which cannot be packed much.
            Ok(SealedBucket { bucket, body: self.bytes(Kind::Words, &content)? })
        });
        sealed.collect()
    }

    /// The complaints that have the token with this hash, by its sealed bucket.
    pub(crate) fn places(&self, row: i64, sealed: &[u8], hash: u32) -> Result<Places, StoreError> {
        let place = Place { table: "word_bucket", row };
        let content = self.0.open_unpacked(Kind::Words.name(), sealed).map_err(|error| place.damaged(error))?;
        Postings::places(&content, hash).ok_or_else(|| place.damaged("the lists end in the middle"))
    }

    /// Adds what a sealed bucket holds.
    pub(crate) fn read_bucket(
        &self,
        (row, bucket): (i64, u8),
        sealed: &[u8],
        postings: &mut Postings,
    ) -> Result<(), StoreError> {
        let place = Place { table: "word_bucket", row };
        let content = self.0.open_unpacked(Kind::Words.name(), sealed).map_err(|error| place.damaged(error))?;
        postings.read(bucket, &content).ok_or_else(|| place.damaged("the lists end in the middle"))
    }
}
