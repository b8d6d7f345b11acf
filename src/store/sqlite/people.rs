//! Who may sign in, and who has signed in.

use jiff::Timestamp;
use rusqlite::{Connection, Row, TransactionBehavior, params};

use super::audit::append_one;
use super::cells::blob;
use super::{SqliteStore, limit};
use crate::contract::{MAX_PEOPLE, MAX_SESSIONS};
use crate::sealed::{PersonCells, Sealer, SessionCells, ms, session};
use crate::{People, PersonRow, SessionRow, StoreError};
use huiliu_domain::audit::AuditEntry;
use huiliu_domain::people::{Attempts, Person};

const PERSON: &str = "SELECT id, name, failures, failed_at, used_step, created_at, body FROM person";
const SESSION: &str =
    "SELECT s.id, s.hash, p.name, s.began_at, s.seen_at FROM session s JOIN person p ON p.id = s.person";
pub(super) const SESSION_BY_HASH: &str = "SELECT s.id, s.hash, p.name, s.began_at, s.seen_at FROM session s JOIN person p ON p.id = s.person WHERE s.hash = ?1";

fn person(sealer: &Sealer, row: &Row<'_>) -> Result<PersonRow, StoreError> {
    sealer.opened_person(PersonCells {
        id: row.get(0)?,
        name: row.get(1)?,
        failures: row.get(2)?,
        failed_at: row.get(3)?,
        used_step: row.get(4)?,
        created_at: row.get(5)?,
        body: blob(row, 6)?,
    })
}

fn one_session(row: &Row<'_>) -> Result<SessionRow, StoreError> {
    session(SessionCells {
        id: row.get(0)?,
        hash: row.get(1)?,
        person: row.get(2)?,
        began_at: row.get(3)?,
        seen_at: row.get(4)?,
    })
}

fn write_attempts(connection: &Connection, name: &str, attempts: Attempts) -> Result<usize, StoreError> {
    let sql = "UPDATE person SET failures = ?2, failed_at = ?3, used_step = ?4 WHERE name = ?1";
    let step = attempts.used_step.map(|step| i64::try_from(step).unwrap_or(i64::MAX));
    Ok(connection.execute(sql, params![name, attempts.failures, attempts.failed_at.map(ms), step])?)
}

impl People for SqliteStore {
    fn people(&mut self) -> Result<Vec<PersonRow>, StoreError> {
        self.readable(&format!("{PERSON} ORDER BY name"), [], MAX_PEOPLE, |row| person(&self.sealer, row))
    }

    fn person(&mut self, name: &str) -> Result<Option<PersonRow>, StoreError> {
        Ok(self.all(&format!("{PERSON} WHERE name = ?1"), [name], |row| person(&self.sealer, row))?.pop())
    }

    fn put_person(&mut self, row: &PersonRow, before: Option<&Person>, entry: &AuditEntry) -> Result<bool, StoreError> {
        let body = self.sealer.person(&row.person)?;
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let known = {
            let mut statement = transaction.prepare_cached(&format!("{PERSON} WHERE name = ?1"))?;
            let mut rows = statement.query([&row.name])?;
            rows.next()?.map(|row| person(&self.sealer, row)).transpose()?
        };
        if known.as_ref().map(|known| &known.person) != before {
            return Ok(false);
        }
        transaction.execute(
            "INSERT INTO person (name, failures, failed_at, used_step, created_at, body) VALUES (?1, 0, NULL, NULL, ?2, ?3)
             ON CONFLICT (name) DO UPDATE SET body = excluded.body",
            params![row.name, ms(row.created_at), body],
        )?;
        append_one(&transaction, &self.sealer, entry)?;
        transaction.commit()?;
        Ok(true)
    }

    fn remove_person(&mut self, name: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("DELETE FROM session WHERE person = (SELECT id FROM person WHERE name = ?1)", [name])?;
        let removed = transaction.execute("DELETE FROM person WHERE name = ?1", [name])? > 0;
        if removed {
            append_one(&transaction, &self.sealer, entry)?;
        }
        transaction.commit()?;
        Ok(removed)
    }

    fn note_attempts(&mut self, name: &str, attempts: Attempts) -> Result<(), StoreError> {
        write_attempts(&self.connection, name, attempts)?;
        Ok(())
    }

    fn begin_session(
        &mut self,
        session: &SessionRow,
        attempts: Attempts,
        entry: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if write_attempts(&transaction, &session.person, attempts)? == 0 {
            return Ok(false);
        }
        transaction.execute(
            "DELETE FROM session WHERE id IN (SELECT s.id FROM session s JOIN person p ON p.id = s.person WHERE p.name = ?1
                 ORDER BY s.seen_at DESC, s.id DESC LIMIT -1 OFFSET ?2)",
            params![session.person, limit(MAX_SESSIONS - 1)],
        )?;
        transaction.execute(
            "INSERT INTO session (hash, person, began_at, seen_at) SELECT ?1, id, ?3, ?4 FROM person WHERE name = ?2",
            params![session.hash, session.person, ms(session.began_at), ms(session.seen_at)],
        )?;
        append_one(&transaction, &self.sealer, entry)?;
        transaction.commit()?;
        Ok(true)
    }

    fn session(&mut self, hash: &[u8]) -> Result<Option<(SessionRow, PersonRow)>, StoreError> {
        // In one transaction: other connections write meanwhile.
        let reading = self.connection.unchecked_transaction()?;
        let found = self.all(SESSION_BY_HASH, [hash], one_session)?.pop();
        let Some(session) = found else { return Ok(None) };
        let whose =
            self.all(&format!("{PERSON} WHERE name = ?1"), [&session.person], |row| person(&self.sealer, row))?;
        drop(reading);
        Ok(whose.into_iter().next().map(|person| (session, person)))
    }

    fn see_session(&mut self, hash: &[u8], at: Timestamp) -> Result<(), StoreError> {
        self.connection.execute("UPDATE session SET seen_at = ?2 WHERE hash = ?1", params![hash, ms(at)])?;
        Ok(())
    }

    fn end_session(&mut self, hash: &[u8], entry: &AuditEntry) -> Result<bool, StoreError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let ended = transaction.execute("DELETE FROM session WHERE hash = ?1", [hash])? > 0;
        if ended {
            append_one(&transaction, &self.sealer, entry)?;
        }
        transaction.commit()?;
        Ok(ended)
    }

    fn sessions_of(&mut self, name: &str) -> Result<Vec<SessionRow>, StoreError> {
        self.all(&format!("{SESSION} WHERE p.name = ?1 ORDER BY s.seen_at DESC, s.id DESC"), [name], one_session)
    }

    fn end_others(&mut self, name: &str, but: &[u8]) -> Result<usize, StoreError> {
        let sql = "DELETE FROM session WHERE person = (SELECT id FROM person WHERE name = ?1) AND hash <> ?2";
        Ok(self.connection.execute(sql, params![name, but])?)
    }

    fn forget_sessions(&mut self, (seen, began): (Timestamp, Timestamp)) -> Result<usize, StoreError> {
        let sql = "DELETE FROM session WHERE seen_at < ?1 OR began_at < ?2";
        Ok(self.connection.execute(sql, params![ms(seen), ms(began)])?)
    }
}
