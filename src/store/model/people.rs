//! Who may sign in, and who has signed in.

use jiff::Timestamp;

use super::{Contents, Model, kept};
use crate::contract::{MAX_PEOPLE, MAX_SESSIONS};
use crate::{People, PersonRow, SessionRow, StoreError};
use huiliu_domain::audit::AuditEntry;
use huiliu_domain::people::{Attempts, Person};

fn as_kept(attempts: Attempts) -> Attempts {
    Attempts { failed_at: attempts.failed_at.map(kept), ..attempts }
}

impl Contents {
    /// The sessions of somebody, that used last first; of those used at the same time the newest.
    fn sessions_of(&self, name: &str) -> Vec<SessionRow> {
        let mut sessions: Vec<_> =
            self.sessions.iter().rev().filter(|session| session.person == name).cloned().collect();
        sessions.sort_by_key(|session| std::cmp::Reverse(session.seen_at));
        sessions
    }

    fn end_sessions(&mut self, ends: impl Fn(&SessionRow) -> bool) -> usize {
        let before = self.sessions.len();
        self.sessions.retain(|session| !ends(session));
        before - self.sessions.len()
    }
}

impl People for Model {
    fn people(&mut self) -> Result<Vec<PersonRow>, StoreError> {
        Ok(self.contents().people.values().take(MAX_PEOPLE).cloned().collect())
    }

    fn person(&mut self, name: &str) -> Result<Option<PersonRow>, StoreError> {
        Ok(self.contents().people.get(name).cloned())
    }

    fn put_person(&mut self, row: &PersonRow, before: Option<&Person>, entry: &AuditEntry) -> Result<bool, StoreError> {
        let mut contents = self.contents();
        if contents.people.get(&row.name).map(|known| &known.person) != before {
            return Ok(false);
        }
        let known = contents.people.get(&row.name).map(|known| (known.attempts, known.created_at));
        let (attempts, created_at) = known.unwrap_or((Attempts::default(), kept(row.created_at)));
        contents.people.insert(row.name.clone(), PersonRow { attempts, created_at, ..row.clone() });
        contents.note_audit(entry);
        Ok(true)
    }

    fn remove_person(&mut self, name: &str, entry: &AuditEntry) -> Result<bool, StoreError> {
        let mut contents = self.contents();
        let removed = contents.people.remove(name).is_some();
        if removed {
            contents.end_sessions(|session| session.person == name);
            contents.note_audit(entry);
        }
        Ok(removed)
    }

    fn note_attempts(&mut self, name: &str, attempts: Attempts) -> Result<(), StoreError> {
        if let Some(row) = self.contents().people.get_mut(name) {
            row.attempts = as_kept(attempts);
        }
        Ok(())
    }

    fn begin_session(
        &mut self,
        session: &SessionRow,
        attempts: Attempts,
        entry: &AuditEntry,
    ) -> Result<bool, StoreError> {
        let mut contents = self.contents();
        let Some(row) = contents.people.get_mut(&session.person) else { return Ok(false) };
        row.attempts = as_kept(attempts);
        for old in contents.sessions_of(&session.person).into_iter().skip(MAX_SESSIONS - 1) {
            contents.end_sessions(|session| session.hash == old.hash);
        }
        let (began_at, seen_at) = (kept(session.began_at), kept(session.seen_at));
        contents.sessions.push(SessionRow { began_at, seen_at, ..session.clone() });
        contents.note_audit(entry);
        Ok(true)
    }

    fn session(&mut self, hash: &[u8]) -> Result<Option<(SessionRow, PersonRow)>, StoreError> {
        let contents = self.contents();
        let session = contents.sessions.iter().find(|session| session.hash == hash);
        Ok(session.and_then(|session| Some((session.clone(), contents.people.get(&session.person)?.clone()))))
    }

    fn see_session(&mut self, hash: &[u8], at: Timestamp) -> Result<(), StoreError> {
        let mut contents = self.contents();
        contents
            .sessions
            .iter_mut()
            .filter(|session| session.hash == hash)
            .for_each(|session| session.seen_at = kept(at));
        Ok(())
    }

    fn end_session(&mut self, hash: &[u8], entry: &AuditEntry) -> Result<bool, StoreError> {
        let mut contents = self.contents();
        let ended = contents.end_sessions(|session| session.hash == hash) > 0;
        if ended {
            contents.note_audit(entry);
        }
        Ok(ended)
    }

    fn sessions_of(&mut self, name: &str) -> Result<Vec<SessionRow>, StoreError> {
        Ok(self.contents().sessions_of(name))
    }

    fn end_others(&mut self, name: &str, but: &[u8]) -> Result<usize, StoreError> {
        Ok(self.contents().end_sessions(|session| session.person == name && session.hash != but))
    }

    fn forget_sessions(&mut self, (seen, began): (Timestamp, Timestamp)) -> Result<usize, StoreError> {
        let (seen, began) = (kept(seen), kept(began));
        Ok(self.contents().end_sessions(|session| session.seen_at < seen || session.began_at < began))
    }
}
