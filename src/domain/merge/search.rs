//! Blocking: finding the open complaints that might be the same matter, by document frequencies, posting lists and signatures.

mod bands;
mod candidates;
mod corpus;
mod document;
mod grid;
mod imprint;
mod index;
mod listing;
mod memory;
mod passages;
mod postings;
mod query;
mod rebuild;
mod sketch;
mod tally;
mod tickets;

pub(super) use corpus::{Corpus, Rarity};
pub(super) use document::{Document, Draft};
pub use imprint::Imprint;
pub use index::MergeIndex;
pub use listing::Listing;
pub(super) use passages::passages;
pub(super) use query::{Query, Shared};
pub use rebuild::Rebuild;
pub(super) use tally::Tally;
