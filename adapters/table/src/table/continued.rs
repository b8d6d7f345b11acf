//! A further sheet that begins with rows at once: it goes on with the table of an earlier one where its numbers look the same.

use crate::headings::header::Header;
use crate::shape::Shapes;

/// Fewest filled cells of a row that is no prose.
const MIN_FILLED: usize = 3;
/// Fewest digits of a cell that may be a number, a telephone or a date.
const MIN_DIGITS: usize = 6;

/// The table that a further sheet may go on with.
#[derive(Debug, Clone)]
pub(crate) struct Earlier {
    pub header: Header,
    pub numbers: Shapes,
}

impl Earlier {
    /// Whether rows stand under these headings: none is wider, and nearly all have a number that looks like those before.
    pub(super) fn goes_on_in(&self, rows: &[(usize, Vec<String>)]) -> bool {
        let fits = |cells: &[String]| self.header.id_in(cells).is_some_and(|number| self.numbers.fit(number));
        let fitting = rows.iter().filter(|(_, cells)| fits(cells)).count();
        let wider = rows.iter().any(|(_, cells)| cells.len() > self.header.width());
        !wider && fitting > 0 && fitting * 5 >= rows.len() * 4
    }
}

/// Whether rows without headings seem to be records, not prose: several cells, and one of them with a number.
pub(super) fn are_like_records(rows: &[(usize, Vec<String>)]) -> bool {
    let digits = |cell: &String| cell.chars().filter(char::is_ascii_digit).count() >= MIN_DIGITS;
    let filled = |cells: &[String]| cells.iter().filter(|cell| !cell.trim().is_empty()).count();
    rows.iter().any(|(_, cells)| filled(cells) >= MIN_FILLED && cells.iter().any(digits))
}
