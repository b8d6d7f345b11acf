//! A folder that takes files, and what comes of them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use huiliu_adapter_api::{Adapter, Batch, RawRecord, RecordBody};
use huiliu_file_drop::FileDropFactory;
use serde_json::Value;

/// Where the files of real systems are.
pub fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/field/files")
}

/// A folder that takes files, and what it says of its format.
pub struct Room {
    pub folder: tempfile::TempDir,
    pub adapter: Arc<dyn Adapter>,
}

impl Room {
    pub fn new(format: &str, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().display();
        let settle = if settings.contains("settle_s") { "" } else { "settle_s = 0" };
        let file = format!("[format]\n{format}\n[settings]\nfolder = \"{path}\"\n{settle}\n{settings}\n");
        let adapter = huiliu_conformance::open(&FileDropFactory, &file, &[]).unwrap();
        Self { folder, adapter }
    }

    pub fn ledger(settings: &str) -> Self {
        let aliases = "[settings.aliases]\n\"工单编号\" = [\"12345工单编号\", \"流水号\"]\n\"内容\" = [\"诉求内容\"]\n";
        Self::new("kind = \"csv\"\nid = \"record.工单编号\"", &format!("{settings}\n{aliases}"))
    }

    pub fn petition(settings: &str) -> Self {
        let aliases = "[settings.aliases]\n\"信访件编号\" = [\"编号\"]\n\"投诉内容\" = [\"内容\", \"诉求内容\"]\n\"概况\" = [\"标题\"]\n";
        Self::new("kind = \"xlsx\"\nid = \"record.信访件编号\"", &format!("{settings}\n{aliases}"))
    }

    pub fn of(name: &str) -> Self {
        if name.ends_with(".csv") { Self::ledger("") } else { Self::petition("") }
    }

    pub fn put(&self, name: &str, content: &[u8]) {
        std::fs::write(self.folder.path().join(name), content).unwrap();
    }

    /// Makes a file look as if it was written so many seconds ago.
    pub fn age(&self, name: &str, age_s: u64) {
        let file = std::fs::File::options().write(true).open(self.folder.path().join(name)).unwrap();
        let at = file.metadata().unwrap().created().unwrap() - std::time::Duration::from_secs(age_s);
        file.set_modified(at).unwrap();
    }

    /// Pulls the one file that is there, `limit` records at a time, opening the folder anew each time if `anew`.
    pub async fn pull(&self, limit: usize) -> Told {
        let (mut told, mut position) = (Told::default(), None);
        loop {
            let batch = self.adapter.pull(position.as_ref(), limit).await.unwrap();
            self.adapter.confirm(&batch.receipt, &[]).await.unwrap();
            let ended = batch.file.as_ref().is_none_or(|file| file.complete);
            position = batch.position.clone();
            told.add(batch);
            if ended {
                told.failed =
                    std::fs::read_dir(self.folder.path().join("failed")).is_ok_and(|mut files| files.next().is_some());
                return told;
            }
        }
    }
}

#[derive(Default)]
pub struct Told {
    pub records: Vec<RawRecord>,
    pub alarms: String,
    pub file: String,
    pub rows: u64,
    pub failed: bool,
}

impl Told {
    fn add(&mut self, batch: Batch) {
        self.records.extend(batch.records);
        self.alarms.extend(batch.alarms.iter().map(|alarm| format!("{} | {}", alarm.zh, alarm.en)));
        self.rows = batch.file.as_ref().map_or(0, |file| file.rows);
        self.file = format!("{:?}", batch.file);
    }

    pub fn ids(&self) -> Vec<&str> {
        let good = |record: &&RawRecord| matches!(record.body, RecordBody::Tree(_));
        self.records.iter().filter(good).map(|record| record.id.as_str()).collect()
    }

    pub fn aside(&self) -> Vec<String> {
        let reason = |record: &'_ RawRecord| match &record.body {
            RecordBody::Broken { zh, .. } => Some(zh.clone()),
            RecordBody::Tree(_) => None,
        };
        self.records.iter().filter_map(reason).collect()
    }

    pub fn field(&self, id: &str, field: &str) -> Value {
        let of = self.records.iter().find(|record| record.id == id);
        match of.map(|record| &record.body) {
            Some(RecordBody::Tree(tree)) => tree.get(field).cloned().unwrap_or_default(),
            _ => Value::Null,
        }
    }
}
