//! What adapters share that take files out of a watched folder: which file is next, files that end the process again and again,
//! and putting away what is done.
//!
//! It knows nothing of what is in the files. Everything here blocks and belongs on a thread that may.

mod name;
mod openings;
mod watched;
mod whole;

pub use openings::{MAX_OPENINGS, Openings};
pub use watched::{FoundFile, PutAway, WatchedFolder};
pub use whole::write_whole;
