//! What PostgreSQL's errors mean to those who use the store.

use tokio_postgres::error::SqlState;

use crate::StoreError;

/// A cell that is not of its column's type.
pub(super) fn misread(error: tokio_postgres::Error) -> StoreError {
    StoreError::Damaged { table: "row", row: 0, reason: error.to_string() }
}

impl From<tokio_postgres::Error> for StoreError {
    fn from(error: tokio_postgres::Error) -> Self {
        // Class 23: what is stored contradicts what is written.
        match error.code().map(SqlState::code) {
            Some(code) if code.starts_with("23") => Self::Conflict { source: error.into() },
            _ => Self::unavailable(error),
        }
    }
}
