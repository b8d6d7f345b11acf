//! What adapters share that read a source page by page: five ways of paging, the watermark at which reading stops, and reading
//! again what may have changed.
//!
//! Pure: a stored position and a page come in, the next position goes out. Who fetches the page, and how, is the adapter's.

mod settings;
mod state;

pub use settings::{Paging, Rescan};
pub use state::{Next, PageRead, State};
