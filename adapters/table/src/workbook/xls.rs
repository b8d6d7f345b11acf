//! XLS: workbooks of before 2007, a stream of records (BIFF5 and BIFF8, [MS-XLS]) in a compound file.
//!
//! The records are read here and not by a library, because a cell shows what its number format says, and because a sheet is given row by row instead
//! of as a rectangle whose size a hostile file states.

mod records;
mod sheet;
mod text;

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::path::Path;

use encoding_rs::Encoding;

use crate::cell::number_format::NumberFormat;
use crate::event::Reason;
use crate::workbook::xls::records::{Record, Records, Slice};
use crate::workbook::xls::text::{Strings, read_shared};
use crate::workbook::{Sheet, SheetKind, Workbook};

/// Largest workbook, in bytes; it is read whole.
const MAX_XLS_BYTES: u64 = 128 << 20;
/// Version of BIFF8 in a BOF record.
const BIFF8: u16 = 0x0600;

/// A workbook that is open.
pub(crate) struct Xls {
    stream: Vec<u8>,
    /// Sheets, each with its place in the stream.
    sheets: Vec<(Sheet, usize)>,
    shared: Shared,
}

/// What cells refer to.
#[derive(Debug)]
pub(crate) struct Shared {
    pub strings: Vec<Box<str>>,
    pub styles: Vec<NumberFormat>,
    pub since_1904: bool,
    pub reading: Strings,
}

impl Xls {
    /// # Errors
    /// It is no workbook, encrypted or damaged.
    pub(crate) fn open(path: &Path) -> Result<Self, Reason> {
        let mut file = BufReader::new(File::open(path).map_err(|error| Reason::of(&error))?);
        let mut magic = [0; 2];
        file.read_exact(&mut magic).and_then(|()| file.rewind()).map_err(|error| Reason::of(&error))?;
        if magic == [0x09, 0x08] {
            let stream = whole(file)?;
            let sheet = Sheet { name: "Sheet1".to_owned(), kind: SheetKind::Table };
            return Self::read(stream, Some(sheet));
        }
        let mut compound = cfb::CompoundFile::open(file).map_err(|error| damaged(&error))?;
        let name = ["/Workbook", "/Book"].into_iter().find(|name| compound.is_stream(name));
        let Some(name) = name else { return Err(foreign(&compound)) };
        let stream = compound.open_stream(name).map_err(|error| damaged(&error))?;
        Self::read(whole(stream)?, None)
    }

    /// `only`: the stream is this one sheet.
    fn read(stream: Vec<u8>, only: Option<Sheet>) -> Result<Self, Reason> {
        let mut book = Book::default();
        for record in Records::new(&stream) {
            if !book.take(&record)? {
                break;
            }
        }
        let reading = book.reading;
        let styles = book.styles.iter().map(|id| book.format(*id)).collect();
        let shared = Shared { strings: book.strings, styles, since_1904: book.since_1904, reading };
        let sheets = match only {
            Some(sheet) => vec![(sheet, 0)],
            None => book.sheets,
        };
        Ok(Self { stream, sheets, shared })
    }
}

impl Workbook for Xls {
    fn sheets(&self) -> Vec<Sheet> {
        self.sheets.iter().map(|(sheet, _)| sheet.clone()).collect()
    }

    fn rows(&mut self, sheet: usize, take: &mut dyn FnMut(usize, Vec<String>) -> bool) -> Result<(), Reason> {
        let place = self.sheets.get(sheet).map_or(usize::MAX, |(_, place)| *place);
        match self.stream.get(place..) {
            Some(stream) if !stream.is_empty() => sheet::read_rows(stream, &self.shared, take),
            _ => Err(Reason::new("工作表的内容缺失", "the content of the sheet is missing")),
        }
    }
}

/// What the first part of the stream says of the whole workbook.
#[derive(Default)]
struct Book {
    sheets: Vec<(Sheet, usize)>,
    strings: Vec<Box<str>>,
    /// Formats that the file defines.
    formats: Vec<(u16, NumberFormat)>,
    /// Of each style the number of its format.
    styles: Vec<u16>,
    since_1904: bool,
    reading: Strings,
}

