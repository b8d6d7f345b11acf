//! A watched folder: the file that is next, and where a finished one goes.

use std::fs::{DirEntry, Metadata};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use huiliu_adapter_api::wording::both;
use huiliu_adapter_api::{AdapterError, Clock};

use crate::name::{free_name, legible};

/// Most files looked at in one pull.
const MAX_FILES: usize = 10_000;
/// Subfolder of files that were read.
const DONE: &str = "done";
/// Subfolder of files that could not be read to their end.
const FAILED: &str = "failed";

/// A folder into which somebody puts files.
#[derive(Debug, Clone)]
pub struct WatchedFolder {
    /// The folder.
    pub path: PathBuf,
    /// Endings of file names that are taken.
    pub endings: Vec<String>,
    /// Seconds a file must have been left alone.
    pub settle_s: u64,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

/// A file that was put away, looked at once more in case its writer was not done with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutAway {
    /// The file as it was read.
    pub file: FoundFile,
    /// Where it is now.
    pub path: PathBuf,
    /// When it was put there, in milliseconds since 1970.
    pub at_ms: i64,
}

/// A file as it was found. Another file of the same name has another size or time of change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoundFile {
    /// When it was changed last, in milliseconds since 1970.
    pub modified_ms: i64,
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
}

impl WatchedFolder {
    /// The file `under_way` if it is still there, else the oldest one that has been left alone long enough.
    ///
    /// # Errors
    /// Misconfigured: the folder is missing and cannot be made, or cannot be read.
    pub fn next_file(&self, under_way: Option<&FoundFile>) -> Result<Option<FoundFile>, AdapterError> {
        self.next_ready_file(under_way, &|_| true)
    }

    /// The file `under_way` if it is still there, else the oldest one that has been left alone long enough and is `ready`.
    ///
    /// # Errors
    /// Misconfigured: the folder is missing and cannot be made, or cannot be read.
    pub fn next_ready_file(
        &self,
        under_way: Option<&FoundFile>,
        ready: &dyn Fn(&FoundFile) -> bool,
    ) -> Result<Option<FoundFile>, AdapterError> {
        let mut files = self.files()?;
        files.sort();
        let place = under_way.and_then(|known| files.iter().position(|file| file == known));
        Ok(match place {
            Some(index) => Some(files.swap_remove(index)),
            None => files.into_iter().find(ready),
        })
    }

    fn files(&self) -> Result<Vec<FoundFile>, AdapterError> {
        self.make();
        let entries = std::fs::read_dir(&self.path).map_err(|error| {
            let path = self.path.display();
            AdapterError::misconfigured(format!(
                "文件夹 {path} 不存在或无法读取，也无法自动创建；请创建它并授予网关读写权限，或核对 folder 设置 (the folder {path} is missing or cannot be read: {error}; make it and let the gateway read and write it, or check the setting folder)"
            ))
        })?;
        let now_ms = self.clock.now().as_millisecond();
        let mut files = Vec::new();
        for entry in entries.flatten() {
            let Some((name, metadata)) = self.wanted(&entry) else { continue };
            if entry.file_name().to_str().is_none() {
                // Looked at under its new name in the next pull; one that cannot be renamed must not keep the others waiting.
                if let Err(error) = std::fs::rename(entry.path(), free_name(&self.path, &name, now_ms)) {
                    tracing::warn!(%error, "A file whose name is not UTF-8 cannot be renamed; it is passed over.");
                }
                continue;
            }
            if files.len() == MAX_FILES {
                break;
            }
            let modified_ms = modified_ms(&metadata);
            if self.is_settled(modified_ms, now_ms) {
                files.push(FoundFile { modified_ms, name, size: metadata.len() });
            }
        }
        Ok(files)
    }

    /// Makes the folder and its subfolders where they are missing and their parent is there. A parent that is missing may be a drive that
    /// is not mounted: files behind it must not be looked for elsewhere.
    fn make(&self) {
        let made = std::fs::create_dir(&self.path).is_ok();
        if made {
            tracing::info!(folder = %self.path.display(), "A watched folder was missing and has been made.");
        }
        for name in [DONE, FAILED] {
            // One that cannot be made is told when a file is to be moved there.
            drop(std::fs::create_dir(self.path.join(name)));
        }
    }

    /// The name and metadata of a file that is taken, by its ending.
    fn wanted(&self, entry: &DirEntry) -> Option<(String, Metadata)> {
        let name = legible(&entry.file_name());
        let lower = name.to_lowercase();
        let wanted = self.endings.iter().any(|ending| lower.ends_with(&ending.to_lowercase()));
        let metadata = entry.metadata().ok()?;
        (wanted && metadata.is_file() && !name.starts_with(['.', '~'])).then_some((name, metadata))
    }

    /// Whether a file has been left alone for so many times as long as it must be.
    #[must_use]
    pub fn is_left_alone(&self, file: &FoundFile, times: i64) -> bool {
        let (age_ms, least_ms) = (self.now_ms().saturating_sub(file.modified_ms), self.settle_ms());
        age_ms < 0 || age_ms >= least_ms.saturating_mul(times)
    }

