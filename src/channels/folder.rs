//! Putting an earlier version of the pack, or a draft, into its folder, byte for byte.
//!
//! Each file is written under another name and renamed; a file that the pack does not have is removed. Names that begin with `.` or
//! `~` are no part of a pack, and are left alone. Where it is broken off in between, doing it again completes it.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use crate::city::{PackFiles, Problem};

/// Under which conditions a pack is put into the folder.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// Changes in the folder that never went live are given up.
    pub by_force: bool,
    /// The files that must be live until then; any, where nothing is said.
    pub live: Option<[u8; 32]>,
}

/// Why a pack was not put into the folder.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// Another pack went live since.
    #[error("another pack went live since")]
    Superseded,
    /// The folder holds what never went live: these files differ.
    #[error("the folder holds changes that never went live: {0:?}")]
    Uncommitted(Vec<String>),
    /// The folder cannot be written; it is as it was.
    #[error("the folder cannot be written: {0}")]
    Folder(#[source] io::Error),
    /// The pack cannot go live; the folder is as it was.
    #[error("the pack has problems")]
    Problems(Vec<Problem>),
}

/// Makes the files of a folder those of a pack.
///
/// # Errors
/// The folder cannot be written; what was written until then stays.
pub fn write(folder: &Path, now: &PackFiles, wanted: &PackFiles) -> io::Result<()> {
    for (path, bytes) in wanted.iter().filter(|(path, bytes)| now.get(path) != Some(*bytes)) {
        let target = folder.join(path);
        let parent = target.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent)?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let fresh = parent.join(format!(".{name}.fresh"));
        let mut file = File::create(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        // Rights stay those of the file that it replaces.
        if let Ok(known) = std::fs::metadata(&target) {
            std::fs::set_permissions(&fresh, known.permissions())?;
        }
        std::fs::rename(&fresh, &target)?;
    }
    for path in now.paths().filter(|path| wanted.get(path).is_none()) {
        std::fs::remove_file(folder.join(path))?;
        remove_empty(folder, path);
    }
    File::open(folder)?.sync_all()
}

/// Removes the folders that a file has left empty.
fn remove_empty(folder: &Path, path: &str) {
    let mut parents = Path::new(path).ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty());
    while parents.next().is_some_and(|parent| std::fs::remove_dir(folder.join(parent)).is_ok()) {}
}

/// Paths of files that differ.
pub(super) fn differing(a: &PackFiles, b: &PackFiles) -> Vec<String> {
    let all: std::collections::BTreeSet<&str> = a.paths().chain(b.paths()).collect();
    all.into_iter().filter(|path| a.get(path) != b.get(path)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_becomes_what_it_was_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, bytes: &[u8]| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        put("city.toml", b"name = \"\xE8\x8D\xA3\xE5\x9F\x8E\"\r\n");
        put("tables/a.csv", b"a,b\n\xFF\n");
        put("cases/x/one.in.json", b"[]");
        put(".git/config", b"mine");
        let before = PackFiles::read(folder.path()).unwrap();
        put("city.toml", b"name = \"other\"\n");
        put("tables/new/deep.csv", b"x");
        std::fs::remove_file(folder.path().join("cases/x/one.in.json")).unwrap();
        let now = PackFiles::read(folder.path()).unwrap();
        assert_eq!(differing(&now, &before), ["cases/x/one.in.json", "city.toml", "tables/new/deep.csv"]);
        write(folder.path(), &now, &before).unwrap();
        let again = PackFiles::read(folder.path()).unwrap();
        assert_eq!((again.digest(), differing(&again, &before)), (before.digest(), Vec::new()));
        assert!(!folder.path().join("tables/new").exists() && folder.path().join("tables").exists());
        assert_eq!(std::fs::read(folder.path().join(".git/config")).unwrap(), b"mine");
        assert!(!folder.path().join(".city.toml.fresh").exists());
    }
}
