//! The audit log, and the packs that go live, on a disk that fails.

use huiliu::audit::{AuditCheck, AuditEntry, Checkpoint};
use huiliu::store::{Audit, AuditFilter, AuditView, LivePack, PackVersion, Packs, Page, StoreError};
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
    fn audit(&mut self, filter: AuditFilter, page: Page) -> Result<Vec<AuditView>, StoreError> {
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
