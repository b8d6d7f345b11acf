//! What other systems call the tickets that were sent to them.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::cells::{blob, list};
use super::{SqliteStore, limit};
use crate::sealed::{ForeignNumberCells, SealedForeignNumber};
use crate::{DeliveredEvent, ForeignNumber, ForeignNumbers, StoreError};
use huiliu_domain::key::TicketKey;

pub(super) const NUMBERS: &str = "SELECT f.id, f.destination, f.ticket, f.at, f.body FROM foreign_number f
    WHERE f.ticket IN (SELECT value FROM json_each(?1)) ORDER BY f.ticket, f.destination";
pub(super) const WITH_NUMBERS: &str = "SELECT f.id, f.destination, f.ticket, f.at, f.body FROM foreign_number f
    WHERE f.number_mark IN (SELECT unhex(value) FROM json_each(?1)) ORDER BY f.ticket, f.destination";

/// Writes a number where neither the ticket has another one there, nor another ticket has it.
pub(super) fn write_foreign_number(connection: &Connection, row: &SealedForeignNumber<'_>) -> Result<(), StoreError> {
    let sql =
        "INSERT OR IGNORE INTO foreign_number (destination, ticket, number_mark, at, body) VALUES (?1, ?2, ?3, ?4, ?5)";
    let SealedForeignNumber { destination, ticket, number_mark, at, body } = row;
    connection.prepare_cached(sql)?.execute(params![destination, ticket, number_mark, at, body])?;
    Ok(())
}

fn cells<'r>(row: &'r Row<'_>) -> Result<ForeignNumberCells<'r>, StoreError> {
    Ok(ForeignNumberCells {
        id: row.get(0)?,
        destination: row.get(1)?,
        ticket: row.get(2)?,
        at: row.get(3)?,
        body: blob(row, 4)?,
    })
}

impl ForeignNumbers for SqliteStore {
    fn note_foreign_number(&mut self, number: &ForeignNumber) -> Result<bool, StoreError> {
        let sealed = self.sealer.new_foreign_number(number)?;
        write_foreign_number(&self.connection, &sealed)?;
        let sql = "SELECT 1 FROM foreign_number WHERE ticket = ?1 AND destination = ?2 AND number_mark = ?3";
        let found: Option<i64> = self
            .connection
            .prepare_cached(sql)?
            .query_row(params![sealed.ticket, sealed.destination, sealed.number_mark], |row| row.get(0))
            .optional()?;
        Ok(found.is_some())
    }

    fn foreign_numbers(&mut self, tickets: &[TicketKey]) -> Result<Vec<ForeignNumber>, StoreError> {
        let asked = list(&tickets.iter().map(|key| key.0).collect::<Vec<_>>())?;
        self.all(NUMBERS, params![asked], |row| self.sealer.foreign_number(cells(row)?))
    }

    fn with_foreign_numbers(&mut self, numbers: &[&str]) -> Result<Vec<ForeignNumber>, StoreError> {
        let marks: Vec<String> =
            numbers.iter().map(|number| super::known::hex(&self.sealer.foreign_mark(number))).collect();
        self.all(WITH_NUMBERS, params![list(&marks)?], |row| self.sealer.foreign_number(cells(row)?))
    }

    fn delivered_events(
        &mut self,
        destination: &str,
        ticket: TicketKey,
        most: usize,
    ) -> Result<Vec<DeliveredEvent>, StoreError> {
        let sql = "SELECT id, done_at, body FROM delivery INDEXED BY delivery_by_ticket
            WHERE ticket = ?1 AND destination = ?2 AND (state = 'sent' OR (state = 'pending' AND attempts > 0))
            ORDER BY id DESC LIMIT ?3";
        let mut found = self.all(sql, params![ticket.0, destination, limit(most)], |row| {
            self.sealer.delivered_event((row.get(0)?, row.get(1)?, blob(row, 2)?))
        })?;
        found.reverse();
        Ok(found)
    }
}
