//! What stands in a folder.

use jiff::Timestamp;
use russh_sftp::protocol::FileAttributes;

/// Something that stands in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name, without the folder. Characters that are not UTF-8 are replaced by U+FFFD; such a file cannot be opened by its name.
    pub name: String,
    /// What it is.
    pub kind: EntryKind,
    /// Its size in bytes; `None` where the server does not say.
    pub size: Option<u64>,
    /// When it was changed last, to the second; `None` where the server does not say.
    pub modified: Option<Timestamp>,
}

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link, a device, or something of which the server does not say what it is.
    Other,
}

impl Entry {
    pub(crate) fn new(name: String, attributes: &FileAttributes) -> Self {
        let kind = match attributes.permissions {
            Some(_) if attributes.is_regular() => EntryKind::File,
            Some(_) if attributes.is_dir() => EntryKind::Folder,
            _ => EntryKind::Other,
        };
        let modified = attributes.mtime.and_then(|seconds| Timestamp::from_second(i64::from(seconds)).ok());
        Self { name, kind, size: attributes.size, modified }
    }
}
