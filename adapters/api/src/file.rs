//! Files that a record brings: photos, attachments of mail, recordings.

use bytes::Bytes;

use crate::RawRecord;

/// A file of a record.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordFile {
    /// Its name at the source, without folders, at most [`RecordFile::MAX_NAME_CHARS`] characters.
    pub name: String,
    /// What it is, by its content: what a source says it is proves nothing.
    pub media_type: &'static str,
    /// Its content, 1 byte to [`RecordFile::MAX_BYTES`].
    pub bytes: Bytes,
}

impl std::fmt::Debug for RecordFile {
    /// Neither name nor content: both may be personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordFile").field("media_type", &self.media_type).field("bytes", &self.bytes.len()).finish()
    }
}

/// A file that was not taken; its record stays without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name at the source.
    pub name: String,
    /// Why.
    pub reason: LeftOutReason,
}

/// Why a file is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftOutReason {
    /// It has no content.
    Empty,
    /// Larger than [`RecordFile::MAX_BYTES`].
    TooLarge,
    /// With it the record's files would exceed [`RawRecord::MAX_FILES_BYTES`].
    TooLargeTogether,
    /// The record has [`RawRecord::MAX_FILES`] already.
    TooMany,
    /// The source cannot give it: the reason, free of content.
    Unreadable(String),
}

impl LeftOutReason {
    /// The reason in Chinese and in English.
    #[must_use]
    pub fn sentences(&self) -> (String, String) {
        let mib = |bytes: usize| bytes >> 20;
        match self {
            Self::Empty => ("文件是空的".to_owned(), "it is empty".to_owned()),
            Self::TooLarge => {
                let most = mib(RecordFile::MAX_BYTES);
                (format!("超过单个文件上限 {most} MiB"), format!("it is larger than {most} MiB"))
            }
            Self::TooLargeTogether => {
                let most = mib(RawRecord::MAX_FILES_BYTES);
                (format!("该记录的文件合计超过 {most} MiB"), format!("the record's files exceed {most} MiB together"))
            }
            Self::TooMany => {
                let most = RawRecord::MAX_FILES;
                (format!("该记录的文件超过 {most} 个"), format!("the record has more than {most} files"))
            }
            Self::Unreadable(reason) => (format!("文件读不了：{reason}"), format!("it cannot be read: {reason}")),
        }
    }
}

impl RecordFile {
    /// Largest file, in bytes.
    pub const MAX_BYTES: usize = 8 << 20;
    /// Longest name, in characters; longer ones lose their middle.
    pub const MAX_NAME_CHARS: usize = 200;

    fn new(name: &str, bytes: Bytes) -> Self {
        Self { name: bare_name(name), media_type: media_type(&bytes), bytes }
    }
}

impl RawRecord {
    /// Most files of a record.
    pub const MAX_FILES: usize = 32;
    /// Most bytes of a record's files together.
    pub const MAX_FILES_BYTES: usize = 16 << 20;

    /// Puts a file to the record, or notes why it is left out.
    pub fn attach(&mut self, name: &str, bytes: Bytes) {
        let together = self.files_bytes() + bytes.len();
        let reason = if bytes.is_empty() {
            LeftOutReason::Empty
        } else if bytes.len() > RecordFile::MAX_BYTES {
            LeftOutReason::TooLarge
        } else if self.files.len() >= Self::MAX_FILES {
            LeftOutReason::TooMany
        } else if together > Self::MAX_FILES_BYTES {
            LeftOutReason::TooLargeTogether
        } else {
            return self.files.push(RecordFile::new(name, bytes));
        };
        self.leave_out(name, reason);
    }

    /// Notes a file that the record should have and has not; at most [`RawRecord::MAX_FILES`] are noted.
    pub fn leave_out(&mut self, name: &str, reason: LeftOutReason) {
        if self.left_out.len() < Self::MAX_FILES {
            self.left_out.push(LeftOut { name: bare_name(name), reason });
        }
    }

    /// Bytes of its files together.
    #[must_use]
    pub fn files_bytes(&self) -> usize {
        self.files.iter().map(|file| file.bytes.len()).sum()
    }
}

/// The name without folders and control characters, bounded; its ending is kept.
fn bare_name(name: &str) -> String {
    let name: Vec<char> =
        name.rsplit(['/', '\\']).next().unwrap_or_default().chars().filter(|char| !char.is_control()).collect();
    let Some(over) = name.len().checked_sub(RecordFile::MAX_NAME_CHARS).filter(|over| *over > 0) else {
        return name.into_iter().collect();
    };
    let middle = RecordFile::MAX_NAME_CHARS / 2;
    name.iter().take(middle).chain(name.iter().skip(middle + over)).collect()
}

/// The media type by magic numbers; text is UTF-8, anything else is just bytes.
fn media_type(bytes: &[u8]) -> &'static str {
    match infer::get(bytes) {
        Some(kind) => kind.mime_type(),
        None if std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0')) => "text/plain",
        None => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn record() -> RawRecord {
        RawRecord::new("1", json!({}))
    }

    #[test]
    fn the_content_says_what_a_file_is() {
        let mut record = record();
        record.attach("photo.txt", Bytes::from_static(b"\xFF\xD8\xFF\xE0\x00\x10JFIF"));
        record.attach("a.jpg", Bytes::from_static("路灯不亮".as_bytes()));
        record.attach("a.pdf", Bytes::from_static(b"%PDF-1.7"));
        record.attach("b.bin", Bytes::from_static(&[0, 159, 146, 150]));
        let types: Vec<_> = record.files.iter().map(|file| file.media_type).collect();
        assert_eq!(types, ["image/jpeg", "text/plain", "application/pdf", "application/octet-stream"]);
    }

    #[test]
    fn names_have_no_folders_and_keep_their_ending() {
        let mut record = record();
        record.attach("../../etc/现场\n.jpg", Bytes::from_static(b"x"));
        record.attach(&format!("{}.jpeg", "长".repeat(500)), Bytes::from_static(b"x"));
        assert_eq!(record.files[0].name, "现场.jpg");
        assert!(record.files[1].name.ends_with(".jpeg") && record.files[1].name.chars().count() == 200);
    }

    #[test]
    fn over_a_limit_the_record_stays_and_the_file_is_left_out() {
        let mut record = record();
        let half = Bytes::from(vec![b'x'; RecordFile::MAX_BYTES]);
        record.attach("none", Bytes::new());
        record.attach("large", Bytes::from(vec![b'x'; RecordFile::MAX_BYTES + 1]));
        for name in ["one", "two", "three"] {
            record.attach(name, half.clone());
        }
        assert_eq!(record.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["one", "two"]);
        let reasons: Vec<_> = record.left_out.iter().map(|file| &file.reason).collect();
        assert_eq!(reasons, [&LeftOutReason::Empty, &LeftOutReason::TooLarge, &LeftOutReason::TooLargeTogether]);
        let mut many = RawRecord::new("2", json!({}));
        (0..100).for_each(|_| many.attach("same", Bytes::from_static(b"x")));
        assert_eq!((many.files.len(), many.left_out.len()), (RawRecord::MAX_FILES, RawRecord::MAX_FILES));
    }
}
