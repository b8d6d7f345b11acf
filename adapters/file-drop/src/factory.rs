//! Makes `file-drop` adapters from channel files.

use std::path::PathBuf;
use std::sync::Arc;

use huiliu_adapter_api::{Adapter, Factory, Opening, Problems, SettingsProblem};

use crate::adapter::FileDrop;
use crate::header::Aliases;
use crate::settings::{Compiled, DropSettings};

/// Makes `file-drop` adapters.
#[derive(Debug, Default)]
pub struct FileDropFactory;

impl Factory for FileDropFactory {
    fn name(&self) -> &'static str {
        "file-drop"
    }

    fn open(&self, opening: Opening<'_>) -> Result<Arc<dyn Adapter>, Problems> {
        let read: DropSettings = opening.settings.read()?;
        let mut problems = Problems::new();
        let usual: &[&str] = match opening.format.kind.as_str() {
            "csv" => &[".csv", ".txt"],
            "xlsx" => &[".xlsx"],
            "json-lines" => &[".jsonl", ".ndjson"],
            "json" => &[".json"],
            "xml" => &[".xml"],
            _ => &[],
        };
        if usual.is_empty() {
            problems.push(SettingsProblem::new(
                opening.settings.span(),
                "file-drop 的 format.kind 应为 csv、xlsx、json-lines、json 或 xml",
                "format.kind of file-drop must be csv, xlsx, json-lines, json or xml",
            ));
        }
        let aliases = Aliases::new(&read.aliases).unwrap_or_else(|heading| {
            problems.push(SettingsProblem::new(
                opening.settings.span(),
                format!("别名 {heading} 指向两个列"),
                format!("alias {heading} means two columns"),
            ));
            Aliases::default()
        });
        let compiled = Compiled {
            folder: PathBuf::from(read.folder.get_ref()),
            endings: read.endings.unwrap_or_else(|| usual.iter().map(|ending| (*ending).to_owned()).collect()),
            settle_s: read.settle_s.unwrap_or(10),
            sheet: read.sheet,
            header_row: read.header_row.unwrap_or(1),
            aliases,
            reply_folder: read.reply_folder,
        };
        if compiled.settle_s > 86_400 || !(1..=1_000).contains(&compiled.header_row) {
            problems.push(SettingsProblem::new(
                opening.settings.span(),
                "settle_s 最多 86400，header_row 应在 1 到 1000 之间",
                "settle_s is at most 86400 and header_row 1 to 1000",
            ));
        }
        if problems.is_empty() { Ok(Arc::new(FileDrop::new(opening, compiled))) } else { Err(problems) }
    }
}
