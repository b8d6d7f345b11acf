//! The audit log, and the packs that go live, on a disk that fails.

use huiliu::audit::{AuditCheck, AuditEntry, Checkpoint};
use huiliu::store::{
    Audit, AuditFilter, AuditPart, Draft, DraftContent, DraftEdit, Drafts, LivePack, PackVersion, Packs, Page,
    StoreError,
};
use jiff::Timestamp;

use super::Disk;

impl Audit for Disk {
    fn note_audit(&mut self, entries: &[AuditEntry]) -> Result<(), StoreError> {
        self.before_write(|| format!("{} entries of the audit log", entries.len()))?;
        self.inner().note_audit(entries)?;
        self.after_write()
    }
    fn forget_audit(&mut self, before: Timestamp) -> Result<usize, StoreError> {
        self.before_write(|| "old entries of the audit log are removed".to_owned())?;
        self.inner().forget_audit(before)
    }
    fn audit(&mut self, filter: &AuditFilter, page: Page) -> Result<AuditPart, StoreError> {
        self.read(|store| store.audit(filter, page))
    }
    fn check_audit(&mut self, known: &[Checkpoint]) -> Result<AuditCheck, StoreError> {
        self.read(|store| store.check_audit(known))
    }
    fn audit_end(&mut self) -> Result<Checkpoint, StoreError> {
        self.read(|store| store.audit_end())
    }
}

impl Packs for Disk {
    fn note_live_pack(&mut self, pack: &LivePack, entry: &AuditEntry) -> Result<i64, StoreError> {
        self.before_write(|| format!("settings {} are live", pack.version))?;
        let number = self.inner().note_live_pack(pack, entry)?;
        self.after_write().map(|()| number)
    }
    fn pack_versions(&mut self, page: Page) -> Result<Vec<PackVersion>, StoreError> {
        self.read(|store| store.pack_versions(page))
    }
    fn pack_version(&mut self, number: i64) -> Result<Option<PackVersion>, StoreError> {
        self.read(|store| store.pack_version(number))
    }
    fn pack_named(&mut self, version: &str) -> Result<Option<PackVersion>, StoreError> {
        self.read(|store| store.pack_named(version))
    }
    fn pack_content(&mut self, number: i64) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|store| store.pack_content(number))
    }
}

impl Drafts for Disk {
    fn new_draft(
        &mut self,
        label: &str,
        content: &DraftContent,
        entry: &AuditEntry,
    ) -> Result<Option<Draft>, StoreError> {
        self.before_write(|| "a new draft".to_owned())?;
        self.inner().new_draft(label, content, entry)
    }
    fn drafts(&mut self) -> Result<Vec<Draft>, StoreError> {
        self.read(|store| store.drafts())
    }
    fn draft(&mut self, id: i64) -> Result<Option<(Draft, Vec<u8>)>, StoreError> {
        self.read(|store| store.draft(id))
    }
    fn change_draft(
        &mut self,
        at: (i64, i64),
        content: &DraftContent,
        entry: &AuditEntry,
    ) -> Result<DraftEdit, StoreError> {
        self.before_write(|| format!("draft {} is changed", at.0))?;
        self.inner().change_draft(at, content, entry)
    }
    fn remove_draft(&mut self, at: (i64, i64), entry: &AuditEntry) -> Result<DraftEdit, StoreError> {
        self.before_write(|| format!("draft {} is removed", at.0))?;
        self.inner().remove_draft(at, entry)
    }
}
