//! A folder of this machine that files are put into: written under another name, to the disk, then renamed.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use huiliu_adapter_api::{Opening, Problems, SettingsProblem, SpannedText};

use super::outcome::Failure;

/// What stands behind the name of a file that is being written; a point stands before it, so that listings pass over it.
const UNDER_WAY: &str = ".part";

/// A folder.
#[derive(Debug, Clone)]
pub struct Folder(PathBuf);

impl Folder {
    /// Reads the setting `folder`. It need not be there yet: packs are checked on other machines.
    pub(super) fn read(text: &SpannedText, opening: &Opening<'_>, problems: &mut Problems) -> Option<Self> {
        let path = Path::new(text.get_ref());
        let climbs = path.components().any(|part| part.as_os_str() == "..");
        if path.is_absolute() && !climbs {
            return Some(Self(path.to_owned()));
        }
        problems.push(SettingsProblem::new(
            if text.span().is_empty() { opening.settings.span() } else { text.span() },
            "folder 应是绝对路径，不含 ..",
            "folder must be an absolute path without ..",
        ));
        None
    }

    /// Puts a file into the folder, in the place of one of the same name. The folder is not made: where it is missing, what should be
    /// mounted there is not.
    ///
    /// # Errors
    /// The disk says no.
    pub(super) async fn put(&self, name: &str, content: Vec<u8>) -> Result<PathBuf, Failure> {
        let (folder, path) = (self.0.clone(), self.0.join(name));
        let (under_way, place) = (self.0.join(format!(".{name}{UNDER_WAY}")), path.clone());
        let written = tokio::task::spawn_blocking(move || write(&folder, &under_way, &place, &content)).await;
        match written {
            Ok(Ok(())) => Ok(path),
            Ok(Err(error)) => Err(Failure::without_answer(format!(
                "{} 写不成：请核对文件夹、挂载、权限和磁盘空间 (it cannot be written: see the folder, its mount, permissions and space): {error}",
                path.display()
            ))),
            Err(error) => Err(Failure::without_answer(format!("{} was not written: {error}", path.display()))),
        }
    }
}

fn write(folder: &Path, under_way: &Path, place: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(under_way)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    let written = written.and_then(|()| std::fs::rename(under_way, place));
    if written.is_err() {
        // What cannot be removed is written over by the next attempt.
        drop(std::fs::remove_file(under_way));
    }
    written?;
    // That it has its name is on the disk too, before anything counts as delivered. Some shares cannot be asked for that.
    match File::open(folder)?.sync_all() {
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_whole_or_not_there_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let drop_in = Folder(folder.path().to_owned());
        for content in [b"one".to_vec(), b"another".to_vec()] {
            let path = drop_in.put("工单.csv", content.clone()).await.unwrap();
            assert_eq!(std::fs::read(path).unwrap(), content);
        }
        std::fs::create_dir(folder.path().join("taken.csv")).unwrap();
        let failure = drop_in.put("taken.csv", b"x".to_vec()).await.unwrap_err();
        assert!(failure.reason.contains("taken.csv") && !failure.is_end, "{failure:?}");
        let mut names: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["taken.csv", "工单.csv"]);
        let missing = Folder(folder.path().join("not-mounted"));
        assert!(missing.put("a.csv", Vec::new()).await.is_err());
        assert!(!folder.path().join("not-mounted").exists(), "a mount that is missing is not made up");
    }
}