impl Book {
    /// Takes a record; false after the last.
    fn take(&mut self, record: &Record<'_>) -> Result<bool, Reason> {
        let mut data = Slice(record.data);
        match record.kind {
            0x0809 => self.reading.is_wide = data.u16().unwrap_or(BIFF8) == BIFF8,
            0x002F => return Err(encrypted()),
            0x0042 => self.reading.encoding = code_page(data.u16().unwrap_or_default()),
            0x0022 => self.since_1904 = data.u16() == Some(1),
            0x0085 => self.sheets.extend(self.sheet(&mut data)),
            0x00E0 => {
                data.skip(2);
                self.styles.push(data.u16().unwrap_or_default());
            }
            0x041E => {
                let id = data.u16().unwrap_or_default();
                let code =
                    if self.reading.is_wide { self.reading.long(&mut data) } else { self.reading.short(&mut data) };
                self.formats.extend(code.map(|code| (id, NumberFormat::parse(&code))));
            }
            0x00FC => self.strings = read_shared(record),
            0x000A => return Ok(false),
            _ => {}
        }
        Ok(true)
    }

    fn sheet(&self, data: &mut Slice<'_>) -> Option<(Sheet, usize)> {
        let place = usize::try_from(data.u32()?).ok()?;
        let (state, kind) = (data.u8()?, data.u8()?);
        let name = self.reading.short(data)?;
        let kind = match (kind, state & 3) {
            (0, 0) => SheetKind::Table,
            (0, _) => SheetKind::Hidden,
            _ => SheetKind::Other,
        };
        Some((Sheet { name, kind }, place))
    }

    fn format(&self, id: u16) -> NumberFormat {
        let own = self.formats.iter().rev().find(|(known, _)| *known == id).map(|(_, format)| format.clone());
        own.or_else(|| NumberFormat::built_in(u32::from(id))).unwrap_or_default()
    }
}

fn whole(source: impl std::io::Read) -> Result<Vec<u8>, Reason> {
    let mut stream = Vec::new();
    source.take(MAX_XLS_BYTES + 1).read_to_end(&mut stream).map_err(|error| damaged(&error))?;
    if u64::try_from(stream.len()).unwrap_or(u64::MAX) > MAX_XLS_BYTES {
        return Err(Reason::new(
            format!("超过 {MAX_XLS_BYTES} 字节；请另存为 .xlsx 或 CSV"),
            format!("larger than {MAX_XLS_BYTES} bytes; save it as .xlsx or CSV"),
        ));
    }
    Ok(stream)
}

fn code_page(number: u16) -> Option<&'static Encoding> {
    Some(match number {
        936 => encoding_rs::GB18030,
        950 => encoding_rs::BIG5,
        1252 => encoding_rs::WINDOWS_1252,
        65001 => encoding_rs::UTF_8,
        _ => return None,
    })
}

fn damaged(error: &dyn std::fmt::Display) -> Reason {
    Reason::new(
        format!("不是可读的 XLS 文件；请用 Excel 或 WPS 打开后另存为 .xlsx\n原文：{error}"),
        format!("not a readable XLS file: {error}; open it in a spreadsheet program and save it as .xlsx"),
    )
}

fn encrypted() -> Reason {
    Reason::new(
        "工作簿有密码；请去掉密码后重新放入",
        "the workbook has a password; take it off and put the file here again",
    )
}

/// A compound file that is no workbook: what it is, and what to do.
fn foreign<F>(compound: &cfb::CompoundFile<F>) -> Reason {
    if compound.is_stream("/EncryptedPackage") {
        return encrypted();
    }
    let (zh, en) = if compound.is_stream("/WordDocument") {
        ("这是 Word 文档", "this is a Word document")
    } else if compound.is_stream("/PowerPoint Document") {
        ("这是演示文稿", "this is a presentation")
    } else {
        ("不是工作簿", "this is no workbook")
    };
    Reason::new(format!("{zh}；请另存为 .xlsx 或 CSV"), format!("{en}; save it as .xlsx or CSV"))
}
