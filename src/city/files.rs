//! The files of a pack, read whole before anything is made of them.

use huiliu_adapter_api::wording;
use std::collections::BTreeMap;
use std::path::Path;

use crate::city::Problem;

/// Largest single file of a pack, in bytes.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// Most files in a pack.
const MAX_FILES: usize = 5_000;

/// The bytes of every file of a pack by relative path with `/`.
#[derive(Debug, Clone, Default)]
pub struct PackFiles(BTreeMap<String, Vec<u8>>);

impl PackFiles {
    /// Reads a folder.
    ///
    /// # Errors
    /// Files that cannot be read, are too large or too many.
    pub fn read(folder: &Path) -> Result<Self, Vec<Problem>> {
        let mut files = Self::default();
        let mut problems = Vec::new();
        files.read_folder(folder, "", &mut problems);
        if problems.is_empty() { Ok(files) } else { Err(problems) }
    }

    /// The same files with one of them added or replaced: for trying a change that is not saved.
    #[must_use]
    pub fn with(mut self, path: &str, bytes: Vec<u8>) -> Self {
        self.0.insert(path.to_owned(), bytes);
        self
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str, problems: &mut Vec<Problem>) {
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                let shown = if prefix.is_empty() { folder.display().to_string() } else { prefix.to_owned() };
                problems.push(Problem::of_file(
                    &shown,
                    format!("目录读不了{}", wording::of_system(&error)),
                    format!("folder cannot be read: {error}"),
                ));
                return;
            }
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(['.', '~']) {
                continue;
            }
            let path = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
            if entry.path().is_dir() {
                self.read_folder(&entry.path(), &path, problems);
                continue;
            }
            let size = entry.metadata().map_or(0, |metadata| metadata.len());
            if size > MAX_FILE_BYTES || self.0.len() >= MAX_FILES {
                problems.push(Problem::of_file(
                    &path,
                    "文件过大或过多",
                    "the file is too large, or there are too many",
                ));
                continue;
            }
            match std::fs::read(entry.path()) {
                Ok(bytes) => drop(self.0.insert(path, bytes)),
                Err(error) => problems.push(Problem::of_file(
                    &path,
                    format!("文件读不了{}", wording::of_system(&error)),
                    format!("cannot be read: {error}"),
                )),
            }
        }
    }

    /// One file.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&[u8]> {
        self.0.get(path).map(Vec::as_slice)
    }

    /// The files directly in a folder whose names end in `ending`, as `(path, stem, bytes)`.
    pub fn in_folder<'a>(
        &'a self,
        folder: &'a str,
        ending: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str, &'a [u8])> {
        self.0.iter().filter_map(move |(path, bytes)| {
            let stem = path.strip_prefix(folder)?.strip_prefix('/')?.strip_suffix(ending)?;
            (!stem.contains('/')).then_some((path.as_str(), stem, bytes.as_slice()))
        })
    }

    /// A digest of all files but the cases: 12 hexadecimal digits. The same files have the same version everywhere.
    #[must_use]
    pub fn version(&self) -> String {
        let mut digest = ring::digest::Context::new(&ring::digest::SHA256);
        for (path, bytes) in self.0.iter().filter(|(path, _)| !path.starts_with("cases/")) {
            for part in [path.as_bytes(), bytes] {
                digest.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
                digest.update(part);
            }
        }
        digest.finish().as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }
}
