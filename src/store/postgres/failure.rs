//! What PostgreSQL's errors mean to those who use the store.

use tokio_postgres::error::SqlState;

use crate::StoreError;
use crate::failure::Cause;
use crate::open::without_password;

/// Classes of what an operator has to see to: who may sign in, databases that are not there, rights, and damage.
const UNUSABLE: [&str; 6] = ["28", "3D", "3F", "42501", "F0", "XX001"];

/// A cell that is not of its column's type.
pub(super) fn misread(error: tokio_postgres::Error) -> StoreError {
    StoreError::Damaged { table: "row", row: 0, reason: error.to_string() }
}

/// A database that cannot be opened. What a server that is there says has to be seen to; one that is away can come back.
pub(super) fn not_opened(address: &str, source: impl Into<Cause>) -> StoreError {
    let source = source.into();
    let said = source.downcast_ref::<tokio_postgres::Error>();
    let is_away = said.is_some_and(|error| {
        error.code().is_none_or(|code| code.code().starts_with("57P") || code.code().starts_with("53"))
    });
    match is_away {
        true => StoreError::Unavailable { source },
        false => StoreError::Unusable { place: without_password(address), source },
    }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code().map(SqlState::code) {
            // Class 23: what is stored contradicts what is written.
            Some(code) if code.starts_with("23") => Self::Conflict { source: error.into() },
            Some(code) if UNUSABLE.iter().any(|class| code.starts_with(class)) => {
                Self::Unusable { place: "the database".to_owned(), source: error.into() }
            }
            _ => Self::unavailable(error),
        }
    }
}
