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
        let file = format!("[format]\n{format}\n[settings]\nfolder = \"{path}\"\nsettle_s = 0\n{settings}\n");
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
                told.failed = self.folder.path().join("failed").exists();
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
