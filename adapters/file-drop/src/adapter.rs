//! One pull is some rows of one file.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use huiliu_adapter_api::{
    Adapter, AdapterError, Batch, Clock, Delivery, Opening, Outcome, Position, RawRecord, Receipt, RecordFormat,
    Records, Reply,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::row::Rows;
use crate::rows::open_rows;
use crate::settings::Compiled;

/// Most files looked at in one pull.
const MAX_FILES: usize = 10_000;

/// Where reading stands. A file is known by name, size and time of change: another file of the same name is another file.
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
    settings: Compiled,
    format: RecordFormat,
    clock: Arc<dyn Clock>,
    reading: Mutex<Option<Reading>>,
}

/// A watched folder.
pub(crate) struct FileDrop {
    inner: Arc<Inner>,
}

impl FileDrop {
    pub(crate) fn new(opening: Opening<'_>, settings: Compiled) -> Self {
        let inner = Inner { settings, format: opening.format, clock: opening.clock, reading: Mutex::new(None) };
        Self { inner: Arc::new(inner) }
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
    async fn pull(&self, position: Option<&Position>, limit: usize) -> Result<Batch, AdapterError> {
        let progress: Option<Progress> = position.and_then(|position| serde_json::from_value(position.0.clone()).ok());
        self.blocking(move |inner| inner.pull(progress, limit)).await
    }

    async fn confirm(&self, receipt: &Receipt, _outcomes: &[Outcome]) -> Result<(), AdapterError> {
        let Ok(finished) = serde_json::from_value::<Finished>(receipt.0.clone()) else { return Ok(()) };
        self.blocking(move |inner| inner.put_away(&finished)).await
    }

    async fn reply(&self, reply: &Reply) -> Result<Delivery, AdapterError> {
        let Some(folder) = self.inner.settings.reply_folder.clone() else { return Ok(Delivery::NoRoute) };
        let content = json!({ "reply": reply.to_value(), "number": reply.source_number });
        let name: String =
            reply.key.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
        self.blocking(move |_| write_whole(&folder, &format!("{name}.json"), &content.to_string())).await?;
        Ok(Delivery::Sent)
    }

    fn read_file(&self, path: &Path) -> Result<Records, AdapterError> {
        open_rows(path, &self.inner.format, &self.inner.settings)
            .map_err(|reason| AdapterError::refused(format!("{}: {reason}", path.display())))
    }
}

/// Times that a file is opened without a row coming of it, before it is set aside: what reads it may end the process.
const MAX_OPENINGS: u32 = 5;
/// Name of the file that counts them.
const OPENINGS: &str = ".openings";
/// Longest name of a file, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// The name of a file; one that is not UTF-8 is taken for GB18030, as old systems write it.
fn legible(name: &OsStr) -> String {
    match name.to_str() {
        Some(name) => name.to_owned(),
        None => encoding_rs::GB18030.decode(name.as_bytes()).0.into_owned(),
    }
}

/// A name in `folder` that nobody has: `name`, or one with `mark` in front.
fn free_name(folder: &Path, name: &str, mark: i64) -> PathBuf {
    let taken = |name: &str| name.len() > MAX_NAME_BYTES || folder.join(name).symlink_metadata().is_ok();
    if !taken(name) {
        return folder.join(name);
    }
    let marked = format!("{mark}-{name}");
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    folder.join(if taken(&marked) { format!("{mark}.{ending}") } else { marked })
}

impl Inner {
    fn pull(&self, progress: Option<Progress>, limit: usize) -> Result<Batch, AdapterError> {
        let Some(file) = self.next_file(progress.as_ref())? else { return Ok(Batch::default()) };
        let progress = progress.filter(|known| known.is(&file)).unwrap_or_else(|| file.clone());
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
                self.forget_openings();
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
            None => {
                self.count_opening(&progress.file)?;
                let mut rows = open_rows(&self.settings.folder.join(&progress.file), &self.format, &self.settings)?;
                if progress.row > 0 {
                    rows.nth(progress.row - 1);
                }
                Reading { file: progress.file.clone(), modified_ms: progress.modified_ms, row: progress.row, rows }
            }
        };
        let records: Vec<RawRecord> = open.rows.by_ref().take(limit).collect();
        let complete = records.len() < limit;
        self.forget_openings();
        open.row += records.len();
        if !complete {
            *slot = Some(open);
        }
        Ok((records, complete))
    }

    /// Notes that a file is opened once more. What cannot be noted is not counted.
    fn count_opening(&self, file: &str) -> Result<(), String> {
        let path = self.settings.folder.join(OPENINGS);
        let noted = std::fs::read_to_string(&path).unwrap_or_default();
        let times = noted.split_once(' ').filter(|(_, name)| *name == file).and_then(|(times, _)| times.parse().ok());
        let times = times.unwrap_or(0_u32);
        if times >= MAX_OPENINGS {
            self.forget_openings();
            return Err(format!("the gateway ended {times} times while it read this file"));
        }
        drop(std::fs::write(&path, format!("{} {file}", times + 1)));
        Ok(())
    }

