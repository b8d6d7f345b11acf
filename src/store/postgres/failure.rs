//! What PostgreSQL's errors mean to those who use the store.

use std::error::Error as _;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::StoreError;
use crate::failure::Cause;
use crate::open::without_password;

/// Classes of what an operator has to see to: who may sign in, databases that are not there, rights, and damage.
const UNUSABLE: [&str; 6] = ["28", "3D", "3F", "42501", "F0", "XX001"];
/// Classes of what passes: a server that starts or stops, and one that has no room for a connection.
const PASSING: [&str; 2] = ["57P", "53"];

/// An error with what the server said; its own text leaves that to its source. Details are left out: they can quote what is stored.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Said {
    text: String,
    #[source]
    error: Error,
}

impl From<Error> for Said {
    fn from(error: Error) -> Self {
        let text = match (error.as_db_error(), error.source()) {
            (Some(said), _) => format!("{} ({})", said.message(), said.code().code()),
            (None, Some(source)) => format!("{error}: {source}"),
            (None, None) => error.to_string(),
        };
        Self { text, error }
    }
}

fn is_of(error: &Error, classes: &[&str]) -> bool {
    error.code().map(SqlState::code).is_some_and(|code| classes.iter().any(|class| code.starts_with(class)))
}

/// What `huiliu_prove` raises.
const DEPOSED: &str = "HL001";

/// A cell that is not of its column's type.
pub(super) fn misread(error: Error) -> StoreError {
    StoreError::Damaged { table: "row", row: 0, reason: Said::from(error).text }
}

/// Whether an error says that the connection is gone.
pub(super) fn is_gone(error: &Error) -> bool {
    error.is_closed() || is_of(error, &["57P", "08"])
}

/// A database that cannot be opened. What a server that is there says has to be seen to; one that is away can come back.
pub(super) fn not_opened(address: &str, source: impl Into<Cause>) -> StoreError {
    let source = source.into();
    let said = source.downcast_ref::<Said>().map(|said| &said.error);
    match said.is_some_and(|error| error.code().is_none() || is_of(error, &PASSING)) {
        true => StoreError::Unavailable { source },
        false => StoreError::Unusable { place: without_password(address), source },
    }
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        // Class 23: what is stored contradicts what is written.
        if is_of(&error, &[DEPOSED]) {
            return Self::Deposed;
        }
        let (is_conflict, is_unusable) = (is_of(&error, &["23"]), is_of(&error, &UNUSABLE));
        let source = Said::from(error).into();
        match (is_conflict, is_unusable) {
            (true, _) => Self::Conflict { source },
            (_, true) => Self::Unusable { place: "the database".to_owned(), source },
            _ => Self::Unavailable { source },
        }
    }
}
