//! Finding the open complaints that might be the same matter: corpus counts, lists of shared shingles, the documents.

mod bands;
mod candidates;
mod corpus;
mod document;
mod grid;
mod imprint;
mod index;
mod memory;
mod postings;
mod query;
mod rebuild;
mod sketch;
mod tally;
mod tickets;

pub(super) use corpus::{Corpus, Rarity};
pub use document::{ComplaintKey, TicketKey};
pub(super) use document::{Document, Draft};
pub use imprint::Imprint;
pub use index::MergeIndex;
pub(super) use query::{Query, Shared, passages};
pub use rebuild::Rebuild;
pub(super) use tally::Tally;
