//! What adapters share that read a source page by page: five ways of paging, the watermark at which reading stops, and reading
//! again what may have changed.
//!
//! Pure: a stored position and a page come in, the next position goes out. Who fetches the page, and how, is the adapter's.
//!
//! Where a list ends is never guessed from the length of a page: sources cap, filter and repeat. A pass ends at the watermark,
//! at an empty page, at a stated total, where there is no next cursor, or where pages bring nothing that the pass has not seen.

mod memory;
mod notice;
mod page;
mod pass;
mod settings;
mod state;

pub use memory::{Mark, Memory};
pub use notice::Notice;
pub use page::{Entry, Next, PageRead};
pub use pass::Pass;
pub use settings::{Paging, Rescan};
pub use state::{MAX_AGAIN, MAX_BARREN_PAGES, MAX_KNOWN, MAX_PAGES_ASIDE, MAX_PASS_PAGES, MAX_SEEN, State};
