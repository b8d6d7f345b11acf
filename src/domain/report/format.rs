//! The forms in which a report leaves: a page, a table for spreadsheets, or a document for programs.

use huiliu_sheet::{Charset, Sheet, SheetError, SheetKind};

use super::Edition;
use super::page::NotDrawn;

/// A form in which people get a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A page with charts.
    Html,
    /// CSV in UTF-8 behind a byte order mark, for spreadsheets.
    Csv,
    /// A workbook.
    Xlsx,
}

/// Why a report cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum NotWritten {
    /// More rows than a file takes.
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// The page.
    #[error(transparent)]
    Page(#[from] NotDrawn),
}

impl Format {
    /// All of them with their words, which are also the endings of files.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Html, "html"), (Self::Csv, "csv"), (Self::Xlsx, "xlsx")];

    /// Reads the word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(format, _)| *format)
    }

    /// The word, and the ending of a file's name.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(known, _)| *known == self).map_or("", |(_, word)| word)
    }

    /// The media type.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self.sheet() {
            Some(kind) => kind.media_type(),
            None => "text/html; charset=utf-8",
        }
    }

    /// The kind of sheet; none of a page.
    #[must_use]
    pub fn sheet(self) -> Option<SheetKind> {
        match self {
            Self::Html => None,
            Self::Csv => Some(SheetKind::Csv(Charset::Utf8Mark)),
            Self::Xlsx => Some(SheetKind::Xlsx),
        }
    }
}

impl Edition<'_> {
    /// It in one form.
    ///
    /// # Errors
    /// It has more rows than a file takes, or a library fails.
    pub fn written(&self, format: Format) -> Result<Vec<u8>, NotWritten> {
        let Some(kind) = format.sheet() else { return Ok(self.page()?.into_bytes()) };
        let mut sheet = Sheet::new(kind, &self.headings())?;
        for row in self.rows() {
            sheet.push(&row)?;
        }
        Ok(sheet.finish()?.content)
    }

    /// The name of its file: for people, by its title and days.
    #[must_use]
    pub fn file_name(&self, format: Format) -> String {
        let (from, to) = self.days;
        let place = self.district.map(|code| format!("-{}", self.place(code))).unwrap_or_default();
        let title: String = self.report.title.chars().map(|one| if is_plain(one) { one } else { '_' }).collect();
        format!("{title}{place}-{from}-{to}.{}", format.word())
    }
}

/// Whether a character may stand in the name of a file everywhere.
fn is_plain(one: char) -> bool {
    !one.is_control() && !r#"\/:*?"<>|%"#.contains(one)
}
