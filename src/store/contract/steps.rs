//! Writing steps of the desk, and what the desk reads when it starts.

use crate::{Changes, Corpus, Counters, StoreError};
use huiliu_domain::key::ComplaintKey;

/// Steps: each one is written whole, in one transaction, or not at all.
pub trait Steps {
    /// The next free numbers.
    ///
    /// # Errors
    /// The store cannot be read.
    fn counters(&mut self) -> Result<Counters, StoreError>;

    /// Everything needed to rebuild the merge index: complaints whose words are there, with a number above `after`, at most `limit`, oldest first;
    /// each with its imprint of this reading, or whole where there is none. An imprint that is damaged is given empty: it is
    /// made again from the complaint.
    ///
    /// # Errors
    /// The store cannot be read, or a complaint is damaged; then some may have been visited.
    fn corpus(
        &mut self,
        after: ComplaintKey,
        limit: usize,
        reading: Option<u64>,
        visit: &mut dyn FnMut(Corpus),
    ) -> Result<(), StoreError>;

    /// All cannot-links.
    ///
    /// # Errors
    /// The store cannot be read.
    fn cannot_links(&mut self) -> Result<Vec<(ComplaintKey, ComplaintKey)>, StoreError>;

    /// Takes over part of a step. It counts once [`Steps::commit`] has written the rest, and is gone after
    /// [`Steps::abandon`]; until then nobody sees it.
    ///
    /// # Errors
    /// The store has stopped. Whether the part can be written is said by the commit.
    fn write_ahead(&mut self, part: Changes) -> Result<(), StoreError>;

    /// Writes one step, what was written ahead of it included, in one transaction. After an error nothing of the step is
    /// left.
    ///
    /// # Errors
    /// The step contradicts what is stored, or the store cannot be written.
    fn commit(&mut self, rest: Changes) -> Result<(), StoreError>;

    /// Forgets what was written ahead.
    fn abandon(&mut self);

    /// Writes so many bytes and takes them away again: whether the store works and has room.
    ///
    /// # Errors
    /// It does not.
    fn probe(&mut self, bytes: u32) -> Result<(), StoreError>;
}
