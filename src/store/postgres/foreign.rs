//! What other systems call the tickets that were sent to them.

use tokio_postgres::Row;

use super::asking::first;
use super::cells::cell;
use super::link::Order;
use super::rows::{column, every};
use super::{PostgresStore, limit};
use crate::sealed::{ForeignNumberCells, SealedForeignNumber};
use crate::{DeliveredEvent, ForeignNumber, ForeignNumbers, StoreError};
use huiliu_domain::key::TicketKey;

const NUMBERS: &str = "SELECT f.id, f.destination, f.ticket, f.at, f.body FROM foreign_number f
    WHERE f.ticket = ANY($1) ORDER BY f.ticket, f.destination";
const WITH_NUMBERS: &str = "SELECT f.id, f.destination, f.ticket, f.at, f.body FROM foreign_number f
    WHERE f.number_mark = ANY($1) ORDER BY f.ticket, f.destination";
const WRITE: &str = "INSERT INTO foreign_number (destination, ticket, number_mark, at, body)
    SELECT k.destination, k.ticket, k.mark, k.at, k.body
    FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::bigint[], $5::bytea[])
        WITH ORDINALITY AS k(destination, ticket, mark, at, body, place) ORDER BY k.place
    ON CONFLICT DO NOTHING";
const IS_KNOWN: &str = "SELECT 1 FROM foreign_number WHERE ticket = $1 AND destination = $2 AND number_mark = $3";
const DELIVERED: &str = "SELECT id, done_at, body FROM delivery
    WHERE ticket = $1 AND destination = $2 AND (state = 'sent' OR (state = 'pending' AND attempts > 0))
    ORDER BY id DESC LIMIT $3";

/// Writes numbers where neither the ticket has another one there, nor another ticket has it.
pub(super) fn write_foreign_numbers<'a>(rows: &'a [SealedForeignNumber<'a>]) -> Option<Order<'a>> {
    let rows = every(rows);
    (!rows.is_empty()).then(|| Order {
        sql: WRITE,
        parameters: vec![
            column(&rows, |row| row.destination),
            column(&rows, |row| row.ticket),
            column(&rows, |row| row.number_mark.as_slice()),
            column(&rows, |row| row.at),
            column(&rows, |row| row.body.as_slice()),
        ],
    })
}

fn cells(row: &Row) -> Result<ForeignNumberCells<'_>, StoreError> {
    Ok(ForeignNumberCells {
        id: cell(row, 0)?,
        destination: cell(row, 1)?,
        ticket: cell(row, 2)?,
        at: cell(row, 3)?,
        body: cell(row, 4)?,
    })
}

impl ForeignNumbers for PostgresStore {
    fn note_foreign_number(&mut self, number: &ForeignNumber) -> Result<bool, StoreError> {
        let sealed = [self.sealer.new_foreign_number(number)?];
        self.link.run_all(write_foreign_numbers(&sealed).as_slice())?;
        let [SealedForeignNumber { ticket, destination, number_mark, .. }] = &sealed;
        let found: Option<i32> = first(&mut self.link, IS_KNOWN, &[ticket, destination, &number_mark.as_slice()])?;
        Ok(found.is_some())
    }

    fn foreign_numbers(&mut self, tickets: &[TicketKey]) -> Result<Vec<ForeignNumber>, StoreError> {
        let asked: Vec<i64> = tickets.iter().map(|key| key.0).collect();
        let Self { link, sealer, .. } = self;
        link.all(NUMBERS, &[&asked], |row| sealer.foreign_number(cells(row)?))
    }

    fn with_foreign_numbers(&mut self, numbers: &[&str]) -> Result<Vec<ForeignNumber>, StoreError> {
        let Self { link, sealer, .. } = self;
        let marks: Vec<_> = numbers.iter().map(|number| sealer.foreign_mark(number)).collect();
        let marks: Vec<&[u8]> = marks.iter().map(<[u8; 16]>::as_slice).collect();
        link.all(WITH_NUMBERS, &[&marks], |row| sealer.foreign_number(cells(row)?))
    }

    fn delivered_events(
        &mut self,
        destination: &str,
        ticket: TicketKey,
        most: usize,
    ) -> Result<Vec<DeliveredEvent>, StoreError> {
        let Self { link, sealer, .. } = self;
        let mut found = link.all(DELIVERED, &[&ticket.0, &destination, &limit(most)], |row| {
            sealer.delivered_event((cell(row, 0)?, cell(row, 1)?, cell(row, 2)?))
        })?;
        found.reverse();
        Ok(found)
    }
}
