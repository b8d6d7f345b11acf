//! Names of files: legible ones, and ones that nobody has.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// Longest name of a file, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// The name of a file; one that is not UTF-8 is taken for GB18030, as old systems write it.
pub(crate) fn legible(name: &OsStr) -> String {
    match name.to_str() {
        Some(name) => name.to_owned(),
        None => encoding_rs::GB18030.decode(name.as_bytes()).0.into_owned(),
    }
}

/// A name in `folder` that nobody has: `name`, or one with `mark` in front.
pub(crate) fn free_name(folder: &Path, name: &str, mark: i64) -> PathBuf {
    let taken = |name: &str| name.len() > MAX_NAME_BYTES || folder.join(name).symlink_metadata().is_ok();
    if !taken(name) {
        return folder.join(name);
    }
    let marked = format!("{mark}-{name}");
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    folder.join(if taken(&marked) { format!("{mark}.{ending}") } else { marked })
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
