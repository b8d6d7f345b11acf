//! What SQLite's errors mean to those who use the store.

use rusqlite::ErrorCode;
use rusqlite::types::FromSqlError;

use crate::StoreError;

const FILE: &str = "the database file";

/// A cell that is not of its column's type.
pub(super) fn misread(error: FromSqlError) -> StoreError {
    StoreError::Damaged { table: "row", row: 0, reason: error.to_string() }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
        match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => Self::Conflict { source: error.into() },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Unusable { place: FILE.to_owned(), source: error.into() }
            }
            Some(_) => Self::unavailable(error),
            None => match error {
                FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..) => {
                    Self::Damaged { table: "row", row: 0, reason: error.to_string() }
                }
                _ => Self::unavailable(error),
            },
        }
    }
}

impl From<rusqlite_migration::Error> for StoreError {
    fn from(error: rusqlite_migration::Error) -> Self {
        use rusqlite_migration::{Error, MigrationDefinitionError};
        match error {
            Error::MigrationDefinition(MigrationDefinitionError::DatabaseTooFarAhead) => {
                Self::Newer { source: error.into() }
            }
            Error::RusqliteError { err, .. } => err.into(),
            other => Self::Unusable { place: FILE.to_owned(), source: other.into() },
        }
    }
}
