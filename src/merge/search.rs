//! Finding the open complaints that might be the same matter: corpus counts, lists of shared shingles, the documents.

mod corpus;
mod index;
mod postings;
mod query;

pub(super) use corpus::Corpus;
pub use index::{ComplaintKey, MergeIndex, TicketKey};
pub(super) use index::{Document, Draft, Scratch};
pub(super) use query::{Query, Weighed, passages};
