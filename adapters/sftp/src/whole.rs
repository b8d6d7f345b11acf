//! Files as a whole: read to their end, and put in place in one step.

use russh_sftp::client::error::Error as SftpError;
use russh_sftp::protocol::{FileAttributes, OpenFlags, Packet, StatusCode};

use huiliu_adapter_api::AdapterError;

use crate::MAX_FILE_BYTES;
use crate::failure::Fault;
use crate::link::Link;
use crate::operation::{check, split};

/// Longest name of a file, in bytes, that file systems commonly take.
const MAX_NAME_BYTES: usize = 255;
/// What stands behind the name of a file that is being written; a point stands before it, so that listings pass over it.
const UNDER_WAY: &str = ".part";

/// What becomes of something that has the name already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It is replaced.
    Replace,
    /// It is kept, and nothing is written.
    Keep,
}

/// How a file was put in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Whether there was no moment without a file of that name; servers without `posix-rename@openssh.com` cannot replace in one step.
    pub in_one_step: bool,
    /// Whether the server was told to write to its disk before (`fsync@openssh.com`), and did.
    pub synced: bool,
}

impl Link {
    pub(crate) async fn read(&self, path: &str, max_bytes: usize) -> Result<Vec<u8>, Fault> {
        check(path)?;
        let opened = self.sftp.open(path, OpenFlags::READ, FileAttributes::empty()).await;
        let handle = opened.map_err(|error| Fault::of(error, path))?.handle;
        let read = self.content(&handle, path, max_bytes.min(MAX_FILE_BYTES)).await;
        self.closing(&handle, path, read).await
    }

    async fn content(&self, handle: &str, path: &str, max_bytes: usize) -> Result<Vec<u8>, Fault> {
        let size = self.size(handle, path).await?;
        let too_large = || {
            Fault::Declined(AdapterError::refused(format!(
                "{path} 超过 {max_bytes} 字节，没有读取 ({path} has more than {max_bytes} bytes and is not read)"
            )))
        };
        if size.is_some_and(|bytes| usize::try_from(bytes).map_or(true, |bytes| bytes > max_bytes)) {
            return Err(too_large());
        }
        let mut content = Vec::new();
        loop {
            let offset = u64::try_from(content.len()).unwrap_or(u64::MAX);
            let piece = match self.sftp.read(handle, offset, self.read_bytes).await {
                Ok(piece) => piece.data,
                Err(SftpError::Status(status)) if status.status_code == StatusCode::Eof => return Ok(content),
                Err(error) => return Err(Fault::of(error, path)),
            };
            if piece.is_empty() {
                return Err(Fault::Broken("读到空块 (a piece of a file is empty)".to_owned()));
            }
            content.extend_from_slice(&piece);
            if content.len() > max_bytes {
                return Err(too_large());
            }
        }
    }

    pub(crate) async fn write(&self, path: &str, content: &[u8], existing: Existing) -> Result<Written, Fault> {
        check(path)?;
        if content.len() > MAX_FILE_BYTES {
            return Err(Fault::Declined(AdapterError::refused(format!(
                "文件超过 {MAX_FILE_BYTES} 字节 (the file has more than {MAX_FILE_BYTES} bytes)"
            ))));
        }
        if existing == Existing::Keep && self.look_at(path).await?.is_some() {
            return Err(is_there(path));
        }
        let under_way = under_way(path)?;
        let written = match self.fill(&under_way, content).await {
            Ok(synced) => self.rename(&under_way, path, existing).await.map(|placed| Written { synced, ..placed }),
            Err(fault) => Err(fault),
        };
        if matches!(written, Err(Fault::Answered { .. } | Fault::Declined(_))) {
            // What cannot be removed is written over by the next attempt.
            drop(self.sftp.remove(under_way).await);
        }
        written
    }

    /// Writes a file under a name that nobody reads; whether it is on the disk.
    async fn fill(&self, path: &str, content: &[u8]) -> Result<bool, Fault> {
        let flags = OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE;
        let opened = self.sftp.open(path, flags, FileAttributes::empty()).await;
        let handle = opened.map_err(|error| Fault::of(error, path))?.handle;
        let filled = self.pour(&handle, path, content).await;
        self.closing(&handle, path, filled).await
    }

