//! A CSV file as one table. Rows lie in the text where the reader says; all around them stays.

use std::ops::Range;

use super::{Grid, GridEdit, GridRefusal, GridRow, MAX_ROWS, line_of, swapped};

/// What Excel writes in front.
const MARK: char = '\u{feff}';
/// What begins a line that is a remark.
const REMARK: u8 = b'#';

/// A file that was read: what each row says, and where it lies behind the mark.
struct File<'t> {
    text: &'t str,
    delimiter: u8,
    header: Vec<String>,
    rows: Vec<(Range<usize>, Vec<String>)>,
}

fn broken(error: &csv::Error) -> GridRefusal {
    GridRefusal::Form(error.to_string())
}

fn place(record: &csv::StringRecord) -> usize {
    record.position().map_or(0, |position| usize::try_from(position.byte()).unwrap_or_default())
}

impl<'t> File<'t> {
    /// Reads as `Table::read` does, so that what is shown is what counts.
    fn read(text: &'t str) -> Result<Self, GridRefusal> {
        let first = text.lines().next().unwrap_or_default();
        let times = |delimiter: &u8| first.bytes().filter(|byte| byte == delimiter).count();
        let delimiter = [b',', b';', b'\t'].into_iter().max_by_key(times).unwrap_or(b',');
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .trim(csv::Trim::All)
            .comment(Some(REMARK))
            .from_reader(text.as_bytes());
        let header = reader.headers().map_err(|error| broken(&error))?.iter().map(str::to_owned).collect();
        let mut rows = Vec::new();
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(|error| broken(&error))? {
            let end = usize::try_from(reader.position().byte()).unwrap_or(text.len()).min(text.len());
            if record.iter().all(str::is_empty) {
                continue;
            }
            if rows.len() >= MAX_ROWS {
                return Err(GridRefusal::Form(format!("more than {MAX_ROWS} rows")));
            }
            // The reader stops within CR LF.
            let rest = text.as_bytes().get(end);
            let is_split = end > 0 && text.as_bytes().get(end - 1) == Some(&b'\r') && rest == Some(&b'\n');
            let whole = place(&record)..(if is_split { end + 1 } else { end });
            rows.push((own_lines(text, whole), record.iter().map(str::to_owned).collect()));
        }
        Ok(Self { text, delimiter, header, rows })
    }

    /// Columns, also those that only rows have.
    fn columns(&self) -> Vec<String> {
        let widest = self.rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or_default();
        let further = (self.header.len()..widest).map(|number| (number + 1).to_string());
        self.header.iter().cloned().chain(further).collect()
    }

    fn place(&self, row: usize) -> Result<Range<usize>, GridRefusal> {
        self.rows.get(row).map(|(place, _)| place.clone()).ok_or(GridRefusal::Missing)
    }

    /// A row as it is written; empty cells at its end are written as far as the header goes.
    fn line(&self, cells: &[String]) -> Result<String, GridRefusal> {
        let filled = cells.iter().rposition(|cell| !cell.trim().is_empty()).map_or(0, |last| last + 1);
        if filled == 0 {
            let column = self.header.first().cloned().unwrap_or_default();
            return Err(GridRefusal::Typed { column, typed: String::new(), reason: "the row is empty".to_owned() });
        }
        let mut cells: Vec<&str> = cells.iter().take(filled).map(|cell| cell.trim()).collect();
        cells.resize(filled.max(self.header.len()), "");
        let ends = if self.text.contains("\r\n") { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.delimiter)
            .terminator(ends)
            .comment(Some(REMARK))
            .flexible(true)
            .from_writer(Vec::new());
        writer.write_record(cells).map_err(|error| broken(&error))?;
        let bytes = writer.into_inner().map_err(|error| GridRefusal::Form(error.to_string()))?;
        String::from_utf8(bytes).map_err(|error| GridRefusal::Form(error.to_string()))
    }

    fn with(&self, place: Range<usize>, line: &str) -> Result<String, GridRefusal> {
        let (before, after) = (self.text.get(..place.start), self.text.get(place.end..));
        let (before, after) = before.zip(after).ok_or(GridRefusal::Missing)?;
        let end = if before.is_empty() || before.ends_with('\n') || line.is_empty() { "" } else { "\n" };
        Ok(format!("{before}{end}{line}{after}"))
    }
}

/// Where a row lies without the remarks and empty lines in front of it, which the reader counts to it.
fn own_lines(text: &str, whole: Range<usize>) -> Range<usize> {
    let mut start = whole.start;
    for line in text.get(whole.clone()).unwrap_or_default().split_inclusive('\n') {
        if !line.trim().is_empty() && line.as_bytes().first() != Some(&REMARK) {
            break;
        }
        start += line.len();
    }
    start.min(whole.end)..whole.end
}

/// The table; none where the file is empty.
pub(super) fn grid(text: &str) -> Result<Option<Grid>, GridRefusal> {
    let file = File::read(text.strip_prefix(MARK).unwrap_or(text))?;
    let columns = file.columns();
    if columns.is_empty() {
        return Ok(None);
    }
    let (mut rows, mut line, mut seen) = (Vec::with_capacity(file.rows.len()), 1, 0);
    for (place, mut cells) in file.rows {
        // In one pass: lines are counted on from the row before.
        let lines = |from: usize, to: usize| line_of(file.text.get(from..to).unwrap_or_default(), usize::MAX) - 1;
        let first = line + lines(seen, place.start);
        line = first + lines(place.start, place.end);
        seen = place.end;
        cells.resize(columns.len(), String::new());
        rows.push(GridRow { line: first, until: line.max(first + 1), cells });
    }
    Ok(Some(Grid { name: String::new(), many: true, columns, rows }))
}

pub(super) fn edited(text: &str, edit: GridEdit) -> Result<String, GridRefusal> {
    let bare = text.strip_prefix(MARK).unwrap_or(text);
    let file = File::read(bare)?;
    let is_whole = |cells: &[String]| !cells.is_empty() && cells.len() == file.columns().len();
    let changed = match edit {
        GridEdit::Set(_, cells) | GridEdit::Add(cells) if !is_whole(&cells) => return Err(GridRefusal::Missing),
        GridEdit::Set(row, cells) => {
            let place = file.place(row)?;
            let mut known = file.rows.get(row).map(|(_, cells)| cells.clone()).unwrap_or_default();
            known.resize(cells.len().max(known.len()), String::new());
            if known == cells {
                return Ok(text.to_owned());
            }
            file.with(place, &file.line(&cells)?)?
        }
        GridEdit::Add(cells) => file.with(bare.len()..bare.len(), &file.line(&cells)?)?,
        GridEdit::Remove(row) => file.with(file.place(row)?, "")?,
        GridEdit::Up(row) => {
            let before = file.place(row.checked_sub(1).ok_or(GridRefusal::Missing)?)?;
            let place = file.place(row)?;
            // Remarks between the two stay in front of the second.
            let between = bare.get(before.end..place.start).ok_or(GridRefusal::Missing)?;
            let own = bare.get(place.clone()).ok_or(GridRefusal::Missing)?;
            match between.is_empty() {
                true => swapped(bare, (before.start, place.start, place.end)).ok_or(GridRefusal::Missing)?,
                false => {
                    let other = bare.get(before.clone()).ok_or(GridRefusal::Missing)?;
                    let own = if own.ends_with('\n') { own.to_owned() } else { format!("{own}\n") };
                    file.with(before.start..place.end, &format!("{own}{between}{other}"))?
                }
            }
        }
    };
    let mark = if bare.len() == text.len() { "" } else { "\u{feff}" };
    Ok(format!("{mark}{changed}"))
}
