//! Looking for complaints by what they tell and by how their tickets stand.

use crate::{ComplaintView, Page, Search, SearchPage, StoreError, WordsIndexed};

/// Searches. What is found over all pages is what reading every complaint would find, whatever is indexed.
pub trait Searches {
    /// Complaints that fit and that `admit` lets pass, the newest first; `page.after` is the [`next`](SearchPage::next) of the part
    /// before. A complaint without ticket is none.
    ///
    /// # Errors
    /// The store cannot be read, or what has to be read is damaged.
    fn search(
        &mut self,
        search: &Search,
        page: Page,
        admit: &mut dyn FnMut(&ComplaintView) -> bool,
    ) -> Result<SearchPage, StoreError>;

    /// Indexes the words of a few thousand complaints at most, where at least `least` are not indexed as they are now.
    ///
    /// # Errors
    /// The store cannot be written.
    fn index_words(&mut self, least: u64) -> Result<WordsIndexed, StoreError>;
}