    fn forget_openings(&self) {
        let path = self.settings.folder.join(OPENINGS);
        if path.exists() {
            drop(std::fs::remove_file(path));
        }
    }

    /// The file under way, else the oldest one that has been left alone long enough.
    fn next_file(&self, progress: Option<&Progress>) -> Result<Option<Progress>, AdapterError> {
        let mut files = self.files()?;
        files.sort_by(|a, b| (a.modified_ms, &a.file).cmp(&(b.modified_ms, &b.file)));
        let under_way = progress.and_then(|known| files.iter().position(|file| known.is(file)));
        Ok(match under_way {
            Some(index) => Some(files.swap_remove(index)),
            None => files.into_iter().next(),
        })
    }

    fn files(&self) -> Result<Vec<Progress>, AdapterError> {
        let folder = &self.settings.folder;
        let entries = std::fs::read_dir(folder).map_err(|error| {
            AdapterError::transient(format!("the folder {} cannot be read: {error}", folder.display()))
        })?;
        let now_ms = self.clock.now().as_millisecond();
        let settle_ms = i64::try_from(self.settings.settle_s).unwrap_or(i64::MAX).saturating_mul(1_000);
        let mut files = Vec::new();
        for entry in entries.flatten() {
            let name = legible(&entry.file_name());
            let lower = name.to_lowercase();
            let wanted = self.settings.endings.iter().any(|ending| lower.ends_with(&ending.to_lowercase()));
            let Ok(metadata) = entry.metadata() else { continue };
            if !wanted || !metadata.is_file() || name.starts_with(['.', '~']) {
                continue;
            }
            if entry.file_name().to_str().is_none() {
                // Looked at under its new name in the next pull; one that cannot be renamed must not keep the others waiting.
                if let Err(error) = std::fs::rename(entry.path(), free_name(folder, &name, now_ms)) {
                    tracing::warn!(%error, "A file whose name is not UTF-8 cannot be renamed; it is passed over.");
                }
                continue;
            }
            if files.len() == MAX_FILES {
                break;
            }
            let modified =
                metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
            let modified_ms = i64::try_from(modified.as_millis()).unwrap_or(i64::MAX);
            // A time in the future is a clock that is wrong; waiting for it would be waiting for ever.
            if now_ms - modified_ms >= settle_ms || modified_ms > now_ms.saturating_add(settle_ms) {
                let (size, row) = (metadata.len(), 0);
                files.push(Progress { file: name, size, modified_ms, row, complete: false, failed: false });
            }
        }
        Ok(files)
    }

    /// Moves a finished file to `done` or `failed`. A file that is no longer there was moved before.
    fn put_away(&self, finished: &Finished) -> Result<(), AdapterError> {
        let from = self.settings.folder.join(&finished.file);
        match std::fs::metadata(&from) {
            Err(_) => return Ok(()),
            // It grew while it was read: it is read again as another file.
            Ok(metadata) if metadata.len() != finished.size => return Ok(()),
            Ok(_) => {}
        }
        let folder = self.settings.folder.join(if finished.failed { "failed" } else { "done" });
        let failed = |error: std::io::Error| {
            AdapterError::transient(format!("{} cannot be moved to {}: {error}", finished.file, folder.display()))
        };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let to = free_name(&folder, &finished.file, self.clock.now().as_millisecond());
        std::fs::rename(&from, &to).map_err(failed)
    }
}

impl Progress {
    fn is(&self, file: &Self) -> bool {
        (&self.file, self.size, self.modified_ms) == (&file.file, file.size, file.modified_ms)
    }
}

fn finished(progress: &Progress) -> Receipt {
    Receipt(json!({ "file": progress.file, "size": progress.size, "failed": progress.failed }))
}

fn position(progress: &Progress) -> Result<Position, AdapterError> {
    serde_json::to_value(progress).map(Position).map_err(|error| AdapterError::refused(error.to_string()))
}

/// Writes a file so that nobody sees half of it.
fn write_whole(folder: &Path, name: &str, content: &str) -> Result<(), AdapterError> {
    let failed = |error: std::io::Error| AdapterError::transient(format!("{}: {error}", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let part: PathBuf = folder.join(format!(".{name}.part"));
    std::fs::write(&part, content).map_err(failed)?;
    std::fs::rename(&part, folder.join(name)).map_err(failed)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    use super::*;

    #[test]
    fn a_name_of_another_encoding_is_made_legible_and_nothing_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let (gbk, _, _) = encoding_rs::GB18030.encode("投诉.csv");
        assert_eq!(legible(&OsString::from_vec(gbk.into_owned())), "投诉.csv");
        assert_eq!(free_name(folder.path(), "投诉.csv", 7), folder.path().join("投诉.csv"));
        std::fs::write(folder.path().join("投诉.csv"), "1").unwrap();
        assert_eq!(free_name(folder.path(), "投诉.csv", 7), folder.path().join("7-投诉.csv"));
        let long = format!("{}.csv", "n".repeat(250));
        std::fs::write(folder.path().join(&long), "1").unwrap();
        assert_eq!(free_name(folder.path(), &long, 7), folder.path().join("7.csv"));
    }
}
