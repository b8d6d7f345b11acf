//! A watched folder: the file that is next, and where a finished one goes.

use std::fs::{DirEntry, Metadata};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use huiliu_adapter_api::{AdapterError, Clock};

use crate::name::{free_name, legible};

/// Most files looked at in one pull.
const MAX_FILES: usize = 10_000;

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
    /// Transient: the folder cannot be read.
    pub fn next_file(&self, under_way: Option<&FoundFile>) -> Result<Option<FoundFile>, AdapterError> {
        let mut files = self.files()?;
        files.sort();
        let place = under_way.and_then(|known| files.iter().position(|file| file == known));
        Ok(match place {
            Some(index) => Some(files.swap_remove(index)),
            None => files.into_iter().next(),
        })
    }

    fn files(&self) -> Result<Vec<FoundFile>, AdapterError> {
        let entries = std::fs::read_dir(&self.path).map_err(|error| {
            AdapterError::transient(format!("the folder {} cannot be read: {error}", self.path.display()))
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
            let modified =
                metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
            let modified_ms = i64::try_from(modified.as_millis()).unwrap_or(i64::MAX);
            if self.is_settled(modified_ms, now_ms) {
                files.push(FoundFile { modified_ms, name, size: metadata.len() });
            }
        }
        Ok(files)
    }

    /// The name and metadata of a file that is taken, by its ending.
    fn wanted(&self, entry: &DirEntry) -> Option<(String, Metadata)> {
        let name = legible(&entry.file_name());
        let lower = name.to_lowercase();
        let wanted = self.endings.iter().any(|ending| lower.ends_with(&ending.to_lowercase()));
        let metadata = entry.metadata().ok()?;
        (wanted && metadata.is_file() && !name.starts_with(['.', '~'])).then_some((name, metadata))
    }

    /// A time in the future is a clock that is wrong; waiting for it would be waiting for ever.
    fn is_settled(&self, modified_ms: i64, now_ms: i64) -> bool {
        let settle_ms = i64::try_from(self.settle_s).unwrap_or(i64::MAX).saturating_mul(1_000);
        now_ms - modified_ms >= settle_ms || modified_ms > now_ms.saturating_add(settle_ms)
    }

    /// Moves a finished file of this name and size to the subfolder `done` or `failed`. A file that is no longer there was
    /// moved before.
    ///
    /// # Errors
    /// Transient: it cannot be moved.
    pub fn put_away(&self, name: &str, size: u64, failed: bool) -> Result<(), AdapterError> {
        let from = self.path.join(name);
        match std::fs::metadata(&from) {
            Err(_) => return Ok(()),
            // It grew while it was read: it is read again as another file.
            Ok(metadata) if metadata.len() != size => return Ok(()),
            Ok(_) => {}
        }
        let folder = self.path.join(if failed { "failed" } else { "done" });
        let unmoved = |error: std::io::Error| {
            AdapterError::transient(format!("{name} cannot be moved to {}: {error}", folder.display()))
        };
        std::fs::create_dir_all(&folder).map_err(unmoved)?;
        let to = free_name(&folder, name, self.clock.now().as_millisecond());
        std::fs::rename(&from, &to).map_err(unmoved)
    }
}

#[cfg(test)]
mod tests {
    use huiliu_adapter_api::SystemClock;

    use super::*;

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
        watched.put_away(&first.name, first.size + 1, false).unwrap();
        assert!(folder.path().join(&first.name).exists(), "it grew: it stays");
        watched.put_away(&first.name, first.size, true).unwrap();
        watched.put_away(&first.name, first.size, true).unwrap();
        assert!(folder.path().join("failed").join(&first.name).exists());
        assert_eq!(watched.next_file(Some(&first)).unwrap(), Some(other));
    }
}
