//! City packs that went live.

use std::collections::BTreeSet;

use super::{Model, kept};
use crate::contract::MAX_KEPT_PACKS;
use crate::{LivePack, PackCause, PackVersion, Packs, Page, StoreError};
use huiliu_domain::audit::AuditEntry;

fn version(number: i64, pack: &LivePack) -> PackVersion {
    PackVersion {
        number,
        version: pack.version.clone(),
        digest: pack.digest,
        at: pack.at,
        actor: pack.actor.clone(),
        cause: pack.cause,
        reason: pack.reason.clone(),
        size_bytes: u64::try_from(pack.content.len()).unwrap_or(u64::MAX),
    }
}

impl Packs for Model {
    fn note_live_pack(&mut self, pack: &LivePack, entry: &AuditEntry) -> Result<i64, StoreError> {
        let mut contents = self.contents();
        let at = kept(pack.at);
        contents.settings.entry(pack.version.clone()).or_insert_with(|| (pack.city.clone(), at));
        let last = contents.packs.last_key_value().map(|(number, last)| (*number, last.digest));
        let number = match last {
            Some((number, digest)) if digest == pack.digest && pack.cause != PackCause::Rollback => number,
            last => {
                let number = last.map_or(1, |(number, _)| number + 1);
                contents.packs.insert(number, LivePack { at, ..pack.clone() });
                number
            }
        };
        contents.note_audit(&entry.clone().about("pack", [number]));
        Ok(number)
    }

    fn pack_versions(&mut self, page: Page) -> Result<Vec<PackVersion>, StoreError> {
        let before = page.after.unwrap_or(i64::MAX);
        let contents = self.contents();
        let found = contents.packs.range(..before).rev().take(page.limit);
        Ok(found.map(|(number, pack)| version(*number, pack)).collect())
    }

    fn pack_version(&mut self, number: i64) -> Result<Option<PackVersion>, StoreError> {
        Ok(self.contents().packs.get(&number).map(|pack| version(number, pack)))
    }

    fn pack_named(&mut self, named: &str) -> Result<Option<PackVersion>, StoreError> {
        let contents = self.contents();
        let found = contents.packs.iter().rev().find(|(_, pack)| pack.version == named);
        Ok(found.map(|(number, pack)| version(*number, pack)))
    }

    fn pack_content(&mut self, number: i64) -> Result<Option<Vec<u8>>, StoreError> {
        let contents = self.contents();
        let Some(pack) = contents.packs.get(&number) else { return Ok(None) };
        let mut newer = BTreeSet::new();
        for other in contents.packs.values().rev() {
            newer.insert(other.digest);
            if newer.len() > MAX_KEPT_PACKS {
                return Ok(None);
            }
            if other.digest == pack.digest {
                break;
            }
        }
        Ok(Some(pack.content.clone()))
    }
}
