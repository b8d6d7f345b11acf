//! Reading a complaint: one spelling, its bigrams, the names, numbers and topics in it.

mod address;
mod grams;
mod lexicon;
mod names;
mod numbers;
mod profile;
mod text;

pub(super) use address::AddressLevel;
pub(super) use grams::{BREAK, PREFIXES, Shingle, Token, fingerprint, mix, token_of_pair, tokens_of};
pub(super) use names::{NameView, Names};
pub(super) use numbers::agreement;
pub use profile::{Areas, Profile, ProfileInput};
pub(super) use profile::{Facts, MAX_TITLE, reading_version, topic_names};
pub use text::simplified;
