//! The files of a pack, read whole before anything is made of them.

use huiliu_adapter_api::wording;
use std::collections::BTreeMap;
use std::path::Path;

use crate::city::Problem;

/// Largest single file of a pack, in bytes.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// Most bytes of all files of a pack: every version that was live is kept.
const MAX_PACK_BYTES: u64 = 32 << 20;
/// Most files in a pack.
const MAX_FILES: usize = 5_000;
/// Longest path of a file, in bytes.
const MAX_PATH_BYTES: usize = 400;

/// Why a file cannot be part of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRefusal {
    /// Its path leads out of the pack, names what is no part of one (`.` or `~` in front), or is a file and a folder at once.
    Path,
    /// It is larger than 16 MiB, or makes the pack larger than 32 MiB.
    TooLarge,
    /// The pack has 5,000 files already.
    TooMany,
}

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
        if files.size_bytes() > MAX_PACK_BYTES {
            let (zh, en) = ("配置包的文件合计超过 32 MiB", "the files of the pack come to more than 32 MiB");
            problems.push(Problem::of_file(&folder.display().to_string(), zh, en));
        }
        if problems.is_empty() { Ok(files) } else { Err(problems) }
    }

    /// The same files with one of them added or replaced: for trying a change that is not saved.
    #[must_use]
    pub fn with(mut self, path: &str, bytes: Vec<u8>) -> Self {
        self.0.insert(path.to_owned(), bytes);
        self
    }

    /// Adds or replaces a file, as somebody wants who is not trusted to know what a pack may hold.
    ///
    /// # Errors
    /// It leads out of the pack, is no part of one, or makes it too large; nothing is changed.
    pub fn put(&mut self, path: &str, bytes: Vec<u8>) -> Result<(), FileRefusal> {
        let is_part = |part: &str| !part.is_empty() && !part.starts_with(['.', '~']) && !part.contains(['\\', '\0']);
        let below = format!("{path}/");
        let is_folder = || self.0.keys().any(|known| known.starts_with(&below));
        let is_below_file =
            || path.match_indices('/').any(|(end, _)| path.get(..end).is_some_and(|file| self.0.contains_key(file)));
        if path.len() > MAX_PATH_BYTES || !path.split('/').all(is_part) || is_folder() || is_below_file() {
            return Err(FileRefusal::Path);
        }
        let size = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let replaced = self.get(path);
        let all = self.size_bytes() - replaced.map_or(0, size) + size(&bytes);
        if size(&bytes) > MAX_FILE_BYTES || all > MAX_PACK_BYTES {
            return Err(FileRefusal::TooLarge);
        }
        if replaced.is_none() && self.0.len() >= MAX_FILES {
            return Err(FileRefusal::TooMany);
        }
        self.0.insert(path.to_owned(), bytes);
        Ok(())
    }

    /// Removes a file; whether it was there.
    pub fn remove(&mut self, path: &str) -> bool {
        self.0.remove(path).is_some()
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

    /// Bytes of all files.
    #[must_use]
    pub fn size_bytes(&self) -> u64 {
        self.0.values().map(|bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX)).sum()
    }

    /// Files by their paths.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// Paths of all files, in their order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// All files in one: path and content of each in the order of paths, each behind its length in 8 bytes, big-endian.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for part in self.0.iter().flat_map(|(path, bytes)| [path.as_bytes(), bytes]) {
            all.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            all.extend_from_slice(part);
        }
        all
    }

    /// Reads [`PackFiles::to_bytes`]; `None` for anything else, and where a path leads out of the folder.
    #[must_use]
    pub fn from_bytes(mut all: &[u8]) -> Option<Self> {
        let mut next = || {
            let (length, rest) = all.split_first_chunk()?;
            let (part, rest) = rest.split_at_checked(usize::try_from(u64::from_be_bytes(*length)).ok()?)?;
            all = rest;
            Some((part.to_vec(), rest.is_empty()))
        };
        let mut files = BTreeMap::new();
        loop {
            let path = String::from_utf8(next()?.0).ok()?;
            let is_inside = |part: std::path::Component<'_>| matches!(part, std::path::Component::Normal(_));
            if path.is_empty() || !Path::new(&path).components().all(is_inside) {
                return None;
            }
            let (bytes, is_last) = next()?;
            files.insert(path, bytes);
            if is_last {
                return Some(Self(files));
            }
        }
    }

    /// SHA-256 of all files, the cases included.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let digest = ring::digest::digest(&ring::digest::SHA256, &self.to_bytes());
        digest.as_ref().try_into().unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_in_one_come_back_and_lead_nowhere_else() {
        let files = PackFiles::default().with("city.toml", b"a".to_vec()).with("tables/x.csv", vec![0xFF, 0]);
        let all = files.to_bytes();
        assert_eq!(PackFiles::from_bytes(&all).map(|files| files.0), Some(files.0.clone()));
        assert_eq!(PackFiles::from_bytes(&all).map(|files| files.digest()), Some(files.digest()));
        for end in 0..all.len() {
            assert!(
                PackFiles::from_bytes(all.get(..end).unwrap_or_default()).is_none_or(|cut| cut.0 != files.0),
                "{end}"
            );
        }
        for path in ["/etc/passwd", "../x", "a/../../x", ""] {
            let hostile = PackFiles::default().with(path, Vec::new()).to_bytes();
            assert!(PackFiles::from_bytes(&hostile).is_none(), "{path}");
        }
    }
}
