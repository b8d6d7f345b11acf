//! Merging: finds the tickets that might be the same matter, compares, decides, and says why.
//!
//! The words are those of record linkage (Splink): *blocking* chooses which pairs are looked at, a *comparison* has
//! *levels*, each level a *match weight* in log2; *null* is a level of its own with weight 0: no evidence, not a mismatch.
//! The sum of prior and weights puts a complaint into the *auto*, *review* or *new* zone.
//!
//! Everything here is pure and synchronous: time and settings are arguments, the same calls in the same order give the
//! same decisions, bit for bit. Personal data enters as keyed hashes only.

mod compare;
mod comparison;
mod decide;
mod evidence;
mod finding;
mod guard;
mod merging;
mod reading;
mod search;
mod settings;
mod weights;

pub use comparison::{Comparison, Level};
pub use decide::{Decision, Zone};
pub use evidence::{Contribution, Evidence};
pub use guard::Guard;
pub use merging::Merging;
pub use reading::{Areas, Profile, ProfileInput, simplified};
pub use search::{Imprint, Listing, MergeIndex, Rebuild};
pub use settings::MergeSettings;
pub use weights::Weights;
