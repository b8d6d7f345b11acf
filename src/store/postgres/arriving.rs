//! A store that arrives from another database: its rows as they stood there, sealed as they are.

use tokio_postgres::types::{ToSql, Type};

use super::asking::only;
use super::cells::cell;
use super::link::{CopiedRow, Link};
use super::migrations::{migrate_however, moving};
use super::{PostgresStore, WRITING};
use crate::open::without_password;
use crate::sealed::Sealer;
use crate::transfer::Value;
use crate::{StoreError, Vault};

/// What is of the engine itself.
const OWN: &str = "'huiliu_schema', 'huiliu_step', 'huiliu_move', 'huiliu_lease', 'huiliu_node', 'probe'";
/// Tables that have a row as soon as a store has been used.
const USED: [&str; 8] = ["raw_record", "ticket", "audit", "token", "person", "pack_version", "occurrence", "session"];

/// A column of a table, and what it holds.
pub(crate) struct Column {
    pub name: String,
    kind: Type,
}

/// A table that takes rows.
pub(crate) struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// The column that is numbered by the server.
    numbered: Option<String>,
}

/// How far a table has been filled.
pub(crate) struct Filled {
    /// The number of the last row that came, where rows have numbers.
    pub last: i64,
    /// Whether all of it is there.
    pub is_whole: bool,
}

/// A database into which a store is moved. Nobody else writes to it meanwhile.
pub(crate) struct Arriving {
    link: Link,
    pub store: PostgresStore,
}

impl Arriving {
    /// Opens a database for the move of a number. One that has begun goes on; else it begins, and what came by another one is let go of.
    ///
    /// # Errors
    /// As [`PostgresStore::open`], or there is a store in it already.
    pub(crate) fn open(address: &str, vault: Vault, number: i64) -> Result<Self, StoreError> {
        let mut link = Link::open_writer(address, None)?;
        let sealer = Sealer::new(vault.clone());
        migrate_however(&mut link, &sealer)?;
        let mut arriving = Self { link, store: PostgresStore::open_reader(address, vault, None)? };
        let is_moving = moving(&mut arriving.link)?;
        let goes_on = is_moving
            && only(
                &mut arriving.link,
                "SELECT EXISTS (SELECT FROM huiliu_move WHERE name = '' AND last = $1)",
                &[&number],
            )?;
        if !is_moving {
            arriving.is_unused(address)?;
        }
        if !goes_on {
            arriving.begin(number)?;
        }
        Ok(arriving)
    }

    fn is_unused(&mut self, address: &str) -> Result<(), StoreError> {
        for table in USED {
            if only::<bool>(&mut self.link, &format!("SELECT EXISTS (SELECT FROM {table})"), &[])? {
                return Err(StoreError::Unusable {
                    place: without_password(address),
                    source: format!("there is a store in it already: {table} is not empty").into(),
                });
            }
        }
        Ok(())
    }

    fn begin(&mut self, number: i64) -> Result<(), StoreError> {
        let tables = self.tables()?;
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        // What follows from other rows comes with them, and is not made a second time.
        let quiet: String = names.iter().map(|name| format!("ALTER TABLE {name} DISABLE TRIGGER USER;")).collect();
        self.within(|arriving| {
            arriving.link.batch(&format!(
                "DROP TABLE IF EXISTS huiliu_move;
                 CREATE TABLE huiliu_move (name TEXT PRIMARY KEY, last BIGINT NOT NULL, is_whole BOOLEAN NOT NULL);
                 INSERT INTO huiliu_move VALUES ('', {number}, false);
                 TRUNCATE {}; {quiet}",
                names.join(", ")
            ))
        })
    }

