//! What was said of results, and who is called back.

use crate::{CallBackView, Page, RatingRow, StoreError};
use huiliu_domain::key::{ComplaintKey, TicketKey};

/// Ratings and call-backs.
pub trait Evaluations {
    /// What was said of the results of tickets, in the order in which it was stored.
    ///
    /// # Errors
    /// The store cannot be read, or a rating is damaged.
    fn ratings_of(&mut self, tickets: &[TicketKey]) -> Result<Vec<RatingRow>, StoreError>;

    /// What was said of results of a ticket about one of its complaints, or about it as a whole, the earliest first.
    ///
    /// # Errors
    /// The store cannot be read, or a rating is damaged.
    fn ratings_about(
        &mut self,
        ticket: TicketKey,
        complaint: Option<ComplaintKey>,
    ) -> Result<Vec<RatingRow>, StoreError>;

    /// The call-backs of complaints, in the order in which they came to be due.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn call_backs_of(&mut self, complaints: &[ComplaintKey]) -> Result<Vec<CallBackView>, StoreError>;

    /// A page of the call-backs that are due, those that wait longest first.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn due_call_backs(&mut self, page: Page) -> Result<Vec<CallBackView>, StoreError>;
}
