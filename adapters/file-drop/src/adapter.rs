//! One pull is some rows of one file.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use huiliu_adapter_api::{
    Adapter, AdapterError, Batch, Delivery, MAX_BATCH_FILES_BYTES, Outcome, Position, RawRecord, Receipt, RecordFormat,
    Records, Reply, Sent,
};
use huiliu_adapter_folder::{FoundFile, Openings, WatchedFolder, write_whole};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::attached::Attached;
use crate::row::Rows;
use crate::rows::open_rows;
use crate::settings::{Compiled, Table};

/// Where reading stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Progress {
    file: String,
    size: u64,
    modified_ms: i64,
    /// Rows that are stored.
    row: usize,
    /// Whether that is all of them.
    complete: bool,
    /// Whether the file as a whole could not be read.
    failed: bool,
}

/// What is confirmed: a file that is to leave the folder.
#[derive(Debug, Serialize, Deserialize)]
struct Finished {
    file: String,
    size: u64,
    failed: bool,
}

/// A file under way.
struct Reading {
    file: String,
    modified_ms: i64,
    row: usize,
    rows: Rows,
}

struct Inner {
    folder: WatchedFolder,
    openings: Openings,
    attached: Option<Attached>,
    table: Table,
    format: RecordFormat,
    reply_folder: Option<PathBuf>,
    reading: Mutex<Option<Reading>>,
}

/// A watched folder.
pub(crate) struct FileDrop {
    inner: Arc<Inner>,
}

impl FileDrop {
    pub(crate) fn new(format: RecordFormat, compiled: Compiled) -> Self {
        let Compiled { folder, attached, table, reply_folder } = compiled;
        let (openings, reading) = (Openings::of(&folder.path), Mutex::new(None));
        Self { inner: Arc::new(Inner { folder, openings, attached, table, format, reply_folder, reading }) }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, AdapterError> + Send + 'static,
    ) -> Result<T, AdapterError> {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || work(&inner))
            .await
            .map_err(|error| AdapterError::transient(format!("reading stopped: {error}")))?
    }
}

#[async_trait]
impl Adapter for FileDrop {
    fn delivery(&self) -> Delivery {
        Delivery::Pulled
    }

    async fn pull(&self, position: Option<&Position>, limit: usize) -> Result<Batch, AdapterError> {
        let progress: Option<Progress> = position.and_then(|position| serde_json::from_value(position.0.clone()).ok());
        self.blocking(move |inner| inner.pull(progress, limit)).await
    }

    async fn confirm(&self, receipt: &Receipt, _outcomes: &[Outcome]) -> Result<(), AdapterError> {
        let Ok(finished) = serde_json::from_value::<Finished>(receipt.0.clone()) else { return Ok(()) };
        self.blocking(move |inner| inner.folder.put_away(&finished.file, finished.size, finished.failed)).await
    }

    async fn reply(&self, reply: &Reply) -> Result<Sent, AdapterError> {
        let Some(folder) = self.inner.reply_folder.clone() else { return Ok(Sent::NoRoute) };
        let content = json!({ "reply": reply.to_value(), "number": reply.source_number });
        let name: String =
            reply.key.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
        self.blocking(move |_| write_whole(&folder, &format!("{name}.json"), &content.to_string())).await?;
        Ok(Sent::Taken)
    }

    fn read_file(&self, path: &Path) -> Result<Records, AdapterError> {
        open_rows(path, &self.inner.format, &self.inner.table)
            .map_err(|reason| AdapterError::refused(format!("{}: {reason}", path.display())))
    }
}

impl Inner {
    fn pull(&self, progress: Option<Progress>, limit: usize) -> Result<Batch, AdapterError> {
        let under_way = progress.as_ref().map(Progress::file);
        let Some(file) = self.folder.next_file(under_way.as_ref())? else { return Ok(Batch::default()) };
        let progress = progress.filter(|known| known.file() == file).unwrap_or_else(|| Progress::begin(file));
        if progress.complete {
            // Stored before, but still here: it only has to leave.
            return Ok(Batch { receipt: finished(&progress), more: true, ..Batch::default() });
        }
        match self.read_rows(&progress, limit) {
            Ok((records, complete)) => {
                let next = Progress { row: progress.row + records.len(), complete, ..progress };
                let receipt = if complete { finished(&next) } else { Receipt::default() };
                Ok(Batch { records, position: Some(position(&next)?), receipt, more: true })
            }
            Err(reason) => {
                self.openings.forget();
                let next = Progress { complete: true, failed: true, ..progress };
                let id = format!("{} {} {}", next.file, next.size, next.modified_ms);
                let record = RawRecord::broken(id, next.file.clone(), format!("the file cannot be read: {reason}"));
                Ok(Batch {
                    records: vec![record],
                    position: Some(position(&next)?),
                    receipt: finished(&next),
                    more: true,
                })
            }
        }
    }

    /// The next rows of a file; whether they are its last.
    fn read_rows(&self, progress: &Progress, limit: usize) -> Result<(Vec<RawRecord>, bool), String> {
        let mut slot = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |open: &Reading| {
            open.file == progress.file && open.modified_ms == progress.modified_ms && open.row == progress.row
        };
        let mut open = match slot.take().filter(fits) {
            Some(open) => open,
            None => self.open(progress)?,
        };
        let (mut records, mut complete, mut files_bytes) = (Vec::new(), false, 0);
        while records.len() < limit && files_bytes < MAX_BATCH_FILES_BYTES {
            let Some(mut record) = open.rows.next() else {
                complete = true;
                break;
            };
            if let Some(attached) = &self.attached {
                attached.attach(&mut record);
            }
            files_bytes += record.files_bytes();
            records.push(record);
        }
        self.openings.forget();
        open.row += records.len();
        if !complete {
            *slot = Some(open);
        }
        Ok((records, complete))
    }

    fn open(&self, progress: &Progress) -> Result<Reading, String> {
        self.openings.count(&progress.file)?;
        let mut rows = open_rows(&self.folder.path.join(&progress.file), &self.format, &self.table)?;
        if progress.row > 0 {
            rows.nth(progress.row - 1);
        }
        Ok(Reading { file: progress.file.clone(), modified_ms: progress.modified_ms, row: progress.row, rows })
    }
}

impl Progress {
    fn begin(file: FoundFile) -> Self {
        let FoundFile { modified_ms, name, size } = file;
        Self { file: name, size, modified_ms, row: 0, complete: false, failed: false }
    }

    fn file(&self) -> FoundFile {
        FoundFile { modified_ms: self.modified_ms, name: self.file.clone(), size: self.size }
    }
}

fn finished(progress: &Progress) -> Receipt {
    Receipt(json!({ "file": progress.file, "size": progress.size, "failed": progress.failed }))
}

fn position(progress: &Progress) -> Result<Position, AdapterError> {
    serde_json::to_value(progress).map(Position).map_err(|error| AdapterError::refused(error.to_string()))
}
