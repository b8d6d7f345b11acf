//! Moving a store from its file to a server of PostgreSQL.
//!
//! Rows go over as they stand: what is sealed stays sealed, numbers stay what they are, what follows from other rows goes with them. From
//! the first row on the file says that the store leaves it, and the server that one arrives, so that no gateway works on half of it, or on
//! both. A move that was interrupted goes on where it was.

use std::path::Path;

use super::postgres::arriving::{Arriving, Filled, Table};
use super::sqlite::leaving::{Leaving, Mark};
use super::{Database, Finding, FindingState, Ledger, Listings as _, StoreError, Upkeep as _, Vault};

/// A value as it stands in a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

impl Value {
    /// What it is, without what it says.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Integer(_) => "an integer",
            Self::Real(_) => "a number",
            Self::Text(_) => "a text",
            Self::Blob(_) => "bytes",
        }
    }
}

/// How far a move is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moving {
    /// Rows of all tables.
    pub rows: u64,
    /// Of these, there.
    pub done: u64,
}

/// A move that has ended.
#[derive(Debug)]
pub struct Moved {
    /// Rows that are there now.
    pub rows: u64,
    /// What came in and what became of it, the same on both sides.
    pub ledger: Ledger,
    /// What examining the store found at its new place.
    pub findings: Vec<Finding>,
}

/// Why a store was not moved.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Only from a SQLite file to a server of PostgreSQL.
    #[error("a store is moved from a SQLite file to a server of PostgreSQL, not from {from} to {to}")]
    Engines {
        /// Where it is.
        from: String,
        /// Where it was to go.
        to: String,
    },
    /// One of the two cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What arrived is not what left. The move has not ended; the file is as it was.
    #[error(
        "{what}: {here} in the file, {there} on the server; nothing was taken out of the file: run it again, or take it back with --undo"
    )]
    Differs {
        /// What was compared.
        what: String,
        /// In the file.
        here: String,
        /// On the server.
        there: String,
    },
}

/// The file of a move.
fn file<'a>(from: &'a Database, to: &Database) -> Result<&'a Path, TransferError> {
    match from {
        Database::Sqlite(path) => Ok(path),
        _ => Err(TransferError::Engines { from: from.to_string(), to: to.to_string() }),
    }
}

/// Moves a store; `tell` hears how far it is. Where a move to this server was interrupted, it goes on.
///
/// # Errors
/// A gateway works on either of the two, the server has a store already or cannot be reached, or what arrived is not what left. The file
/// keeps all that is in it.
pub fn move_store(
    from: &Database,
    to: &Database,
    vault: &Vault,
    tell: &mut dyn FnMut(Moving),
) -> Result<Moved, TransferError> {
    let path = file(from, to)?;
    let Database::Postgres(address) = to else {
        return Err(TransferError::Engines { from: from.to_string(), to: to.to_string() });
    };
    if !path.exists() {
        let source = "there is no such file".into();
        return Err(StoreError::Unusable { place: path.display().to_string(), source }.into());
    }
    let mut leaving = Leaving::open(path, vault.clone())?;
    let number = leaving.number()?;
    let mut arriving = Arriving::open(address, vault.clone(), number)?;
    leaving.leave(Some(number))?;
    let tables = arriving.tables()?;
    let mut moving = Moving { rows: 0, done: 0 };
    for table in &tables {
        moving.rows += u64::try_from(leaving.count(&table.name)?).unwrap_or(0);
        moving.done += u64::try_from(arriving.count(table)?).unwrap_or(0);
    }
    tell(moving);
    for table in &tables {
        move_table(&leaving, &mut arriving, table, &mut moving, tell)?;
    }
    for table in &tables {
        let (here, there) = (leaving.count(&table.name)?, arriving.count(table)?);
        same(&format!("rows of {}", table.name), &here, &there)?;
        arriving.number_on(table, leaving.last_number(&table.name)?)?;
    }
    let (here, there) = (leaving.store.ledger()?, arriving.store.ledger()?);
    same("ledger", &here, &there)?;
    same("queues", &leaving.store.queue_counts()?, &arriving.store.queue_counts()?)?;
    arriving.end()?;
    let findings = arriving.store.examine(false)?;
    Ok(Moved { rows: moving.rows, ledger: there, findings })
}

/// Says of a file that its store stays in it after all: what has arrived elsewhere is not looked at any more.
///
/// # Errors
/// It is no file, or a gateway works on it.
pub fn keep_store(from: &Database, vault: &Vault) -> Result<(), TransferError> {
    let path = file(from, from)?;
    Ok(Leaving::open(path, vault.clone())?.leave(None)?)
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, here: &T, there: &T) -> Result<(), TransferError> {
    match here == there {
        true => Ok(()),
        false => Err(TransferError::Differs {
            what: what.to_owned(),
            here: format!("{here:?}"),
            there: format!("{there:?}"),
        }),
    }
}

/// Moves what is left of a table: part by part where its rows have numbers, else at once.
fn move_table(
    leaving: &Leaving,
    arriving: &mut Arriving,
    table: &Table,
    moving: &mut Moving,
    tell: &mut dyn FnMut(Moving),
) -> Result<(), StoreError> {
    let columns: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    let filled = arriving.filled(table)?;
    if filled.is_whole {
        return Ok(());
    }
    let beginning = leaving.beginning(&table.name)?;
    let is_numbered = matches!(beginning, Mark::Number(_));
    let mut mark = if is_numbered { Mark::Number(filled.last) } else { beginning };
    let mut part = || {
        let part = leaving.part(&table.name, &columns, &mark)?;
        mark = part.mark;
        let is_whole = part.rows.is_empty();
        moving.done += u64::try_from(part.rows.len()).unwrap_or(0);
        tell(*moving);
        let last = if let Mark::Number(number) = mark { number } else { 0 };
        Ok((part.rows, Filled { last, is_whole }))
    };
    if !is_numbered {
        let mut is_last = false;
        let parts = std::iter::from_fn(|| {
            let next = (!is_last).then(&mut part);
            is_last = next.as_ref().is_none_or(|part| part.as_ref().is_ok_and(|(_, filled)| filled.is_whole));
            next
        });
        return arriving.fill(table, parts);
    }
    loop {
        let next = part()?;
        let is_whole = next.1.is_whole;
        arriving.fill(table, std::iter::once(Ok(next)))?;
        if is_whole {
            return Ok(());
        }
    }
}

impl Moved {
    /// Whether examining the store at its new place found nothing wrong.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.findings.iter().all(|finding| finding.state != FindingState::Wrong)
    }
}
