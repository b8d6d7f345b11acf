//! How statements are asked together: as of one moment, all or none, or as far as rows can be read.

use tokio_postgres::Row;
use tokio_postgres::types::FromSqlOwned;

use super::cells::cell;
use super::link::{Link, Parameter};
use super::{PostgresStore, WRITING, limit};
use crate::StoreError;

/// Begins a transaction that reads as of one moment. Each statement is planned for what is asked: of a state with few rows another index
/// is the right one than of one with many.
const READING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL plan_cache_mode = force_custom_plan";

impl PostgresStore {
    /// Reads as of one moment, with several statements or where the plan hangs on what is asked.
    ///
    /// # Errors
    /// As reading, or the server is away.
    pub(super) fn snapshot<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.link.batch(READING)?;
        let found = read(self);
        ended(found, self.link.batch("COMMIT"))
    }

    /// Writes with several statements, alone: all of them, or none.
    ///
    /// # Errors
    /// As writing, or the server is away.
    pub(super) fn transaction<T>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.link.batch(WRITING)?;
        let written = write(self);
        let end = if written.is_ok() { "COMMIT" } else { "ROLLBACK" };
        ended(written, self.link.batch(end))
    }
}

/// What was done within a transaction, once that has ended; of two failures the first is told.
fn ended<T>(done: Result<T, StoreError>, end: Result<(), StoreError>) -> Result<T, StoreError> {
    let done = done?;
    end.map(|()| done)
}

/// The first column of the only row.
pub(super) fn only<T: FromSqlOwned>(link: &mut Link, sql: &str, parameters: &[Parameter<'_>]) -> Result<T, StoreError> {
    let none = || StoreError::unavailable("a statement that always has a row had none");
    first(link, sql, parameters)?.ok_or_else(none)
}

/// The first column of the first row, where there is one.
pub(super) fn first<T: FromSqlOwned>(
    link: &mut Link,
    sql: &str,
    parameters: &[Parameter<'_>],
) -> Result<Option<T>, StoreError> {
    link.rows(sql, parameters)?.first().map(|row| cell(row, 0)).transpose()
}

/// The numbers in the first column.
pub(super) fn numbers(link: &mut Link, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<i64>, StoreError> {
    link.all(sql, parameters, |row| cell(row, 0))
}

/// At most `most` rows that can be read, of a query without a limit of its own. One that is damaged is stepped over, so that it keeps
/// nobody from the others: it is said in the log, and named by an examination of the store.
pub(super) fn readable<T>(
    link: &mut Link,
    sql: &str,
    parameters: &[Parameter<'_>],
    most: usize,
    mut read: impl FnMut(&Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let sql = format!("{sql} LIMIT ${} OFFSET ${}", parameters.len() + 1, parameters.len() + 2);
    let (mut found, mut passed) = (Vec::new(), 0);
    while found.len() < most {
        let (left, offset) = (limit(most - found.len()), limit(passed));
        let rows = link.rows(&sql, &[parameters, &[&left, &offset]].concat())?;
        passed += rows.len();
        for row in &rows {
            match read(row) {
                Err(error) if error.is_damage() => {
                    tracing::error!(%error, "A row of a listing cannot be read; it is left out.");
                }
                row => found.push(row?),
            }
        }
        if limit(rows.len()) < left {
            break;
        }
    }
    Ok(found)
}
