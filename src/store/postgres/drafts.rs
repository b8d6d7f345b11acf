//! Drafts of the city pack.

use tokio_postgres::Row;

use super::PostgresStore;
use super::asking::only;
use super::audit::append_one;
use super::cells::cell;
use super::link::Link;
use crate::contract::MAX_DRAFTS;
use crate::sealed::{DraftCells, Sealer};
use crate::{Draft, DraftContent, DraftEdit, Drafts, StoreError};
use huiliu_domain::audit::AuditEntry;

const DRAFTS: &str = "SELECT id, revision, base, label, size_bytes, created_at, created_by, changed_at, changed_by
    FROM pack_draft ORDER BY id";
const DRAFT: &str = "SELECT id, revision, base, label, size_bytes, created_at, created_by, changed_at, changed_by
    FROM pack_draft WHERE id = $1";
const WRITE: &str =
    "INSERT INTO pack_draft (revision, base, label, body, size_bytes, created_at, created_by, changed_at, changed_by)
    VALUES (1, $1, $2, $3, $4, $5, $6, $5, $6) RETURNING id";
const CHANGE: &str =
    "UPDATE pack_draft SET revision = revision + 1, base = $2, body = $3, size_bytes = $4, changed_at = $5,
    changed_by = $6 WHERE id = $1";

fn read(sealer: &Sealer, row: &Row) -> Result<Draft, StoreError> {
    sealer.draft(DraftCells {
        id: cell(row, 0)?,
        revision: cell(row, 1)?,
        base: cell(row, 2)?,
        label: cell(row, 3)?,
        size_bytes: cell(row, 4)?,
        created: (cell(row, 5)?, cell(row, 6)?),
        changed: (cell(row, 7)?, cell(row, 8)?),
    })
}

fn one(link: &mut Link, sealer: &Sealer, id: i64) -> Result<Option<Draft>, StoreError> {
    Ok(link.all(DRAFT, &[&id], |row| read(sealer, row))?.pop())
}

impl PostgresStore {
    /// Makes a change of a draft that is still at this revision.
    fn edit_draft(
        &mut self,
        (id, revision): (i64, i64),
        entry: &AuditEntry,
        edit: impl FnOnce(&mut Link) -> Result<(), StoreError>,
    ) -> Result<DraftEdit, StoreError> {
        self.transaction(|PostgresStore { link, sealer, .. }| {
            let Some(draft) = one(link, sealer, id)? else { return Ok(DraftEdit::Missing) };
            if draft.revision != revision {
                return Ok(DraftEdit::Stale(draft));
            }
            edit(link)?;
            append_one(link, sealer, &entry.clone().about("draft", [id]))?;
            Ok(DraftEdit::Done(one(link, sealer, id)?.unwrap_or(draft)))
        })
    }
}

impl Drafts for PostgresStore {
    fn new_draft(
        &mut self,
        label: &str,
        content: &DraftContent,
        entry: &AuditEntry,
    ) -> Result<Option<Draft>, StoreError> {
        let (sealed, label) = (self.sealer.draft_content(content)?, self.sealer.draft_label(label)?);
        self.transaction(|PostgresStore { link, sealer, .. }| {
            let there: i64 = only(link, "SELECT count(*) FROM pack_draft", &[])?;
            if usize::try_from(there).unwrap_or(usize::MAX) >= MAX_DRAFTS {
                return Ok(None);
            }
            let (at, by) = (sealed.at, &content.actor);
            let id: i64 = only(link, WRITE, &[&content.base, &label, &sealed.content, &sealed.size_bytes, &at, by])?;
            append_one(link, sealer, &entry.clone().about("draft", [id]))?;
            one(link, sealer, id)
        })
    }

    fn drafts(&mut self) -> Result<Vec<Draft>, StoreError> {
        let Self { link, sealer, .. } = self;
        link.all(DRAFTS, &[], |row| read(sealer, row))
    }

    fn draft(&mut self, id: i64) -> Result<Option<(Draft, Vec<u8>)>, StoreError> {
        // As of one moment: the draft and its files.
        self.snapshot(|PostgresStore { link, sealer, .. }| {
            let Some(draft) = one(link, sealer, id)? else { return Ok(None) };
            let sql = "SELECT body FROM pack_draft WHERE id = $1";
            let files = link.all(sql, &[&id], |row| sealer.draft_files(id, cell(row, 0)?))?.pop();
            Ok(files.map(|files| (draft, files)))
        })
    }

    fn change_draft(
        &mut self,
        at: (i64, i64),
        content: &DraftContent,
        entry: &AuditEntry,
    ) -> Result<DraftEdit, StoreError> {
        let sealed = self.sealer.draft_content(content)?;
        self.edit_draft(at, entry, |link| {
            let (when, by) = (sealed.at, &content.actor);
            link.run(CHANGE, &[&at.0, &content.base, &sealed.content, &sealed.size_bytes, &when, by])?;
            Ok(())
        })
    }

    fn remove_draft(&mut self, at: (i64, i64), entry: &AuditEntry) -> Result<DraftEdit, StoreError> {
        self.edit_draft(at, entry, |link| {
            link.run("DELETE FROM pack_draft WHERE id = $1", &[&at.0])?;
            Ok(())
        })
    }
}
