//! Operations on what stands in folders.

use huiliu_adapter_api::AdapterError;
use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{FileAttributes, StatusCode};

use crate::failure::Fault;
use crate::link::Link;
use crate::{Entry, EntryKind, MAX_DEPTH, MAX_ENTRIES, MAX_PATH_BYTES};

impl Link {
    pub(crate) async fn list(&self, folder: &str) -> Result<Vec<Entry>, Fault> {
        check(folder)?;
        let handle = self.sftp.opendir(folder).await.map_err(|error| Fault::of(error, folder))?.handle;
        let listed = self.entries(&handle, folder).await;
        let mut entries = self.closing(&handle, folder, listed).await?;
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    async fn entries(&self, handle: &str, folder: &str) -> Result<Vec<Entry>, Fault> {
        let mut entries = Vec::new();
        loop {
            let page = match self.sftp.readdir(handle).await {
                Ok(page) => page,
                Err(SftpError::Status(status)) if status.status_code == StatusCode::Eof => return Ok(entries),
                Err(error) => return Err(Fault::of(error, folder)),
            };
            if page.files.is_empty() {
                return Err(Fault::Broken("文件夹一页为空 (a page of a folder is empty)".to_owned()));
            }
            // A name with a path in it would lead elsewhere when it is opened.
            let plain = |name: &str| ![".", ".."].contains(&name) && !name.contains(['/', '\0']);
            let files = page.files.into_iter().filter(|file| plain(&file.filename));
            entries.extend(files.map(|file| Entry::new(file.filename, &file.attrs)));
            if entries.len() > MAX_ENTRIES {
                return Err(Fault::Declined(AdapterError::misconfigured(format!(
                    "{folder} 里超过 {MAX_ENTRIES} 个文件：请清理，或换一个文件夹 (there are more than {MAX_ENTRIES} entries in {folder}: tidy it up, or use another folder)"
                ))));
            }
        }
    }

    pub(crate) async fn look_at(&self, path: &str) -> Result<Option<Entry>, Fault> {
        check(path)?;
        match self.sftp.stat(path).await.map_err(|error| Fault::of(error, path)) {
            Ok(found) => Ok(Some(Entry::new(split(path).1.to_owned(), &found.attrs))),
            Err(fault) if fault.is_missing() => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    pub(crate) async fn delete(&self, path: &str) -> Result<(), Fault> {
        check(path)?;
        self.sftp.remove(path).await.map(drop).map_err(|error| Fault::of(error, path))
    }

    pub(crate) async fn make_folders(&self, path: &str) -> Result<(), Fault> {
        check(path)?;
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        if parts.len() > MAX_DEPTH {
            return Err(Fault::refused("文件夹层数过多", "too many folders above each other"));
        }
        let mut so_far = String::new();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 || path.starts_with('/') {
                so_far.push('/');
            }
            so_far.push_str(part);
            self.make_folder(&so_far).await?;
        }
        Ok(())
    }

    /// Makes one folder, also where somebody else makes it at the same time.
    async fn make_folder(&self, path: &str) -> Result<(), Fault> {
        let is_folder = |found: Option<Entry>| found.is_some_and(|entry| entry.kind == EntryKind::Folder);
        if is_folder(self.look_at(path).await?) {
            return Ok(());
        }
        match self.sftp.mkdir(path, FileAttributes::empty()).await.map_err(|error| Fault::of(error, path)) {
            Ok(_made) => Ok(()),
            Err(fault) if fault.is_unexplained() => match self.look_at(path).await? {
                Some(entry) if entry.kind == EntryKind::Folder => Ok(()),
                Some(_) => Err(Fault::Declined(AdapterError::misconfigured(format!(
                    "{path} 已存在但不是文件夹 ({path} is there and no folder)"
                )))),
                None => Err(fault),
            },
            Err(fault) => Err(fault),
        }
    }

    /// Closes what was opened, except over a connection that is broken: that would be waiting once more for nothing.
    pub(crate) async fn closing<T>(&self, handle: &str, path: &str, outcome: Result<T, Fault>) -> Result<T, Fault> {
        if !matches!(outcome, Err(Fault::Broken(_))) {
            self.sftp.close(handle).await.map_err(|error| Fault::of(error, path))?;
        }
        outcome
    }
}

/// Whether a path may be sent.
pub(crate) fn check(path: &str) -> Result<(), Fault> {
    let upward = path.split('/').any(|part| part == "..");
    if path.is_empty() || path.len() > MAX_PATH_BYTES || upward || path.chars().any(char::is_control) {
        return Err(Fault::refused(
            "路径为空、过长，或含有 .. 或控制字符",
            "the path is empty, too long, or has .. or control characters in it",
        ));
    }
    Ok(())
}

/// The folder of a path, with its slash, and the name.
pub(crate) fn split(path: &str) -> (&str, &str) {
    match path.rfind('/') {
        Some(slash) => path.split_at(slash + 1),
        None => ("", path),
    }
}
