//! Reading a complaint: one spelling, its bigrams, the names, numbers and topics in it.

mod address;
mod grams;
mod lexicon;
mod names;
mod numbers;
mod profile;
mod text;

pub(super) use address::{Address, AddressLevel};
pub(super) use grams::{BREAK, FORMS, Shingle, Token, fingerprint, mix, token_of_pair, tokens_of};
pub(super) use names::{NameView, Names};
pub(super) use numbers::agreement;
pub use profile::{Areas, Profile, ProfileInput, reading_version};
pub(super) use profile::{Facts, MAX_TITLE, topic_names};