    /// Whether a file is still as it was found.
    #[must_use]
    pub fn is_unchanged(&self, file: &FoundFile) -> bool {
        is_as_found(&self.path.join(&file.name), file)
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    fn settle_ms(&self) -> i64 {
        i64::try_from(self.settle_s).unwrap_or(i64::MAX).saturating_mul(1_000)
    }

    /// A time in the future is a clock that is wrong; waiting for it would be waiting for ever.
    fn is_settled(&self, modified_ms: i64, now_ms: i64) -> bool {
        let settle_ms = self.settle_ms();
        now_ms - modified_ms >= settle_ms || modified_ms > now_ms.saturating_add(settle_ms)
    }

    /// Moves a finished file to the subfolder `done` or `failed`; gives where it is now. A file that is no longer there was moved before,
    /// one that changed since it was found stays and is read again as another file.
    ///
    /// # Errors
    /// Misconfigured: it cannot be moved.
    pub fn put_away(&self, file: &FoundFile, failed: bool) -> Result<Option<PutAway>, AdapterError> {
        let name = &file.name;
        let from = self.path.join(name);
        if !is_as_found(&from, file) {
            return Ok(None);
        }
        let folder = self.path.join(if failed { FAILED } else { DONE });
        let unmoved = |error: std::io::Error| {
            let folder = folder.display();
            AdapterError::misconfigured(format!(
                "{name} 无法移到 {folder}；请授予网关对该文件夹的写权限并查看磁盘空间 ({name} cannot be moved to {folder}: {error}; let the gateway write there and see that the disk has space)"
            ))
        };
        std::fs::create_dir_all(&folder).map_err(unmoved)?;
        let at_ms = self.now_ms();
        let path = free_name(&folder, name, at_ms);
        std::fs::rename(&from, &path).map_err(unmoved)?;
        Ok(Some(PutAway { file: file.clone(), path, at_ms }))
    }

    /// Looks once more at a file that was put away: one that its writer went on with since is brought back; whether it was.
    ///
    /// # Errors
    /// Transient: it cannot be moved.
    pub fn bring_back(&self, away: &PutAway) -> Result<bool, AdapterError> {
        let name = &away.file.name;
        if !away.path.is_file() || is_as_found(&away.path, &away.file) {
            return Ok(false);
        }
        let to = free_name(&self.path, name, self.now_ms());
        std::fs::rename(&away.path, &to).map_err(|error| {
            AdapterError::transient(both(
                format!("{name} 读过之后又被写入，但移不回来"),
                format!("{name} was written on after it was read and cannot be moved back"),
                error,
            ))
        })?;
        Ok(true)
    }
}

fn is_as_found(path: &Path, file: &FoundFile) -> bool {
    std::fs::metadata(path)
        .is_ok_and(|metadata| metadata.len() == file.size && modified_ms(&metadata) == file.modified_ms)
}

fn modified_ms(metadata: &Metadata) -> i64 {
    let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    i64::try_from(modified.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use huiliu_adapter_api::SystemClock;

    use super::*;

    #[test]
    fn a_missing_folder_is_made_beside_its_parent_and_found_when_it_appears() {
        let parent = tempfile::tempdir().unwrap();
        let watched = |path: &str| WatchedFolder {
            path: parent.path().join(path),
            endings: vec![".csv".to_owned()],
            settle_s: 0,
            clock: Arc::new(SystemClock),
        };
        assert_eq!(watched("ledger").next_file(None), Ok(None));
        assert!(parent.path().join("ledger/done").is_dir() && parent.path().join("ledger/failed").is_dir());
        let unmounted = watched("share/ledger");
        let Err(error @ AdapterError::Misconfigured { .. }) = unmounted.next_file(None) else {
            panic!("the folder's parent is missing")
        };
        assert!(error.to_string().contains("share/ledger") && error.to_string().contains("请创建"), "{error}");
        std::fs::create_dir_all(&unmounted.path).unwrap();
        std::fs::write(unmounted.path.join("a.csv"), "1").unwrap();
        assert_eq!(unmounted.next_file(None).unwrap().unwrap().name, "a.csv");
    }

    #[test]
    fn the_file_under_way_goes_before_older_ones_and_a_finished_one_leaves() {
        let folder = tempfile::tempdir().unwrap();
        let watched = WatchedFolder {
            path: folder.path().to_owned(),
            endings: vec![".csv".to_owned()],
            settle_s: 0,
            clock: Arc::new(SystemClock),
        };
        for name in ["b.csv", "a.csv", "c.txt", ".d.csv"] {
            std::fs::write(folder.path().join(name), "1").unwrap();
        }
        let first = watched.next_file(None).unwrap().unwrap();
        let other = watched.files().unwrap().into_iter().find(|file| *file != first).unwrap();
        assert_eq!(watched.next_file(Some(&other)).unwrap(), Some(other.clone()));
        let before = FoundFile { size: first.size + 1, ..first.clone() };
        assert_eq!(watched.put_away(&before, false).unwrap(), None, "it changed: it stays");
        let touched = FoundFile { modified_ms: first.modified_ms - 5, ..first.clone() };
        assert_eq!(watched.put_away(&touched, false).unwrap(), None, "it was written again: it stays");
        let away = watched.put_away(&first, true).unwrap().unwrap();
        assert_eq!(watched.put_away(&first, true).unwrap(), None, "it is gone");
        assert_eq!(away.path, folder.path().join("failed").join(&first.name));
        assert_eq!(watched.next_file(Some(&first)).unwrap(), Some(other.clone()));
        assert_eq!(watched.next_ready_file(None, &|file| *file != other).unwrap(), None, "not ready");
        assert!(!watched.bring_back(&away).unwrap() && away.path.exists(), "nobody wrote on");
        std::fs::write(&away.path, "1 and more").unwrap();
        assert!(watched.bring_back(&away).unwrap() && folder.path().join(&first.name).exists());
        assert!(!watched.bring_back(&away).unwrap(), "it is back");
    }
}
