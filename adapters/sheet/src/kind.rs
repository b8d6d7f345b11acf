//! The kinds of files that rows become.

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetKind {
    /// Values between commas, a heading line first, lines ended by CR LF (RFC 4180).
    Csv(Charset),
    /// A JSON object a line, in UTF-8 without a mark.
    JsonLines,
    /// A workbook with one sheet.
    Xlsx,
}

/// How the characters of a CSV file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8, for programs.
    Utf8,
    /// UTF-8 behind a byte order mark, by which Excel and WPS know it.
    Utf8Mark,
    /// GB18030, for old systems.
    Gb18030,
}

impl SheetKind {
    /// A kind by its names in settings, or `None`: `csv`, `json-lines` or `xlsx`; for CSV `utf-8`, `utf-8-bom` (also where nothing is
    /// said) or `gb18030`.
    #[must_use]
    pub fn from_names(kind: &str, charset: Option<&str>) -> Option<Self> {
        match (kind, charset) {
            ("csv", None | Some("utf-8-bom")) => Some(Self::Csv(Charset::Utf8Mark)),
            ("csv", Some("utf-8")) => Some(Self::Csv(Charset::Utf8)),
            ("csv", Some("gb18030")) => Some(Self::Csv(Charset::Gb18030)),
            ("json-lines", None | Some("utf-8")) => Some(Self::JsonLines),
            ("xlsx", None) => Some(Self::Xlsx),
            _ => None,
        }
    }

    /// The ending of such a file's name, without the point.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv(_) => "csv",
            Self::JsonLines => "jsonl",
            Self::Xlsx => "xlsx",
        }
    }

    /// The media type of such a file.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv(Charset::Gb18030) => "text/csv; charset=gb18030",
            Self::Csv(_) => "text/csv; charset=utf-8",
            Self::JsonLines => "application/x-ndjson",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_names_and_only_csv_has_a_charset() {
        assert_eq!(SheetKind::from_names("csv", None), Some(SheetKind::Csv(Charset::Utf8Mark)));
        assert_eq!(SheetKind::from_names("csv", Some("gb18030")), Some(SheetKind::Csv(Charset::Gb18030)));
        assert_eq!(SheetKind::from_names("xlsx", None), Some(SheetKind::Xlsx));
        for (kind, charset) in
            [("xlsx", Some("gb18030")), ("json-lines", Some("gb18030")), ("csv", Some("big5")), ("ods", None)]
        {
            assert_eq!(SheetKind::from_names(kind, charset), None, "{kind} {charset:?}");
        }
    }
}
