//! What a row seems to be before the headings are known, or where they may be other ones.

use crate::event::Reason;
use crate::headings::header::MAX_COLUMNS;

/// Longest heading of a second row, in characters.
const MAX_GROUPED_CHARS: usize = 10;
/// Longest cell of a row that may be headings, in characters.
const MAX_HEADING_CHARS: usize = 40;

/// Checks what the headings may be.
///
/// # Errors
/// Too many columns, or text that is none.
pub(crate) fn check_width(cells: &[String]) -> Result<(), Reason> {
    let columns = cells.len();
    if columns <= MAX_COLUMNS {
        return Ok(());
    }
    Err(Reason::new(
        format!("文件有 {columns} 列，最多读 {MAX_COLUMNS} 列"),
        format!("the file has {columns} columns, at most {MAX_COLUMNS} are read"),
    ))
}

/// Cells that are not empty.
pub(super) fn filled(cells: &[String]) -> usize {
    cells.iter().filter(|cell| !cell.trim().is_empty()).count()
}

/// Headings in two rows: words below a heading of several columns. `None` where the lower row is none of them.
pub(super) fn joined(upper: &[String], lower: &[String]) -> Option<Vec<String>> {
    let at = |cells: &[String], index: usize| cells.get(index).map_or("", |cell| cell.trim()).to_owned();
    let is_word = |cell: &str| {
        cell.chars().count() <= MAX_GROUPED_CHARS && cell.chars().all(|c| c.is_alphabetic() || "（）()/*".contains(c))
    };
    let mut columns = 0;
    for index in 0..upper.len().max(lower.len()) {
        let (above, below) = (at(upper, index), at(lower, index));
        let is_group = above.is_empty() || (index + 1 < upper.len() && at(upper, index + 1).is_empty());
        if !below.is_empty() && (!is_group || !is_word(&below)) {
            return None;
        }
        columns += usize::from(!below.is_empty());
    }
    let none_bare =
        upper.iter().enumerate().any(|(index, cell)| cell.trim().is_empty() && !at(lower, index).is_empty());
    let columns_of = |index| if at(lower, index).is_empty() { at(upper, index) } else { at(lower, index) };
    (columns >= 2 && none_bare).then(|| (0..upper.len().max(lower.len())).map(columns_of).collect())
}

/// Whether a cell in the column of numbers is the heading of such a column: 信访件编号, 单号.
pub(super) fn is_name_of_numbers(cell: &str) -> bool {
    let cell = cell.trim().trim_end_matches(['*', '＊', ':', '：']);
    let ends = ["编号", "单号", "序号", "编码", "流水号", "ID", "id"].iter().any(|end| cell.ends_with(end));
    ends && !cell.chars().any(|c| c.is_ascii_digit())
}

/// Several short words, none of them a number.
pub(super) fn is_like_headings(cells: &[String]) -> bool {
    let word = |cell: &&String| {
        let cell = cell.trim();
        cell.chars().count() <= MAX_HEADING_CHARS
            && cell.chars().any(char::is_alphabetic)
            && !cell.chars().take(4).all(|c| c.is_ascii_digit())
    };
    let words: Vec<&String> = cells.iter().filter(|cell| !cell.trim().is_empty()).collect();
    words.len() >= 3 && words.iter().all(word)
}
