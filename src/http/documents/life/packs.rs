//! The versions of the city pack that made what a life tells of: the live one, and earlier ones as they are kept.

use std::collections::BTreeMap;

use crate::city::PackFiles;
use crate::mapping::{FieldMade, record_of};
use crate::pack::Pack;
use crate::store::{RecordView, Store, StoreError};

/// Most earlier versions of the pack that one life loads.
const MAX_PACKS: usize = 8;

/// Why it is not told what a version made of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// Its files are no longer kept.
    NotKept,
    /// This version of the software cannot load it.
    Unloadable,
    /// The life is of more versions than are loaded.
    TooMany,
    /// It has no such channel.
    NoChannel,
}

impl Unknown {
    /// The same in words, of a version.
    pub(super) fn said(self, version: &str) -> (String, String) {
        let (zh, en) = match self {
            Self::NotKept => ("的文件已不再保存", "whose files are no longer kept".to_owned()),
            Self::Unloadable => ("本版软件加载不了", "which this version of the software cannot load".to_owned()),
            Self::TooMany => (
                "未加载，涉及的版本过多",
                format!("which was not loaded: one trace loads {MAX_PACKS} earlier versions"),
            ),
            Self::NoChannel => ("里没有这个渠道", "which has no such channel".to_owned()),
        };
        (format!("由配置包版本 {version} 映射，该版本{zh}"), format!("made by pack version {version}, {en}"))
    }
}

/// The earlier versions that one life has asked for.
#[derive(Default)]
pub(super) struct Earlier(BTreeMap<String, Result<Pack, Unknown>>);

impl Earlier {
    /// What a version that is not live made of a record, field by field.
    pub(super) fn fields_made(
        &mut self,
        store: &mut dyn Store,
        load: &dyn Fn(PackFiles) -> Option<Pack>,
        (version, record): (&str, &RecordView),
    ) -> Result<Result<Vec<FieldMade>, Unknown>, StoreError> {
        if !self.0.contains_key(version) {
            if self.0.len() >= MAX_PACKS {
                return Ok(Err(Unknown::TooMany));
            }
            let kept = kept(store, version)?;
            let loaded = kept.ok_or(Unknown::NotKept).and_then(|files| load(files).ok_or(Unknown::Unloadable));
            self.0.insert(version.to_owned(), loaded);
        }
        Ok(match self.0.get(version) {
            Some(Ok(pack)) => fields_made(pack, record),
            Some(Err(unknown)) => Err(*unknown),
            None => Err(Unknown::NotKept),
        })
    }
}

/// What a pack makes of a record, field by field.
pub(super) fn fields_made(pack: &Pack, record: &RecordView) -> Result<Vec<FieldMade>, Unknown> {
    let channel = pack.channels.get(&record.channel).ok_or(Unknown::NoChannel)?;
    Ok(channel.fields_made(&record_of(record.record_id.clone(), record.body.clone())))
}

/// The files of a version, where they are kept.
fn kept(store: &mut dyn Store, version: &str) -> Result<Option<PackFiles>, StoreError> {
    let Some(known) = store.pack_named(version)? else { return Ok(None) };
    Ok(store.pack_content(known.number)?.and_then(|bytes| PackFiles::from_bytes(&bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::RawKey;
    use crate::store::{Database, KeyRing, RawState, Vault, open};

    #[test]
    fn one_life_loads_no_more_than_its_limit_of_earlier_versions() {
        let vault = Vault::new(&KeyRing::generate().unwrap()).unwrap();
        let mut store = open(&Database::SqliteInMemory, vault).unwrap().writer;
        let record = RecordView {
            raw_id: RawKey(1),
            channel: "generic".to_owned(),
            record_id: "1".to_owned(),
            state: RawState::Complaint,
            received_at: jiff::Timestamp::UNIX_EPOCH,
            body: serde_json::json!({}),
        };
        let mut earlier = Earlier::default();
        let mut made = |version: String| {
            earlier.fields_made(&mut *store, &|_files| None, (&version, &record)).unwrap().unwrap_err()
        };
        for version in 0..MAX_PACKS {
            assert_eq!(made(version.to_string()), Unknown::NotKept);
        }
        assert_eq!(made("one more".to_owned()), Unknown::TooMany);
        assert_eq!(made("0".to_owned()), Unknown::NotKept, "what was asked for before is known");
        let (zh, en) = Unknown::TooMany.said("abc");
        assert!(zh.contains("abc") && en.contains(&MAX_PACKS.to_string()), "{zh} {en}");
    }
}
