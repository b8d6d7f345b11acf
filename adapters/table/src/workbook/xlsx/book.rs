//! A workbook: its sheets, and what their cells share.

use std::path::Path;

use quick_xml::events::Event;

use crate::event::Reason;
use crate::workbook::office_xml::{attribute, next};
use crate::workbook::xlsx::package::{Package, Relation};
use crate::workbook::xlsx::sheet::{Shared, read_rows};
use crate::workbook::xlsx::strings::read_strings;
use crate::workbook::xlsx::styles::read_styles;
use crate::workbook::{Sheet, SheetKind, Workbook};

/// A workbook that is open.
pub(crate) struct Xlsx {
    package: Package,
    /// Sheets, each with its part.
    sheets: Vec<(Sheet, String)>,
    shared: Shared,
}

impl Xlsx {
    /// # Errors
    /// It is no workbook, or damaged where everything depends on it.
    pub(crate) fn open(path: &Path) -> Result<Self, Reason> {
        let mut package = Package::open(path)?;
        let whole = package.relations("")?.into_iter().find(|relation| relation.kind == "officeDocument");
        let book = whole.map_or_else(|| "xl/workbook.xml".to_owned(), |relation| relation.target);
        if !package.has(&book.to_lowercase()) || book.starts_with("word/") || book.starts_with("ppt/") {
            return Err(foreign(&package));
        }
        let relations = package.relations(&book)?;
        let (sheets, since_1904) = read_book(&mut package, &book, &relations)?;
        let target = |kind: &str| {
            relations.iter().find(|relation| relation.kind == kind).map(|relation| relation.target.clone())
        };
        let mut shared = Shared { since_1904, ..Shared::default() };
        let strings = target("sharedStrings").unwrap_or_else(|| "xl/sharedStrings.xml".to_owned());
        if let Some(part) = package.part(&strings)? {
            shared.strings = read_strings(part)?;
        }
        let styles = target("styles").unwrap_or_else(|| "xl/styles.xml".to_owned());
        if let Some(part) = package.part(&styles)? {
            shared.styles = read_styles(part)?;
        }
        Ok(Self { package, sheets, shared })
    }
}

impl Workbook for Xlsx {
    fn sheets(&self) -> Vec<Sheet> {
        self.sheets.iter().map(|(sheet, _)| sheet.clone()).collect()
    }

    fn rows(&mut self, sheet: usize, take: &mut dyn FnMut(usize, Vec<String>) -> bool) -> Result<(), Reason> {
        let target = self.sheets.get(sheet).map(|(_, target)| target.clone()).unwrap_or_default();
        match self.package.sheet(&target)? {
            Some(part) => read_rows(part, &self.shared, take),
            None => Err(Reason::new("工作表的内容缺失", "the content of the sheet is missing")),
        }
    }
}

/// The sheets with their parts, and whether dates count from 1904.
fn read_book(
    package: &mut Package,
    book: &str,
    relations: &[Relation],
) -> Result<(Vec<(Sheet, String)>, bool), Reason> {
    let Some(mut part) = package.part(book)? else { return Err(foreign(package)) };
    let (mut sheets, mut since_1904, mut buffer) = (Vec::new(), false, Vec::new());
    loop {
        match next(&mut part, &mut buffer)? {
            Event::Start(start) => match start.local_name().as_ref() {
                "workbookPr" => {
                    since_1904 = attribute(&start, "date1904").is_some_and(|flag| flag != "0" && flag != "false")
                }
                "sheet" => {
                    let id = attribute(&start, "id").unwrap_or_default();
                    let relation = relations.iter().find(|relation| relation.id == id);
                    let shown = attribute(&start, "state").is_none_or(|state| state == "visible");
                    let kind = match relation {
                        Some(relation) if relation.kind != "worksheet" => SheetKind::Other,
                        _ if shown => SheetKind::Table,
                        _ => SheetKind::Hidden,
                    };
                    let name = attribute(&start, "name").unwrap_or_default();
                    sheets.push((
                        Sheet { name, kind },
                        relation.map(|relation| relation.target.clone()).unwrap_or_default(),
                    ));
                }
                _ => {}
            },
            Event::Eof => return Ok((sheets, since_1904)),
            _ => {}
        }
    }
}

/// An archive that is no workbook of this kind: what it is, and what to do.
fn foreign(package: &Package) -> Reason {
    let save = ("请用 Excel 或 WPS 另存为 .xlsx", "save it as .xlsx");
    let (zh, en) = if package.has("word/document.xml") {
        ("这是 Word 文档", "this is a Word document")
    } else if package.has("xl/workbook.bin") {
        ("这是二进制工作簿（.xlsb）", "this is a binary workbook (.xlsb)")
    } else if package.has("content.xml") {
        ("这是 OpenDocument 文件（.ods 等）", "this is an OpenDocument file (.ods or the like)")
    } else {
        ("这是压缩包，不是工作簿；请解压后放入", "this is an archive and no workbook; unpack it")
    };
    Reason::new(format!("{zh}；{}", save.0), format!("{en}; {}", save.1))
}