    async fn pour(&self, handle: &str, path: &str, content: &[u8]) -> Result<bool, Fault> {
        let mut offset = 0;
        for piece in content.chunks(self.write_bytes) {
            self.sftp.write(handle, offset, piece.to_vec()).await.map_err(|error| Fault::of(error, path))?;
            offset += u64::try_from(piece.len()).unwrap_or(u64::MAX);
        }
        if self.fsync {
            self.sftp.fsync(handle).await.map_err(|error| Fault::of(error, path))?;
        }
        match self.size(handle, path).await? {
            Some(size) if size != offset => Err(Fault::Declined(AdapterError::transient(format!(
                "{path} 写了 {offset} 字节，服务器上是 {size} 字节 ({offset} bytes of {path} were written and {size} are there)"
            )))),
            _ => Ok(self.fsync),
        }
    }

    async fn size(&self, handle: &str, path: &str) -> Result<Option<u64>, Fault> {
        Ok(self.sftp.fstat(handle).await.map_err(|error| Fault::of(error, path))?.attrs.size)
    }

    pub(crate) async fn rename(&self, from: &str, to: &str, existing: Existing) -> Result<Written, Fault> {
        check(from)?;
        check(to)?;
        let placed = |in_one_step| Ok(Written { in_one_step, synced: false });
        if existing == Existing::Replace && self.posix_rename {
            self.replace(from, to).await?;
            return placed(true);
        }
        // The plain request of version 3 fails where the new name is taken, without saying so.
        let fault = match self.sftp.rename(from, to).await {
            Ok(_moved) => return placed(true),
            Err(error) => Fault::of(error, from),
        };
        if !fault.is_unexplained() || self.look_at(to).await?.is_none() {
            return Err(fault);
        }
        if existing == Existing::Keep {
            return Err(is_there(to));
        }
        self.delete(to).await?;
        self.sftp.rename(from, to).await.map_err(|error| Fault::of(error, from))?;
        placed(false)
    }

    /// Renames in one step over what has the name.
    async fn replace(&self, from: &str, to: &str) -> Result<(), Fault> {
        let mut names = Vec::new();
        for name in [from, to] {
            names.extend_from_slice(&u32::try_from(name.len()).unwrap_or(u32::MAX).to_be_bytes());
            names.extend_from_slice(name.as_bytes());
        }
        match self.sftp.extended("posix-rename@openssh.com", names).await.map_err(|error| Fault::of(error, from))? {
            Packet::Status(status) if status.status_code == StatusCode::Ok => Ok(()),
            Packet::Status(status) => Err(Fault::of(SftpError::Status(status), from)),
            _ => Err(Fault::Broken("回答不符 (an answer of another kind)".to_owned())),
        }
    }
}

fn is_there(path: &str) -> Fault {
    Fault::Declined(AdapterError::refused(format!("{path} 已存在，按设置保留 ({path} is there and is kept)")))
}

/// The name under which a file is written: the same for every attempt, so that none leaves more than one behind.
fn under_way(path: &str) -> Result<String, Fault> {
    let (folder, name) = split(path);
    if name.is_empty() || name == "." || name.len() + UNDER_WAY.len() + 1 > MAX_NAME_BYTES {
        return Err(Fault::refused("文件名为空或过长", "the name of the file is empty or too long"));
    }
    Ok(format!("{folder}.{name}{UNDER_WAY}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_under_way_stands_beside_its_place() {
        for (path, name) in [("/出/工单.csv", "/出/.工单.csv.part"), ("a.csv", ".a.csv.part"), ("./a", "./.a.part")]
        {
            assert_eq!(under_way(path).unwrap(), name);
        }
        for path in ["", "/out/", "/out/.", &format!("/{}", "n".repeat(250))] {
            assert!(under_way(path).is_err(), "{path}");
        }
        for path in ["", "/a/../b", "..", "a\nb", "a\0", &"n".repeat(5_000)] {
            assert!(check(path).is_err(), "{path:?}");
        }
    }
}
