//! Workbooks of 2003 in one XML document, which programs write as `.xls`.

use std::collections::HashMap;
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::cell::number_format::NumberFormat;
use crate::cell::shown::show;
use crate::event::Reason;
use crate::workbook::markup::read_markup;
use crate::workbook::office_xml::{add_text, attribute, next};
use crate::workbook::{Sheet, SheetKind, Workbook, put};

/// A workbook that is open.
pub(crate) struct SpreadsheetXml {
    text: String,
    /// Sheets, each with its place in the text.
    sheets: Vec<(Sheet, usize)>,
    /// The number formats of styles, by their ids.
    styles: HashMap<String, NumberFormat>,
}

impl SpreadsheetXml {
    /// # Errors
    /// The file cannot be read, or is too large.
    pub(crate) fn open(path: &Path) -> Result<Self, Reason> {
        let text = read_markup(path)?;
        let (mut sheets, mut styles, mut buffer) = (Vec::<(Sheet, usize)>::new(), HashMap::new(), Vec::new());
        let (mut style, mut in_visible) = (String::new(), false);
        let mut reader = Reader::from_reader(text.as_bytes());
        reader.config_mut().expand_empty_elements = true;
        // What is damaged further on is told of the sheet where it is.
        while let Ok(event) = next(&mut reader, &mut buffer) {
            match event {
                Event::Start(start) => match start.local_name().as_ref() {
                    "Worksheet" => {
                        let name = attribute(&start, "Name").unwrap_or_default();
                        let place = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
                        sheets.push((Sheet { name, kind: SheetKind::Table }, place));
                    }
                    "Style" => style = attribute(&start, "ID").unwrap_or_default(),
                    "NumberFormat" => {
                        let code = attribute(&start, "Format").unwrap_or_default();
                        styles.insert(style.clone(), number_format(&code));
                    }
                    "Visible" => in_visible = true,
                    _ => {}
                },
                Event::End(end) if end.local_name().as_ref() == "Visible" => in_visible = false,
                Event::Text(state) if in_visible && state.xml10_content().trim() != "SheetVisible" => {
                    if let Some((sheet, _)) = sheets.last_mut() {
                        sheet.kind = SheetKind::Hidden;
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        Ok(Self { text, sheets, styles })
    }
}

impl Workbook for SpreadsheetXml {
    fn sheets(&self) -> Vec<Sheet> {
        self.sheets.iter().map(|(sheet, _)| sheet.clone()).collect()
    }

    fn rows(&mut self, sheet: usize, take: &mut dyn FnMut(usize, Vec<String>) -> bool) -> Result<(), Reason> {
        let place = self.sheets.get(sheet).map_or(usize::MAX, |(_, place)| *place);
        let mut reader = Reader::from_reader(self.text.as_bytes().get(place..).unwrap_or_default());
        reader.config_mut().expand_empty_elements = true;
        reader.config_mut().allow_unmatched_ends = true;
        let (mut place, mut buffer) = (Place::default(), Vec::new());
        loop {
            match next(&mut reader, &mut buffer)? {
                Event::Start(start) => place.start(&start),
                Event::End(end) => match end.local_name().as_ref() {
                    "Worksheet" => return Ok(()),
                    "Row" => {
                        if !take(place.row, std::mem::take(&mut place.cells)) {
                            return Ok(());
                        }
                    }
                    name => place.end(name, &self.styles),
                },
                Event::Eof => {
                    let (zh, en) = ("工作表没有结尾，文件可能不完整", "the sheet has no end, the file may be cut");
                    return Err(Reason::new(zh, en));
                }
                event if place.in_data => add_text(&mut place.text, &event)?,
                _ => {}
            }
        }
    }
}

/// Where in a sheet the text stands.
#[derive(Debug, Default)]
struct Place {
    row: usize,
    column: usize,
    /// Columns that the cell takes.
    width: usize,
    kind: String,
    /// Ids of the styles of the row and of the cell.
    row_style: String,
    style: String,
    in_data: bool,
    in_comment: bool,
    text: String,
    cells: Vec<String>,
}

impl Place {
    fn start(&mut self, start: &BytesStart<'_>) {
        let number = |name| attribute(start, name).and_then(|number| number.parse::<usize>().ok());
        match start.local_name().as_ref() {
            "Row" => {
                self.row = number("Index").unwrap_or(self.row.saturating_add(1));
                self.column = 0;
                self.width = 0;
                self.row_style = attribute(start, "StyleID").unwrap_or_default();
            }
            "Cell" => {
                let following = self.column.saturating_add(self.width);
                self.column = number("Index").map_or(following, |index| index.saturating_sub(1));
                self.style = attribute(start, "StyleID").unwrap_or_else(|| self.row_style.clone());
                self.width = number("MergeAcross").unwrap_or(0).saturating_add(1);
            }
            "Comment" => self.in_comment = true,
            "Data" if !self.in_comment => {
                self.kind = attribute(start, "Type").unwrap_or_default();
                self.in_data = true;
                self.text.clear();
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str, styles: &HashMap<String, NumberFormat>) {
        if name == "Comment" {
            self.in_comment = false;
        }
        if name == "Data" && self.in_data {
            self.in_data = false;
            let text = match self.kind.as_str() {
                "Error" => String::new(),
                "Number" => show(&self.text, styles.get(&self.style).unwrap_or(&NumberFormat::General), false),
                "Boolean" => if self.text.trim() == "0" { "FALSE" } else { "TRUE" }.to_owned(),
                "DateTime" => moment(self.text.trim()),
                _ => self.text.clone(),
            };
            put(&mut self.cells, self.column, text);
        }
    }
}

/// A format code, or one of the names that this kind of workbook has for some.
fn number_format(code: &str) -> NumberFormat {
    let code = match code {
        "Percent" => "0.00%",
        "Fixed" => "0.00",
        "Standard" | "Currency" | "Euro Currency" => "#,##0.00",
        "General Number" | "Scientific" | "Yes/No" | "True/False" | "On/Off" => "General",
        "General Date" => "yyyy-mm-dd hh:mm:ss",
        "Long Date" | "Medium Date" | "Short Date" => "yyyy-mm-dd",
        "Long Time" => "hh:mm:ss",
        "Medium Time" | "Short Time" => "hh:mm",
        code => code,
    };
    NumberFormat::parse(code)
}

/// `2026-11-21T09:12:00.000` as other cells show it; one on the day before all others is a time without a day.
fn moment(text: &str) -> String {
    let text = text.strip_suffix(".000").unwrap_or(text);
    let time = ["1899-12-31T", "1899-12-30T", "1904-01-01T"].iter().find_map(|day| text.strip_prefix(day));
    if let Some(time) = time {
        return time.to_owned();
    }
    text.strip_suffix("T00:00:00").map_or_else(|| text.replacen('T', " ", 1), str::to_owned)
}
