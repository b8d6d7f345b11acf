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
