//! Who may sign in, and who has signed in.

use jiff::Timestamp;
use tokio_postgres::Row;

use super::asking::readable;
use super::audit::append_one;
use super::cells::cell;
use super::link::Link;
use super::{PostgresStore, limit};
use crate::contract::{MAX_PEOPLE, MAX_SESSIONS};
use crate::sealed::{PersonCells, Sealer, SessionCells, ms, session};
use crate::{People, PersonRow, SessionRow, StoreError};
use huiliu_domain::audit::AuditEntry;
use huiliu_domain::people::{Attempts, Person};

const PEOPLE: &str = "SELECT id, name, failures, failed_at, used_step, created_at, body FROM person ORDER BY name";
const PERSON: &str = "SELECT id, name, failures, failed_at, used_step, created_at, body FROM person WHERE name = $1";
const WRITE: &str =
    "INSERT INTO person (name, failures, failed_at, used_step, created_at, body) VALUES ($1, 0, NULL, NULL, $2, $3)
    ON CONFLICT (name) DO UPDATE SET body = excluded.body";
const ATTEMPTS: &str = "UPDATE person SET failures = $2, failed_at = $3, used_step = $4 WHERE name = $1";
const SESSION: &str =
    "SELECT s.id, s.hash, p.name, s.began_at, s.seen_at FROM session s JOIN person p ON p.id = s.person
    WHERE s.hash = $1";
const SESSIONS: &str =
    "SELECT s.id, s.hash, p.name, s.began_at, s.seen_at FROM session s JOIN person p ON p.id = s.person
    WHERE p.name = $1 ORDER BY s.seen_at DESC, s.id DESC";
const BEYOND: &str =
    "DELETE FROM session WHERE id IN (SELECT s.id FROM session s JOIN person p ON p.id = s.person WHERE p.name = $1
        ORDER BY s.seen_at DESC, s.id DESC OFFSET $2)";
const BEGIN: &str =
    "INSERT INTO session (hash, person, began_at, seen_at) SELECT $1, id, $3, $4 FROM person WHERE name = $2";

fn person(sealer: &Sealer, row: &Row) -> Result<PersonRow, StoreError> {
    sealer.opened_person(PersonCells {
        id: cell(row, 0)?,
        name: cell(row, 1)?,
        failures: cell(row, 2)?,
        failed_at: cell(row, 3)?,
        used_step: cell(row, 4)?,
        created_at: cell(row, 5)?,
        body: cell(row, 6)?,
    })
}

fn one_person(link: &mut Link, sealer: &Sealer, name: &str) -> Result<Option<PersonRow>, StoreError> {
    Ok(link.all(PERSON, &[&name], |row| person(sealer, row))?.pop())
}

fn one_session(row: &Row) -> Result<SessionRow, StoreError> {
    session(SessionCells {
        id: cell(row, 0)?,
        hash: cell(row, 1)?,
        person: cell(row, 2)?,
        began_at: cell(row, 3)?,
        seen_at: cell(row, 4)?,
    })
}

fn write_attempts(link: &mut Link, name: &str, attempts: Attempts) -> Result<bool, StoreError> {
    let step = attempts.used_step.map(|step| i64::try_from(step).unwrap_or(i64::MAX));
    let failures = i64::from(attempts.failures);
    Ok(link.run(ATTEMPTS, &[&name, &failures, &attempts.failed_at.map(ms), &step])? > 0)
}

impl People for PostgresStore {
    fn people(&mut self) -> Result<Vec<PersonRow>, StoreError> {
        let Self { link, sealer, .. } = self;
        readable(link, PEOPLE, &[], MAX_PEOPLE, |row| person(sealer, row))
    }

    fn person(&mut self, name: &str) -> Result<Option<PersonRow>, StoreError> {
        one_person(&mut self.link, &self.sealer, name)
    }

    fn put_person(&mut self, row: &PersonRow, before: Option<&Person>, entry: &AuditEntry) -> Result<bool, StoreError> {
        let body = self.sealer.person(&row.person)?;
        self.transaction(|PostgresStore { link, sealer, .. }| {
            let known = one_person(link, sealer, &row.name)?;
            if known.as_ref().map(|known| &known.person) != before {
                return Ok(false);
            }
            link.run(WRITE, &[&row.name, &ms(row.created_at), &body])?;
            append_one(link, sealer, entry)?;
            Ok(true)
        })
    }

    fn remove_person(&mut self, name: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
        self.transaction(|PostgresStore { link, sealer, .. }| {
            link.run("DELETE FROM session WHERE person = (SELECT id FROM person WHERE name = $1)", &[&name])?;
            let removed = link.run("DELETE FROM person WHERE name = $1", &[&name])? > 0;
            if removed {
                append_one(link, sealer, entry)?;
            }
            Ok(removed)
        })
    }

    fn note_attempts(&mut self, name: &str, attempts: Attempts) -> Result<(), StoreError> {
        write_attempts(&mut self.link, name, attempts)?;
        Ok(())
    }

    fn begin_session(
        &mut self,
        session: &SessionRow,
        attempts: Attempts,
        entry: &AuditEntry,
    ) -> Result<bool, StoreError> {
        self.transaction(|PostgresStore { link, sealer, .. }| {
            if !write_attempts(link, &session.person, attempts)? {
                return Ok(false);
            }
            link.run(BEYOND, &[&session.person, &limit(MAX_SESSIONS - 1)])?;
            let (began_at, seen_at) = (ms(session.began_at), ms(session.seen_at));
            link.run(BEGIN, &[&session.hash.as_slice(), &session.person, &began_at, &seen_at])?;
            append_one(link, sealer, entry)?;
            Ok(true)
        })
    }

    fn session(&mut self, hash: &[u8]) -> Result<Option<(SessionRow, PersonRow)>, StoreError> {
        // As of one moment: other connections write meanwhile.
        self.snapshot(|PostgresStore { link, sealer, .. }| {
            let Some(session) = link.all(SESSION, &[&hash], one_session)?.pop() else { return Ok(None) };
            let whose = one_person(link, sealer, &session.person)?;
            Ok(whose.map(|person| (session, person)))
        })
    }

    fn see_session(&mut self, hash: &[u8], at: Timestamp) -> Result<(), StoreError> {
        self.link.run("UPDATE session SET seen_at = $2 WHERE hash = $1", &[&hash, &ms(at)])?;
        Ok(())
    }

    fn end_session(&mut self, hash: &[u8], entry: &AuditEntry) -> Result<bool, StoreError> {
        self.transaction(|PostgresStore { link, sealer, .. }| {
            let ended = link.run("DELETE FROM session WHERE hash = $1", &[&hash])? > 0;
            if ended {
                append_one(link, sealer, entry)?;
            }
            Ok(ended)
        })
    }

    fn sessions_of(&mut self, name: &str) -> Result<Vec<SessionRow>, StoreError> {
        self.link.all(SESSIONS, &[&name], one_session)
    }

    fn end_others(&mut self, name: &str, but: &[u8]) -> Result<usize, StoreError> {
        let sql = "DELETE FROM session WHERE person = (SELECT id FROM person WHERE name = $1) AND hash <> $2";
        Ok(usize::try_from(self.link.run(sql, &[&name, &but])?).unwrap_or(usize::MAX))
    }

    fn forget_sessions(&mut self, (seen, began): (Timestamp, Timestamp)) -> Result<usize, StoreError> {
        let sql = "DELETE FROM session WHERE seen_at < $1 OR began_at < $2";
        Ok(usize::try_from(self.link.run(sql, &[&ms(seen), &ms(began)])?).unwrap_or(usize::MAX))
    }
}
