//! Who may sign in, and who has signed in.

use jiff::Timestamp;

use crate::{PersonRow, SessionRow, StoreError};
use huiliu_domain::audit::AuditEntry;
use huiliu_domain::people::{Attempts, Person};

/// Most sessions of one person at a time.
pub const MAX_SESSIONS: usize = 10;
/// Most people that may be able to sign in.
pub const MAX_PEOPLE: usize = 20_000;

/// People and their sessions.
pub trait People {
    /// All people, by name.
    ///
    /// # Errors
    /// The store cannot be read, or one of them is damaged.
    fn people(&mut self) -> Result<Vec<PersonRow>, StoreError>;

    /// One of them.
    ///
    /// # Errors
    /// The store cannot be read, or the row is damaged.
    fn person(&mut self, name: &str) -> Result<Option<PersonRow>, StoreError>;

    /// Changes what is known of somebody from `before`, or adds somebody where that is none, and says so in the audit log; false, and
    /// nothing is changed, where something else is known by now. Attempts of who is there stay as they are.
    ///
    /// # Errors
    /// The store cannot be read or written.
    fn put_person(&mut self, row: &PersonRow, before: Option<&Person>, entry: &AuditEntry) -> Result<bool, StoreError>;

    /// Removes somebody with their sessions, and says so in the audit log; whether there was one.
    ///
    /// # Errors
    /// The store cannot be written.
    fn remove_person(&mut self, name: &str, entry: &AuditEntry) -> Result<bool, StoreError>;

    /// Notes how signing in went.
    ///
    /// # Errors
    /// The store cannot be written.
    fn note_attempts(&mut self, name: &str, attempts: Attempts) -> Result<(), StoreError>;

    /// Begins a session, notes how signing in went, and says so in the audit log; false where there is nobody of the name any more.
    /// Somebody has [`MAX_SESSIONS`] at most: the one that was used longest ago ends.
    ///
    /// # Errors
    /// The store cannot be written.
    fn begin_session(
        &mut self,
        session: &SessionRow,
        attempts: Attempts,
        entry: &AuditEntry,
    ) -> Result<bool, StoreError>;

    /// A session by the hash of its token, with whose it is.
    ///
    /// # Errors
    /// The store cannot be read, or the person is damaged.
    fn session(&mut self, hash: &[u8]) -> Result<Option<(SessionRow, PersonRow)>, StoreError>;

    /// Notes when a session was last used.
    ///
    /// # Errors
    /// The store cannot be written.
    fn see_session(&mut self, hash: &[u8], at: Timestamp) -> Result<(), StoreError>;

    /// Ends a session, and says so in the audit log; whether there was one.
    ///
    /// # Errors
    /// The store cannot be written.
    fn end_session(&mut self, hash: &[u8], entry: &AuditEntry) -> Result<bool, StoreError>;

    /// The sessions of somebody, that used last first.
    ///
    /// # Errors
    /// The store cannot be read.
    fn sessions_of(&mut self, name: &str) -> Result<Vec<SessionRow>, StoreError>;

    /// Ends the sessions of somebody but for one. Gives their number.
    ///
    /// # Errors
    /// The store cannot be written.
    fn end_others(&mut self, name: &str, but: &[u8]) -> Result<usize, StoreError>;

    /// Ends sessions that were last used before a time, or began before another. Gives their number.
    ///
    /// # Errors
    /// The store cannot be written.
    fn forget_sessions(&mut self, before: (Timestamp, Timestamp)) -> Result<usize, StoreError>;
}
