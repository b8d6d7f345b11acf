//! What a delivery consists of, so that its reader knows that all of it has come, and unharmed.

use std::fmt::Write as _;

use jiff::Zoned;
use serde::Serialize;

use crate::{Finished, SheetError};

/// Most files of one manifest.
pub const MAX_MANIFEST_FILES: usize = 1_000;

/// The files of one delivery. It is written after them: where it is, they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Manifest {
    /// When the delivery was made: RFC 3339 with the city's offset.
    made_at: String,
    files: Vec<ManifestFile>,
}

/// One file of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ManifestFile {
    /// Its name, without a folder.
    pub name: String,
    /// Rows below the headings.
    pub rows: usize,
    /// Its size.
    pub bytes: usize,
    /// Its digest in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// A manifest without files.
    #[must_use]
    pub fn new(made_at: &Zoned) -> Self {
        Self { made_at: made_at.timestamp().display_with_offset(made_at.offset()).to_string(), files: Vec::new() }
    }

    /// Adds a file.
    ///
    /// # Errors
    /// Its name is no plain name or stands there already; there are [`MAX_MANIFEST_FILES`].
    pub fn add(&mut self, name: &str, file: &Finished) -> Result<(), SheetError> {
        let plain = !name.is_empty() && ![".", ".."].contains(&name) && !name.contains(['/', '\\', '\0']);
        if !plain || self.files.len() == MAX_MANIFEST_FILES || self.files.iter().any(|known| known.name == name) {
            return Err(SheetError::Name);
        }
        self.files.push(ManifestFile {
            name: name.to_owned(),
            rows: file.rows,
            bytes: file.content.len(),
            sha256: digest(&file.content),
        });
        Ok(())
    }

    /// Its files.
    #[must_use]
    pub fn files(&self) -> &[ManifestFile] {
        &self.files
    }

    /// The manifest as JSON.
    ///
    /// # Errors
    /// The library fails.
    pub fn to_json(&self) -> Result<Vec<u8>, SheetError> {
        let mut json = serde_json::to_vec_pretty(self).map_err(|error| SheetError::Unwritten(error.to_string()))?;
        json.push(b'\n');
        Ok(json)
    }
}

fn digest(content: &[u8]) -> String {
    ring::digest::digest(&ring::digest::SHA256, content).as_ref().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_names_each_file_once_with_its_digest() {
        let made_at: Zoned = "2026-11-26T01:00:00+08:00[Asia/Shanghai]".parse().unwrap();
        let mut manifest = Manifest::new(&made_at);
        let file = Finished { content: b"abc".to_vec(), rows: 2, cut: 0 };
        manifest.add("工单-20261126.csv", &file).unwrap();
        for name in ["工单-20261126.csv", "", "..", "a/b.csv", "a\\b.csv"] {
            assert!(matches!(manifest.add(name, &file), Err(SheetError::Name)), "{name}");
        }
        let json: serde_json::Value = serde_json::from_slice(&manifest.to_json().unwrap()).unwrap();
        assert_eq!(
            json,
            serde_json::json!({"made_at": "2026-11-26T01:00:00+08:00", "files": [{
                "name": "工单-20261126.csv", "rows": 2, "bytes": 3,
                "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            }]})
        );
    }
}
