//! What a file is by its content: names lie. Systems export HTML and CSV under `.xls`, and people rename files until a program takes them.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use crate::event::Reason;

/// How much of a file is looked at.
const SAMPLE_BYTES: u64 = 8 << 10;

/// What a table file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// An archive: XLSX, or something else in one.
    Zip,
    /// A compound file: a workbook of before 2007, or something else in one.
    Ole,
    /// A page with tables.
    Html,
    /// A workbook of 2003 in one XML document.
    SpreadsheetXml,
    /// Text: CSV.
    Text,
    /// Nothing that has tables; its name in Chinese and in English.
    Foreign(&'static str, &'static str),
}

impl Content {
    /// # Errors
    /// The file cannot be read, or is empty.
    pub(crate) fn of(path: &Path) -> Result<Self, Reason> {
        let mut sample = Vec::new();
        let file = File::open(path).map_err(|error| Reason::of(&error))?;
        file.take(SAMPLE_BYTES).read_to_end(&mut sample).map_err(|error| Reason::of(&error))?;
        if sample.is_empty() {
            return Err(Reason::new("文件是空的", "the file is empty"));
        }
        Ok(Self::of_sample(&sample))
    }

    fn of_sample(sample: &[u8]) -> Self {
        const MAGIC: [(&[u8], Content); 11] = [
            (b"PK\x03\x04", Content::Zip),
            (b"\xD0\xCF\x11\xE0", Content::Ole),
            // A stream of records without the compound file around it, as simple programs write.
            (b"\x09\x08\x08\x00", Content::Ole),
            (b"\x09\x08\x10\x00", Content::Ole),
            (b"%PDF", Content::Foreign("PDF", "a PDF")),
            (b"Rar!", Content::Foreign("RAR 压缩包", "a RAR archive")),
            (b"7z\xBC\xAF", Content::Foreign("7z 压缩包", "a 7z archive")),
            (b"\x1F\x8B", Content::Foreign("gzip 压缩包", "a gzip archive")),
            (b"\x89PNG", Content::Foreign("图片", "a picture")),
            (b"\xFF\xD8\xFF", Content::Foreign("图片", "a picture")),
            (b"{\\rtf", Content::Foreign("RTF 文档", "an RTF document")),
        ];
        if let Some((_, content)) = MAGIC.iter().find(|(magic, _)| sample.starts_with(magic)) {
            return *content;
        }
        // Marks and NULs of UTF-16 are left out: what is looked for is ASCII.
        let ascii: String = sample
            .iter()
            .filter(|byte| byte.is_ascii() && **byte != 0)
            .map(|byte| char::from(*byte).to_ascii_lowercase())
            .collect();
        let beginning = ascii.trim_start();
        if !beginning.starts_with('<') {
            return Self::Text;
        }
        if ascii.contains("urn:schemas-microsoft-com:office:spreadsheet") && !beginning.contains("<html") {
            return Self::SpreadsheetXml;
        }
        let tags = [
            "<html",
            "<!doctype html",
            "<table",
            "<meta",
            "<head",
            "<body",
            "<style",
            "<tr",
            "<div",
            "<center",
            "<font",
        ];
        if tags.iter().any(|tag| beginning.contains(tag)) {
            return Self::Html;
        }
        if beginning.starts_with("<?xml") { Self::Foreign("XML 文件", "an XML file") } else { Self::Text }
    }
}

/// Why a file without tables is refused, and what to do.
pub(crate) fn no_table((zh, en): (&str, &str)) -> Reason {
    Reason::new(
        format!("内容是{zh}，不是表格；请另存为 .xlsx 或 CSV，或改 [format] kind、endings"),
        format!("it is {en} and no table; save it as .xlsx or CSV, or see to kind in [format] and to endings"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_says_what_a_file_is() {
        for (sample, expected) in [
            (&b"PK\x03\x04..."[..], Content::Zip),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Content::Ole),
            (b"\xEF\xBB\xBF\r\n<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\">", Content::Html),
            (b"<meta http-equiv=\"Content-Type\"><table><tr>", Content::Html),
            (b"\xFF\xFE<\0t\0a\0b\0l\0e\0>\0", Content::Html),
            (
                b"<?xml version=\"1.0\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">",
                Content::SpreadsheetXml,
            ),
            (b"a,b\n<table>,2\n", Content::Text),
            (b"%PDF-1.7", Content::Foreign("PDF", "a PDF")),
        ] {
            assert_eq!(Content::of_sample(sample), expected);
        }
    }
}
