//! The petition office: spreadsheets put into a folder, half-written under another name first.

use std::path::Path;

use anyhow::Context as _;
use rust_xlsxwriter::Workbook;

/// The headings of the office's export.
#[must_use]
pub fn petition_header() -> [&'static str; 9] {
    ["信访件编号", "登记时间", "信访目的", "概况", "投诉内容", "姓名", "手机号", "证件号码", "问题属地"]
}

/// Writes a spreadsheet of petitions into a folder.
///
/// # Errors
/// The file cannot be written.
pub fn write_petitions(folder: &Path, name: &str, rows: &[[String; 9]]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, heading) in (0_u16..).zip(petition_header()) {
        sheet.write_string(0, column, heading)?;
    }
    for (row, cells) in (1_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write_string(row, column, cell)?;
        }
    }
    let part = folder.join(format!(".{name}.part"));
    workbook.save(&part)?;
    std::fs::rename(&part, folder.join(name)).context("the spreadsheet cannot be put into the folder")
}
