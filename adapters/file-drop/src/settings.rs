//! The `[settings]` table of a `file-drop` channel.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use huiliu_adapter_api::SpannedText;

use crate::header::Aliases;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DropSettings {
    /// The watched folder.
    pub folder: SpannedText,
    /// Endings of file names that are taken, e.g. `[".csv"]`; default by format.
    pub endings: Option<Vec<String>>,
    /// Seconds a file must have been left alone; default 10.
    pub settle_s: Option<u64>,
    /// Name of the sheet; default: the first visible one with content.
    pub sheet: Option<String>,
    /// Row of the headings, from 1; default 1.
    pub header_row: Option<usize>,
    /// Heading to use: headings that mean the same.
    #[serde(default)]
    pub aliases: BTreeMap<String, Vec<String>>,
    /// Folder into which replies are written, one JSON file each; default: none.
    pub reply_folder: Option<PathBuf>,
}

/// Settings that were checked.
#[derive(Debug, Clone)]
pub(crate) struct Compiled {
    pub folder: PathBuf,
    pub endings: Vec<String>,
    pub settle_s: u64,
    pub sheet: Option<String>,
    pub header_row: usize,
    pub aliases: Aliases,
    pub reply_folder: Option<PathBuf>,
}
