//! The `[settings]` table of a `file-drop` channel.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;

use huiliu_adapter_api::{Opening, Problems, SpannedText};
use huiliu_adapter_folder::WatchedFolder;
use huiliu_payload::FormatKind;
use huiliu_table::{Headings, Table};

use crate::attached::Attached;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DropSettings {
    /// The watched folder.
    pub folder: SpannedText,
    /// Endings of file names that are taken, e.g. `[".csv"]`; default by format.
    pub endings: Option<Vec<String>>,
    /// Seconds a file must have been left alone; default 10.
    pub settle_s: Option<u64>,
    /// Name of the sheet; default: every visible one with the headings.
    pub sheet: Option<String>,
    /// Row of the headings, from 1; default 1. Where the headings that the settings name are not there, they are looked for above and below.
    pub header_row: Option<usize>,
    /// Heading to use: headings that mean the same.
    #[serde(default)]
    pub aliases: BTreeMap<String, Vec<String>>,
    /// Files that the rows name, such as photos; default: none.
    pub attached: Option<AttachedSettings>,
    /// Folder into which replies are written, one JSON file each; default: none.
    pub reply_folder: Option<PathBuf>,
}

/// Files that the rows name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AttachedSettings {
    /// Expression over `record` that gives the name of a file, or a list of names.
    names: SpannedText,
    /// Subfolder of the watched folder where they are; default `files`.
    folder: Option<String>,
}

/// Settings that were checked.
pub(crate) struct Compiled {
    pub folder: WatchedFolder,
    pub attached: Option<Attached>,
    pub table: Table,
    pub reply_folder: Option<PathBuf>,
}

/// Compiles the settings, adding to `problems` what is wrong with them.
pub(crate) fn compile(read: DropSettings, opening: &Opening<'_>, problems: &mut Problems) -> Option<Compiled> {
    let settings = &opening.settings;
    let usual = usual_endings(opening.format.kind);
    settings.complain(
        usual.is_empty(),
        "file-drop 的 format.kind 应为 csv、xlsx、json-lines、json 或 xml",
        "format.kind of file-drop must be csv, xlsx, json-lines, json or xml",
        problems,
    );
    let headings = Headings::new(&read.aliases, opening.format.id_source()).unwrap_or_else(|heading| {
        let (zh, en) = (format!("别名 {heading} 指向两个列"), format!("alias {heading} means two columns"));
        settings.complain(true, &zh, &en, problems);
        Headings::default()
    });
    let (settle_s, header_row) = (read.settle_s.unwrap_or(10), read.header_row.unwrap_or(1));
    settings.complain(
        settle_s > 86_400 || !(1..=1_000).contains(&header_row),
        "settle_s 最多 86400，header_row 应在 1 到 1000 之间",
        "settle_s is at most 86400 and header_row 1 to 1000",
        problems,
    );
    let path = PathBuf::from(read.folder.get_ref());
    check_combination(&read, opening, problems);
    let attached = read.attached.as_ref().and_then(|attached| {
        let names = settings.expression(opening.language, &attached.names, &["record"], problems)?;
        Some(Attached { folder: path.join(attached.folder.as_deref().unwrap_or("files")), names })
    });
    let endings = read.endings.unwrap_or_else(|| usual.iter().map(|ending| (*ending).to_owned()).collect());
    Some(Compiled {
        folder: WatchedFolder { path, endings, settle_s, clock: Arc::clone(&opening.clock) },
        attached,
        table: Table { sheet: read.sheet, header_row, headings },
        reply_folder: read.reply_folder,
    })
}

/// Settings that exclude each other, or have no effect together.
fn check_combination(read: &DropSettings, opening: &Opening<'_>, problems: &mut Problems) {
    let settings = &opening.settings;
    let tabular = matches!(opening.format.kind, FormatKind::Csv | FormatKind::Xlsx);
    settings.complain(
        !tabular && (read.sheet.is_some() || read.header_row.is_some() || !read.aliases.is_empty()),
        "sheet、header_row、aliases 只对表格（csv、xlsx）起作用；请删去",
        "sheet, header_row and aliases have an effect with tables only (csv, xlsx); remove them",
        problems,
    );
    settings.complain(
        read.endings.as_ref().is_some_and(Vec::is_empty),
        "endings 是空的，一个文件也不会取",
        "endings is empty: no file would be taken",
        problems,
    );
    let same = |reply: &PathBuf| reply.components().eq(std::path::Path::new(read.folder.get_ref()).components());
    settings.complain(
        read.reply_folder.as_ref().is_some_and(same),
        "reply_folder 就是来件目录，答复会被当作来件读入；请另写一个目录",
        "reply_folder is the watched folder: replies would be read as records; name another folder",
        problems,
    );
}

/// Endings of names by format; none for formats that files do not have.
fn usual_endings(kind: FormatKind) -> &'static [&'static str] {
    match kind {
        FormatKind::Csv => &[".csv", ".txt"],
        FormatKind::Xlsx => &[".xlsx", ".xls", ".xlsm", ".et"],
        FormatKind::JsonLines => &[".jsonl", ".ndjson"],
        FormatKind::Json => &[".json"],
        FormatKind::Xml => &[".xml"],
        FormatKind::Form | FormatKind::Text => &[],
    }
}
