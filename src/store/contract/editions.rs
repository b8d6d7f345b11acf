//! Reports that were made at their set times, and boards that fetch bulletins.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::{Edition, EditionFile, NewEdition, Page, StoreError};

/// Most editions of a report that are kept: more than a year of a daily one.
pub const MAX_EDITIONS: usize = 400;

/// Editions of reports, and boards.
pub trait Editions {
    /// Keeps an edition, unless there is one of its report up to its last day; says whether it was kept. Of a report only the last
    /// `MAX_EDITIONS` stay, and those that wait to be sent.
    ///
    /// # Errors
    /// The store cannot be written.
    fn keep_edition(&mut self, edition: &NewEdition) -> Result<bool, StoreError>;

    /// The last day of the newest edition of a report.
    ///
    /// # Errors
    /// The store cannot be read, or it is damaged.
    fn last_edition(&mut self, report: &str) -> Result<Option<Date>, StoreError>;

    /// Editions, of one report if one is named, the newest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn editions(&mut self, report: Option<&str>, page: Page) -> Result<Vec<Edition>, StoreError>;

    /// One edition with its files.
    ///
    /// # Errors
    /// The store cannot be read, or it is damaged.
    fn edition(&mut self, id: i64) -> Result<Option<(Edition, Vec<EditionFile>)>, StoreError>;

    /// Numbers of the editions that wait for a destination, the oldest first, at most `limit`.
    ///
    /// # Errors
    /// The store cannot be read.
    fn waiting_editions(&mut self, destination: &str, limit: usize) -> Result<Vec<i64>, StoreError>;

    /// Notes that an edition went to a destination.
    ///
    /// # Errors
    /// The store cannot be written.
    fn note_edition_sent(&mut self, id: i64, destination: &str, at: Timestamp) -> Result<(), StoreError>;

    /// Notes that the token of a board fetched a bulletin.
    ///
    /// # Errors
    /// The store cannot be written.
    fn note_board(&mut self, bulletin: &str, token: &str, at: Timestamp) -> Result<(), StoreError>;

    /// The tokens that fetched a bulletin, by name, with when each did so last.
    ///
    /// # Errors
    /// The store cannot be read, or a time is damaged.
    fn boards(&mut self, bulletin: &str) -> Result<Vec<(String, Timestamp)>, StoreError>;
}
