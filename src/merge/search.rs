//! Finding the open complaints that might be the same matter: corpus counts, lists of shared shingles, the documents.

mod corpus;
mod document;
mod index;
mod postings;
mod query;

pub(super) use corpus::{Corpus, Rarity};
pub use document::{ComplaintKey, TicketKey};
pub(super) use document::{Document, Draft};
pub use index::MergeIndex;
pub(super) use index::Scratch;
pub(super) use query::{Query, Weighed, passages};
