//! The audit log: entries by their numbers. Nothing is chained, for nobody else reaches this memory.

use jiff::Timestamp;

use super::{Contents, Model, kept};
use crate::contract::MAX_AUDIT_LOOKED_AT;
use crate::{Audit, AuditFilter, AuditPart, AuditView, Page, StoreError};
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

    fn audit(&mut self, filter: &AuditFilter, page: Page) -> Result<AuditPart, StoreError> {
        let contents = self.contents();
        let in_span = |entry: &AuditEntry| {
            filter.from.is_none_or(|from| entry.at >= kept(from)) && filter.to.is_none_or(|to| entry.at < kept(to))
        };
        let mut all: Vec<(&i64, &AuditEntry)> = contents.audit.iter().filter(|(_, entry)| in_span(entry)).collect();
        if filter.newest_first {
            all.reverse();
        }
        let is_behind = |number: i64| match page.after {
            Some(after) if filter.newest_first => number < after,
            Some(after) => number > after,
            None => true,
        };
        let behind = all.into_iter().filter(|(number, _)| is_behind(**number)).enumerate();
        let (mut part, mut last) = (AuditPart::default(), None);
        for (looked_at, (number, entry)) in behind {
            if part.entries.len() == page.limit || looked_at == MAX_AUDIT_LOOKED_AT {
                part.next = last;
                break;
            }
            last = Some(*number);
            let view = AuditView { number: *number, entry: entry.clone(), link: [0; 32] };
            part.entries.extend(Some(view).filter(|view| filter.wants(&view.entry)));
        }
        Ok(part)
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
