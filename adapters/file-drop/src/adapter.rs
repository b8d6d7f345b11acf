//! One pull is some rows of one file.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use huiliu_adapter_api::wording::both;
use huiliu_adapter_api::{
    Adapter, AdapterError, Batch, Delivery, MAX_BATCH_FILES_BYTES, Outcome, Position, RawRecord, Receipt, RecordFormat,
    Records, Reply, Sent, WayBack,
};
use huiliu_adapter_folder::{FoundFile, Openings, PutAway, WatchedFolder, write_whole};
use huiliu_payload::FormatKind;
use huiliu_table::{Reason, Table};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::attached::Attached;
use crate::reading::Reading;
use crate::settings::Compiled;
use crate::unended::{UNENDED_SETTLE_TIMES, is_unended};

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
    /// Whether the file, or its rest, could not be read.
    failed: bool,
    /// How rows were counted; positions of before have none.
    #[serde(default)]
    counting: u32,
}

/// How rows are counted now. A file that was under way while they were counted otherwise is read from its beginning: records that come again
/// change nothing, and a record that is passed over would be lost.
const COUNTING: u32 = 3;

/// Files put away that are looked at once more.
const MAX_AWAY: usize = 100;
/// Times the settling time that a file put away is looked at.
const AWAY_SETTLE_TIMES: i64 = 6;

/// What is confirmed: a file that is to leave the folder.
#[derive(Debug, Serialize, Deserialize)]
struct Finished {
    file: String,
    size: u64,
    /// When it was changed last; receipts of before have none and are not followed.
    modified_ms: i64,
    failed: bool,
}

/// A file under way: behind how many records of which file it stands.
struct UnderWay {
    file: FoundFile,
    row: usize,
    reading: Reading,
}

struct Inner {
    channel: String,
    folder: WatchedFolder,
    openings: Openings,
    attached: Option<Attached>,
    table: Table,
    format: RecordFormat,
    reply_folder: Option<PathBuf>,
    under_way: Mutex<Option<UnderWay>>,
    /// Files put away whose writer may not be done.
    away: Mutex<VecDeque<PutAway>>,
}

/// A watched folder.
pub(crate) struct FileDrop {
    inner: Arc<Inner>,
}

impl FileDrop {
    pub(crate) fn new(channel: &str, format: RecordFormat, compiled: Compiled) -> Self {
        let Compiled { folder, attached, table, reply_folder } = compiled;
        let (channel, openings) = (channel.to_owned(), Openings::of(&folder.path));
        let (under_way, away) = (Mutex::new(None), Mutex::new(VecDeque::new()));
        let inner = Inner { channel, folder, openings, attached, table, format, reply_folder, under_way, away };
        Self { inner: Arc::new(inner) }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Inner) -> Result<T, AdapterError> + Send + 'static,
    ) -> Result<T, AdapterError> {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || work(&inner))
            .await
            .map_err(|error| AdapterError::transient(both("读文件中断", "reading stopped", error)))?
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
        self.blocking(move |inner| inner.put_away(finished)).await
    }

    fn way_back(&self) -> WayBack {
        if self.inner.reply_folder.is_some() { WayBack::OwnRecords } else { WayBack::None }
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
        let refused =
            |reason: Reason| AdapterError::refused(format!("{}: {} ({})", path.display(), reason.zh, reason.en));
        let folder = path.parent().unwrap_or(Path::new(""));
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = FoundFile { modified_ms: 0, name, size: 0 };
        let mut reading = Reading::open(folder, &file, &self.inner.format, &self.inner.table, 0);
        let Some(first) = reading.next() else {
            return match reading.end() {
                Some(reason) => Err(refused(reason)),
                None => Ok(Box::new(std::iter::empty())),
            };
        };
        let mut ended = false;
        let rest = std::iter::from_fn(move || {
            if ended {
                return None;
            }
            let record = reading.next();
            ended = record.is_none();
            record.or_else(|| reading.end().map(|reason| whole_broken(&file, &reason)))
        });
        Ok(Box::new(std::iter::once(first).chain(rest)))
    }
}

impl Inner {
    fn pull(&self, progress: Option<Progress>, limit: usize) -> Result<Batch, AdapterError> {
        let under_way = progress.as_ref().map(Progress::file);
        self.look_once_more()?;
        let ready = |file: &FoundFile| self.is_ready(file);
        let Some(file) = self.folder.next_ready_file(under_way.as_ref(), &ready)? else { return Ok(Batch::default()) };
        let known = progress.filter(|known| known.file() == file && (known.complete || known.counting == COUNTING));
        let progress = known.unwrap_or_else(|| Progress::begin(file));
        if progress.complete {
            // Stored before, but still here: it only has to leave.
            return Ok(Batch { receipt: finished(&progress), more: true, ..Batch::default() });
        }
        let mut slot = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        let mut open = self.under_way(slot.take(), &progress);
        let (mut records, complete) = self.records(&mut open.reading, limit);
        let (mut alarms, mut failed) = (Vec::new(), false);
        if complete && !self.folder.is_unchanged(&open.file) {
            self.openings.forget();
            let told = open.reading.changed(progress.row);
            return Ok(Batch { position: Some(position(&progress)?), more: true, file: told, ..Batch::default() });
        }
        if complete {
            let failure = open.reading.end();
            alarms = open.reading.alarms(failure.as_ref());
            failed = failure.is_some();
            open.reading.log(&self.channel);
            records.extend(failure.map(|reason| whole_broken(&open.file, &reason)));
        }
        self.openings.forget();
        open.row += records.len();
        let file = Some(open.reading.told.clone());
        let next = Progress { row: open.row, complete, failed, ..progress };
        let receipt = if complete { finished(&next) } else { Receipt::default() };
        if !complete {
            *slot = Some(open);
        }
        Ok(Batch { records, position: Some(position(&next)?), receipt, more: true, file, alarms, calls: Vec::new() })
    }

