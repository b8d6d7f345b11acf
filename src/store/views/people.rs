//! People and sessions.

use huiliu_domain::people::{Attempts, Person};
use jiff::Timestamp;

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// Name by which they sign in and stand in the audit log.
    pub name: String,
    /// What is known of them, sealed.
    pub person: Person,
    /// How signing in went lately.
    pub attempts: Attempts,
    /// When they were added.
    pub created_at: Timestamp,
}

/// A session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// SHA-256 of its token.
    pub hash: Vec<u8>,
    /// Whose it is.
    pub person: String,
    /// When it began.
    pub began_at: Timestamp,
    /// When it was last used.
    pub seen_at: Timestamp,
}
