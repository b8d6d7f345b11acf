//! Drafts of the city pack.

use super::{Model, kept};
use crate::contract::MAX_DRAFTS;
use crate::{Draft, DraftContent, DraftEdit, Drafts, StoreError};
use huiliu_domain::audit::AuditEntry;

fn size(content: &DraftContent) -> u64 {
    u64::try_from(content.content.len()).unwrap_or(u64::MAX)
}

impl Drafts for Model {
    fn new_draft(
        &mut self,
        label: &str,
        content: &DraftContent,
        entry: &AuditEntry,
    ) -> Result<Option<Draft>, StoreError> {
        let mut contents = self.contents();
        if contents.drafts.len() >= MAX_DRAFTS {
            return Ok(None);
        }
        contents.last_draft += 1;
        let (at, id) = (kept(content.at), contents.last_draft);
        let draft = Draft {
            id,
            revision: 1,
            base: content.base,
            label: label.to_owned(),
            size_bytes: size(content),
            created_at: at,
            created_by: content.actor.clone(),
            changed_at: at,
            changed_by: content.actor.clone(),
        };
        contents.drafts.insert(id, (draft.clone(), content.content.clone()));
        contents.note_audit(&entry.clone().about("draft", [id]));
        Ok(Some(draft))
    }

    fn drafts(&mut self) -> Result<Vec<Draft>, StoreError> {
        Ok(self.contents().drafts.values().map(|(draft, _)| draft.clone()).collect())
    }

    fn draft(&mut self, id: i64) -> Result<Option<(Draft, Vec<u8>)>, StoreError> {
        Ok(self.contents().drafts.get(&id).cloned())
    }

    fn change_draft(
        &mut self,
        (id, revision): (i64, i64),
        content: &DraftContent,
        entry: &AuditEntry,
    ) -> Result<DraftEdit, StoreError> {
        let mut contents = self.contents();
        let Some((draft, files)) = contents.drafts.get_mut(&id) else { return Ok(DraftEdit::Missing) };
        if draft.revision != revision {
            return Ok(DraftEdit::Stale(draft.clone()));
        }
        *draft = Draft {
            revision: revision + 1,
            base: content.base,
            size_bytes: size(content),
            changed_at: kept(content.at),
            changed_by: content.actor.clone(),
            ..draft.clone()
        };
        files.clone_from(&content.content);
        let changed = draft.clone();
        contents.note_audit(&entry.clone().about("draft", [id]));
        Ok(DraftEdit::Done(changed))
    }

    fn remove_draft(&mut self, (id, revision): (i64, i64), entry: &AuditEntry) -> Result<DraftEdit, StoreError> {
        let mut contents = self.contents();
        match contents.drafts.get(&id).map(|(draft, _)| draft.clone()) {
            None => Ok(DraftEdit::Missing),
            Some(draft) if draft.revision != revision => Ok(DraftEdit::Stale(draft)),
            Some(draft) => {
                contents.drafts.remove(&id);
                contents.note_audit(&entry.clone().about("draft", [id]));
                Ok(DraftEdit::Done(draft))
            }
        }
    }
}
