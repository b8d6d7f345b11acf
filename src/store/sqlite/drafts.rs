//! Drafts of the city pack.

use rusqlite::{Connection, Row, TransactionBehavior, params};

use super::SqliteStore;
use super::audit::append_one;
use super::cells::blob;
use crate::contract::MAX_DRAFTS;
use crate::sealed::{DraftCells, Sealer};
use crate::{Draft, DraftContent, DraftEdit, Drafts, StoreError};
use huiliu_domain::audit::AuditEntry;

const DRAFT: &str =
    "SELECT id, revision, base, label, size_bytes, created_at, created_by, changed_at, changed_by FROM pack_draft";

fn read(sealer: &Sealer, row: &Row<'_>) -> Result<Draft, StoreError> {
    sealer.draft(DraftCells {
        id: row.get(0)?,
        revision: row.get(1)?,
        base: row.get(2)?,
        label: blob(row, 3)?,
        size_bytes: row.get(4)?,
        created: (row.get(5)?, row.get(6)?),
        changed: (row.get(7)?, row.get(8)?),
    })
}

fn one(connection: &Connection, sealer: &Sealer, id: i64) -> Result<Option<Draft>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("{DRAFT} WHERE id = ?1"))?;
    let mut rows = statement.query(params![id])?;
    rows.next()?.map(|row| read(sealer, row)).transpose()
}

impl SqliteStore {
    /// Makes a change of a draft that is still at this revision.
    fn edit_draft(
        &mut self,
        (id, revision): (i64, i64),
        entry: &AuditEntry,
        edit: impl FnOnce(&Connection) -> Result<(), StoreError>,
    ) -> Result<DraftEdit, StoreError> {
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let Some(draft) = one(&tx, &self.sealer, id)? else { return Ok(DraftEdit::Missing) };
        if draft.revision != revision {
            return Ok(DraftEdit::Stale(draft));
        }
        edit(&tx)?;
        append_one(&tx, &self.sealer, &entry.clone().about("draft", [id]))?;
        let now = one(&tx, &self.sealer, id)?.unwrap_or(draft);
        tx.commit()?;
        Ok(DraftEdit::Done(now))
    }
}

impl Drafts for SqliteStore {
    fn new_draft(
        &mut self,
        label: &str,
        content: &DraftContent,
        entry: &AuditEntry,
    ) -> Result<Option<Draft>, StoreError> {
        let (sealed, label) = (self.sealer.draft_content(content)?, self.sealer.draft_label(label)?);
        let tx = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let count: i64 = tx.query_row("SELECT count(*) FROM pack_draft", [], |row| row.get(0))?;
        if usize::try_from(count).unwrap_or(usize::MAX) >= MAX_DRAFTS {
            return Ok(None);
        }
        tx.execute(
            "INSERT INTO pack_draft (revision, base, label, body, size_bytes, created_at, created_by, changed_at, changed_by)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?5, ?6)",
            params![content.base, label, sealed.content, sealed.size_bytes, sealed.at, content.actor],
        )?;
        let id = tx.last_insert_rowid();
        append_one(&tx, &self.sealer, &entry.clone().about("draft", [id]))?;
        let draft = one(&tx, &self.sealer, id)?;
        tx.commit()?;
        Ok(draft)
    }

    fn drafts(&mut self) -> Result<Vec<Draft>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("{DRAFT} ORDER BY id"))?;
        let mut rows = statement.query([])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push(read(&self.sealer, row)?);
        }
        Ok(found)
    }

    fn draft(&mut self, id: i64) -> Result<Option<(Draft, Vec<u8>)>, StoreError> {
        let Some(draft) = one(&self.connection, &self.sealer, id)? else { return Ok(None) };
        let sealed: Vec<u8> =
            self.connection.query_row("SELECT body FROM pack_draft WHERE id = ?1", params![id], |row| row.get(0))?;
        Ok(Some((draft, self.sealer.draft_files(id, &sealed)?)))
    }

    fn change_draft(
        &mut self,
        at: (i64, i64),
        content: &DraftContent,
        entry: &AuditEntry,
    ) -> Result<DraftEdit, StoreError> {
        let sealed = self.sealer.draft_content(content)?;
        self.edit_draft(at, entry, |tx| {
            tx.execute(
                "UPDATE pack_draft SET revision = revision + 1, base = ?2, body = ?3, size_bytes = ?4, changed_at = ?5,
                 changed_by = ?6 WHERE id = ?1",
                params![at.0, content.base, sealed.content, sealed.size_bytes, sealed.at, content.actor],
            )?;
            Ok(())
        })
    }

    fn remove_draft(&mut self, at: (i64, i64), entry: &AuditEntry) -> Result<DraftEdit, StoreError> {
        self.edit_draft(at, entry, |tx| {
            tx.execute("DELETE FROM pack_draft WHERE id = ?1", params![at.0])?;
            Ok(())
        })
    }
}
