//! A store that leaves its file for another database: its rows as they stand, sealed as they are.

use std::path::Path;

use ring::rand::{SecureRandom as _, SystemRandom};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params_from_iter};

use super::SqliteStore;
use crate::transfer::Value;
use crate::{StoreError, Vault};

/// How `PRAGMA application_id` of a file begins whose store has left it, or is leaving; the rest tells one move from another.
const LEFT: i64 = 0x48;
const REST_BITS: u32 = 24;
/// Most bytes of one part of a table.
const MAX_PART_BYTES: usize = 8 << 20;
/// Most rows of one part of a table.
const MAX_PART_ROWS: i64 = 5_000;

/// Whether the store has left its file.
pub(super) fn has_left(connection: &Connection) -> Result<bool, StoreError> {
    Ok(left(connection)?.is_some())
}

fn left(connection: &Connection) -> Result<Option<i64>, StoreError> {
    let id: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    Ok((id >> REST_BITS == LEFT).then_some(id))
}

/// How far a table has been read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Mark {
    /// Up to this number of its rows, exclusively of what follows.
    Number(i64),
    /// Up to the row with this key; none: nothing.
    Key(Option<Vec<Value>>),
}

/// Some rows of a table, in its order.
pub(crate) struct Part {
    pub rows: Vec<Vec<Value>>,
    pub mark: Mark,
}

/// A store in a file that is about to leave it. Nobody else writes to it meanwhile.
pub(crate) struct Leaving {
    pub store: SqliteStore,
}

impl Leaving {
    /// Opens a file, also one that was left already.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub(crate) fn open(path: &Path, vault: Vault) -> Result<Self, StoreError> {
        Ok(Self { store: SqliteStore::open_however(path, vault)? })
    }

    /// What tells this move from another: that of the one which has begun, else a new one.
    ///
    /// # Errors
    /// The file cannot be read, or the machine has no random numbers.
    pub(crate) fn number(&self) -> Result<i64, StoreError> {
        if let Some(number) = left(&self.store.connection)? {
            return Ok(number);
        }
        let mut rest = [0; 4];
        let filled = SystemRandom::new().fill(&mut rest);
        filled.map_err(|_unspecified| StoreError::unavailable("no random number is to be had"))?;
        Ok((LEFT << REST_BITS) + (i64::from(u32::from_ne_bytes(rest)) >> (u32::BITS - REST_BITS)))
    }

    /// Says in the file that the store leaves it by this move, or that it stays after all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn leave(&self, number: Option<i64>) -> Result<(), StoreError> {
        self.store.connection.pragma_update(None, "application_id", number.unwrap_or(0))?;
        Ok(())
    }

    /// Where reading a table begins.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn beginning(&self, table: &str) -> Result<Mark, StoreError> {
        let sql = "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1";
        let has_no_numbers: bool = self.store.connection.query_row(sql, [table], |row| row.get(0))?;
        Ok(if has_no_numbers { Mark::Key(None) } else { Mark::Number(i64::MIN) })
    }

    /// How many rows a table has.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn count(&self, table: &str) -> Result<i64, StoreError> {
        Ok(self.store.connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?)
    }

    /// The number that a table has given last, also where its row is gone; none where numbers are given again.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn last_number(&self, table: &str) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
        Ok(self.store.connection.query_row(sql, [table], |row| row.get(0)).optional()?)
    }

    /// The next rows of a table; an empty part where there are no more.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(crate) fn part(&self, table: &str, columns: &[String], from: &Mark) -> Result<Part, StoreError> {
        let listed = columns.join(", ");
        let (key, after) = match from {
            Mark::Number(number) => (vec!["rowid".to_owned()], Some(vec![Value::Integer(*number)])),
            Mark::Key(after) => (self.key(table)?, after.clone()),
        };
        let (ordered, places) = (key.join(", "), vec!["?"; key.len()].join(", "));
        let begins = if after.is_some() { format!("WHERE ({ordered}) > ({places})") } else { String::new() };
        let sql = format!("SELECT {listed}, {ordered} FROM {table} {begins} ORDER BY {ordered} LIMIT {MAX_PART_ROWS}");
        let mut statement = self.store.connection.prepare_cached(&sql)?;
        let mut found = statement.query(params_from_iter(after.unwrap_or_default()))?;
        let mut part = Part { rows: Vec::new(), mark: from.clone() };
        let mut bytes = 0;
        while let Some(row) = found.next()? {
            let values = (0..columns.len()).map(|at| value(row, at)).collect::<Result<Vec<Value>, _>>()?;
            let place = (0..key.len()).map(|at| value(row, columns.len() + at)).collect::<Result<Vec<Value>, _>>()?;
            bytes += values.iter().map(length).sum::<usize>();
            part.mark = match (from, place.as_slice()) {
                (Mark::Number(_), [Value::Integer(number)]) => Mark::Number(*number),
                _ => Mark::Key(Some(place)),
            };
            part.rows.push(values);
            if bytes >= MAX_PART_BYTES {
                break;
            }
        }
        Ok(part)
    }

    /// The columns of a table's key, in its order.
    fn key(&self, table: &str) -> Result<Vec<String>, StoreError> {
        let sql = "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk";
        let mut statement = self.store.connection.prepare_cached(sql)?;
        let columns = statement.query_map([table], |row| row.get(0))?;
        Ok(columns.collect::<Result<_, _>>()?)
    }
}

fn value(row: &Row<'_>, at: usize) -> Result<Value, StoreError> {
    Ok(match row.get_ref(at)? {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(bytes) => match String::from_utf8(bytes.to_vec()) {
            Ok(text) => Value::Text(text),
            Err(bytes) => Value::Blob(bytes.into_bytes()),
        },
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    })
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::Null | Value::Integer(_) | Value::Real(_) => 8,
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
    }
}