    /// Whether a file can be taken now. A text that breaks off in its last line may be written on.
    fn is_ready(&self, file: &FoundFile) -> bool {
        !matches!(self.format.kind, FormatKind::Csv | FormatKind::JsonLines)
            || self.folder.is_left_alone(file, UNENDED_SETTLE_TIMES)
            || !is_unended(&self.folder.path.join(&file.name))
    }

    fn put_away(&self, finished: Finished) -> Result<(), AdapterError> {
        let Finished { file, size, modified_ms, failed } = finished;
        let Some(put) = self.folder.put_away(&FoundFile { modified_ms, name: file, size }, failed)? else {
            return Ok(());
        };
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.push_back(put);
        if away.len() > MAX_AWAY {
            away.pop_front();
        }
        Ok(())
    }

    /// Brings back files that were written on after they were put away.
    fn look_once_more(&self) -> Result<(), AdapterError> {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        for _ in 0..away.len() {
            let Some(put) = away.pop_front() else { break };
            let moved = FoundFile { modified_ms: put.at_ms, ..put.file.clone() };
            if self.folder.bring_back(&put)? {
                tracing::warn!(
                    channel = self.channel,
                    file = put.file.name,
                    "A file was written on after it was read; it is read again."
                );
            } else if !self.folder.is_left_alone(&moved, AWAY_SETTLE_TIMES) {
                away.push_back(put);
            }
        }
        Ok(())
    }

    /// The next records of a file; whether they are its last. One place is kept for what is to be said of the file as a whole.
    fn records(&self, reading: &mut Reading, limit: usize) -> (Vec<RawRecord>, bool) {
        let (mut records, mut files_bytes) = (Vec::new(), 0);
        while records.len() < limit.max(1) && files_bytes < MAX_BATCH_FILES_BYTES {
            let Some(mut record) = reading.next() else { return (records, true) };
            if let Some(attached) = &self.attached {
                attached.attach(&mut record);
            }
            files_bytes += record.files_bytes();
            records.push(record);
        }
        (records, false)
    }

    /// The file that is open already, where it stands where the position does; else it is opened.
    fn under_way(&self, open: Option<UnderWay>, progress: &Progress) -> UnderWay {
        let file = progress.file();
        if let Some(open) = open.filter(|open| open.file == file && open.row == progress.row) {
            return open;
        }
        let reading = match self.openings.count(&file.name) {
            Ok(()) => Reading::open(&self.folder.path, &file, &self.format, &self.table, progress.row),
            Err(times) => Reading::given_up(&file, given_up(times)),
        };
        UnderWay { file, row: progress.row, reading }
    }
}

impl Progress {
    fn begin(file: FoundFile) -> Self {
        let FoundFile { modified_ms, name, size } = file;
        Self { file: name, size, modified_ms, row: 0, complete: false, failed: false, counting: COUNTING }
    }

    fn file(&self) -> FoundFile {
        FoundFile { modified_ms: self.modified_ms, name: self.file.clone(), size: self.size }
    }
}

/// A record that stands for a file, or the rest of one, that cannot be read.
fn whole_broken(file: &FoundFile, reason: &Reason) -> RawRecord {
    let id = format!("{} {} {}", file.name, file.size, file.modified_ms);
    let zh = format!("文件 {}：{}", file.name, reason.zh);
    RawRecord::broken_because(id, file.name.clone(), zh, format!("the file cannot be read: {}", reason.en))
}

fn given_up(times: u32) -> Reason {
    Reason::new(
        format!("网关读这个文件时已退出 {times} 次，不再读它；请把它另存为 CSV 后重新放入"),
        format!("the gateway ended {times} times while it read this file; save it as CSV and put that here"),
    )
}

fn finished(progress: &Progress) -> Receipt {
    let Progress { file, size, modified_ms, failed, .. } = progress;
    Receipt(json!({ "file": file, "size": size, "modified_ms": modified_ms, "failed": failed }))
}

fn position(progress: &Progress) -> Result<Position, AdapterError> {
    serde_json::to_value(progress)
        .map(Position)
        .map_err(|error| AdapterError::refused(both("读到的位置无法保存", "the position cannot be kept", error)))
}
