//! The audit log: entries by their numbers. Nothing is chained, for nobody else reaches this memory.

use jiff::Timestamp;

use super::{Contents, Model, kept};
use crate::{Audit, AuditFilter, AuditView, Page, StoreError};
use huiliu_domain::audit::{AuditCheck, AuditEntry, Checkpoint};

impl Contents {
    pub(super) fn note_audit(&mut self, entry: &AuditEntry) {
        self.last_audit += 1;
        self.audit.insert(self.last_audit, AuditEntry { at: kept(entry.at), ..entry.clone() });
    }
}

impl Audit for Model {
    fn note_audit(&mut self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        let mut contents = self.contents();
        entries.iter().for_each(|entry| contents.note_audit(entry));
        Ok(())
    }

    fn audit(&mut self, filter: AuditFilter, page: Page) -> Result<Vec<AuditView>, StoreError> {
        let contents = self.contents();
        let fits = |entry: &AuditEntry| {
            filter.from.is_none_or(|from| entry.at >= kept(from)) && filter.to.is_none_or(|to| entry.at < kept(to))
        };
        let after = page.after.unwrap_or(0);
        let found = contents.audit.iter().filter(|(number, entry)| **number > after && fits(entry)).take(page.limit);
        Ok(found.map(|(number, entry)| AuditView { number: *number, entry: entry.clone(), link: [0; 32] }).collect())
    }

    fn check_audit(&mut self, _known: &[Checkpoint]) -> Result<AuditCheck, StoreError> {
        let contents = self.contents();
        let entries = u64::try_from(contents.audit.len()).unwrap_or(u64::MAX);
        let begins_after = contents.audit.keys().next().map_or(contents.last_audit, |first| first - 1);
        let end = Checkpoint { number: contents.last_audit, link: [0; 32] };
        Ok(AuditCheck { entries, begins_after, end, broken: None })
    }

    fn audit_end(&mut self) -> Result<Checkpoint, StoreError> {
        Ok(Checkpoint { number: self.contents().last_audit, link: [0; 32] })
    }

    fn forget_audit(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        let mut contents = self.contents();
        let entries = contents.audit.len();
        let first = contents.audit.iter().find(|(_, entry)| entry.at >= kept(before)).map(|(number, _)| *number);
        contents.audit = first.map(|first| contents.audit.split_off(&first)).unwrap_or_default();
        Ok(entries - contents.audit.len())
    }
}