    fn within<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.link.batch(WRITING)?;
        let done = act(self);
        let end = self.link.batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" });
        done.and_then(|done| end.map(|()| done))
    }

    /// The tables, each after those that its rows speak of.
    ///
    /// # Errors
    /// The server is away.
    pub(crate) fn tables(&mut self) -> Result<Vec<Table>, StoreError> {
        let sql = format!(
            "SELECT c.relname::text, a.attname::text, a.atttypid, a.attidentity <> ''
             FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname NOT IN ({OWN})
             ORDER BY c.oid, a.attnum"
        );
        let mut tables: Vec<Table> = Vec::new();
        for row in self.link.rows(&sql, &[])? {
            let (name, column): (String, String) = (cell(&row, 0)?, cell(&row, 1)?);
            let unknown = || StoreError::unavailable(format!("{name}.{column} is of a type that is not known"));
            let kind = Type::from_oid(cell(&row, 2)?).ok_or_else(unknown)?;
            if tables.last().is_none_or(|table| table.name != name) {
                tables.push(Table { name, columns: Vec::new(), numbered: None });
            }
            if let Some(table) = tables.last_mut() {
                if cell(&row, 3)? {
                    table.numbered = Some(column.clone());
                }
                table.columns.push(Column { name: column, kind });
            }
        }
        Ok(tables)
    }

    /// How far a table has been filled.
    ///
    /// # Errors
    /// The server is away.
    pub(crate) fn filled(&mut self, table: &Table) -> Result<Filled, StoreError> {
        let rows = self.link.rows("SELECT last, is_whole FROM huiliu_move WHERE name = $1", &[&table.name])?;
        match rows.first() {
            None => Ok(Filled { last: i64::MIN, is_whole: false }),
            Some(row) => Ok(Filled { last: cell(row, 0)?, is_whole: cell(row, 1)? }),
        }
    }

    /// Puts parts of a table there, each with how far the table is filled by it: all of them, or none.
    ///
    /// # Errors
    /// The server does not take them, or is away, or a part cannot be had.
    pub(crate) fn fill(
        &mut self,
        table: &Table,
        parts: impl Iterator<Item = Result<(Vec<Vec<Value>>, Filled), StoreError>>,
    ) -> Result<(), StoreError> {
        self.within(|arriving| {
            for part in parts {
                let (rows, filled) = part?;
                arriving.copy(table, &rows)?;
                let note = "INSERT INTO huiliu_move (name, last, is_whole) VALUES ($1, $2, $3)
                    ON CONFLICT (name) DO UPDATE SET last = excluded.last, is_whole = excluded.is_whole";
                arriving.link.run(note, &[&table.name, &filled.last, &filled.is_whole])?;
            }
            Ok(())
        })
    }

    fn copy(&mut self, table: &Table, rows: &[Vec<Value>]) -> Result<(), StoreError> {
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let kinds: Vec<Type> = table.columns.iter().map(|column| column.kind.clone()).collect();
        let sql = format!("COPY {} ({}) FROM STDIN BINARY", table.name, columns.join(", "));
        let mut cells = Vec::with_capacity(rows.len());
        for row in rows {
            let row: Result<CopiedRow, _> =
                row.iter().zip(&table.columns).map(|(value, column)| to(table, column, value)).collect();
            cells.push(row?);
        }
        self.link.copy_in(&sql, &kinds, &cells).map(drop)
    }

    /// How many rows a table has.
    ///
    /// # Errors
    /// The server is away.
    pub(crate) fn count(&mut self, table: &Table) -> Result<i64, StoreError> {
        only(&mut self.link, &format!("SELECT count(*) FROM {}", table.name), &[])
    }

    /// Has the server number rows from here on: after the highest number of the table, and after `last`.
    ///
    /// # Errors
    /// The server is away.
    pub(crate) fn number_on(&mut self, table: &Table, last: Option<i64>) -> Result<(), StoreError> {
        let Some(column) = &table.numbered else { return Ok(()) };
        let sql = format!(
            "SELECT setval(pg_get_serial_sequence('{0}', '{column}'), greatest(coalesce(max({column}), 0), $1) + 1, false) FROM {0}",
            table.name
        );
        self.link.rows(&sql, &[&last.unwrap_or(0)]).map(drop)
    }

    /// Ends the moving: the store is here from now on.
    ///
    /// # Errors
    /// The server is away; then it has not ended.
    pub(crate) fn end(&mut self) -> Result<(), StoreError> {
        let tables = self.tables()?;
        let lively: String =
            tables.iter().map(|table| format!("ALTER TABLE {} ENABLE TRIGGER USER;", table.name)).collect();
        self.within(|arriving| arriving.link.batch(&format!("{lively} DROP TABLE huiliu_move")))?;
        self.link.batch("ANALYZE")
    }
}

/// A value as a column takes it.
fn to(table: &Table, column: &Column, value: &Value) -> Result<Box<dyn ToSql + Sync + Send>, StoreError> {
    let strange = || StoreError::Damaged {
        table: "moved",
        row: 0,
        reason: format!("{}.{} holds {}, which is no {}", table.name, column.name, value.kind(), column.kind),
    };
    Ok(match (&column.kind, value) {
        (kind, Value::Null) if *kind == Type::BYTEA => Box::new(None::<Vec<u8>>),
        (kind, Value::Null) if *kind == Type::TEXT => Box::new(None::<String>),
        (kind, Value::Null) if *kind == Type::INT8 => Box::new(None::<i64>),
        (kind, Value::Null) if *kind == Type::BOOL => Box::new(None::<bool>),
        (kind, Value::Null) if *kind == Type::FLOAT8 => Box::new(None::<f64>),
        (kind, Value::Integer(number)) if *kind == Type::INT8 => Box::new(*number),
        (kind, Value::Integer(number @ 0..=1)) if *kind == Type::BOOL => Box::new(*number == 1),
        (kind, Value::Integer(number)) if *kind == Type::FLOAT8 => {
            Box::new(f64::from(i32::try_from(*number).map_err(|_big| strange())?))
        }
        (kind, Value::Real(number)) if *kind == Type::FLOAT8 => Box::new(*number),
        (kind, Value::Text(text)) if *kind == Type::TEXT => Box::new(text.clone()),
        (kind, Value::Blob(bytes)) if *kind == Type::BYTEA => Box::new(bytes.clone()),
        (kind, Value::Text(text)) if *kind == Type::BYTEA => Box::new(text.clone().into_bytes()),
        _ => return Err(strange()),
    })
}
